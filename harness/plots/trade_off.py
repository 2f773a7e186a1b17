"""Accuracy of all levels against what they cost on the board, with the front that none beats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from matplotlib.ticker import FixedLocator

from harness.analysis import costs, trade_off
from harness.plots import labels, style
from harness.plots.drawing import Drawing, LeftOut
from harness.plots.labels import Name
from harness.plots.style import Layout
from host_models.level import Fixed, Method, Scheme

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from harness.analysis.costs import Cost
    from harness.analysis.table import Row, Table

_LAYOUT = Layout(width=12.5, height=9.0, right=0.3, bottom=0.9)


@dataclass(frozen=True)
class _Look:
    name: str
    color: str
    marker: str
    filled: bool = True


_FLOAT = _Look("float", style.BLACK, "*")
_TFLITE = _Look("int8-tflite", style.BLACK, "D", filled=False)
_LOOKS = (
    _FLOAT,
    _TFLITE,
    _PTQ := _Look("PTQ", style.VERMILION, "o", filled=False),
    _QAT := _Look("QAT", style.VERMILION, "o"),
    _SYMW := _Look("QAT, symmetric weights", style.PURPLE, "v"),
    _FILTERS := _Look("filters removed", style.BLUE, "^", filled=False),
    _FILTERS_TUNED := _Look("filters removed, fine-tuned", style.BLUE, "^"),
    _WEIGHTS := _Look("weights zeroed", style.GREEN, "s", filled=False),
    _WEIGHTS_TUNED := _Look("weights zeroed, fine-tuned", style.GREEN, "s"),
)


def board_time(table: Table) -> Drawing | LeftOut:
    """Draw accuracy against time on the board."""
    return _draw(table, costs.BOARD_TIME)


def flash(table: Table) -> Drawing | LeftOut:
    """Draw accuracy against bytes of flash."""
    return _draw(table, costs.FLASH)


def _draw(table: Table, cost: Cost) -> Drawing | LeftOut:
    """Draw each level as a point with its name, and the front as a line."""
    if reason := costs.why_missing(table, cost):
        return LeftOut(reason)
    priced = trade_off.priced(table, cost)
    if len(priced) < 2:  # noqa: PLR2004 - one point is no comparison
        return LeftOut("there are no two levels to compare")
    front = trade_off.front(table, cost)
    finding = trade_off.finding(table, cost) or f"{len(front)} of {len(priced)} levels are on the Pareto front"
    notes = (
        f"Grey line and bold names: the {len(front)} of {len(priced)} levels that none beats in both. Surely: 95 %, "
        "from the clips on which one is right and the other wrong. The horizontal axis is logarithmic."
    )
    made, axes = style.figure(table, finding, notes, _LAYOUT)
    _cost_axis(axes, cost, [figure for _, figure in priced])
    style.accuracy_axis(axes, [row.accuracy for row, _ in priced])
    _front(axes, [(dict(priced)[row], row.accuracy) for row in front])
    for look in _LOOKS:
        found = [(figure, style.shown_share(row.accuracy)) for row, figure in priced if _look(row) is look]
        if found:
            _points(axes, look, found)
    style.legend(made, axes, columns=10)
    ordered = sorted(priced, key=lambda each: (each[0] not in front, -each[0].accuracy, each[1]))
    names = [
        Name(figure, style.shown_share(row.accuracy), row.id, _look(row).color, row in front) for row, figure in ordered
    ]
    labels.beside_points(axes, names)
    return Drawing(made, finding)


def _look(row: Row) -> _Look:
    """Tell to which group a level belongs."""
    pruning, arithmetic = row.pruning, row.level.arithmetic
    if pruning is not None and pruning.filters:
        return _FILTERS_TUNED if pruning.fine_tuned else _FILTERS
    if pruning is not None:
        return _WEIGHTS_TUNED if pruning.fine_tuned else _WEIGHTS
    if isinstance(arithmetic, Fixed):
        return _FLOAT if arithmetic is Fixed.FLOAT else _TFLITE
    if arithmetic.method is Method.POST_TRAINING:
        return _PTQ
    return _SYMW if arithmetic.scheme is Scheme.SYMMETRIC_WEIGHTS else _QAT


def _cost_axis(axes: Axes, cost: Cost, figures: Sequence[float]) -> None:
    """Make the horizontal axis logarithmic, with round numbers and room for names."""
    low, high = min(figures), max(figures)
    room = max((high / low) ** 0.08, 1.1)
    axes.set_xscale("log")
    axes.set_xlim(low / room, high * room)
    axes.xaxis.set_major_locator(FixedLocator(_round_numbers(low / room, high * room)))
    axes.xaxis.set_minor_locator(FixedLocator([]))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.6g}")
    axes.set_xlabel(cost.axis)


def _front(axes: Axes, points: Sequence[tuple[float, float]]) -> None:
    """Draw the border of what can be had: at each cost the best accuracy that costs no more."""
    corners = [points[0]]
    for cost, share in points[1:]:
        corners += [(cost, corners[-1][1]), (cost, share)]
    axes.plot(
        [cost for cost, _ in corners],
        [style.shown_share(share) for _, share in corners],
        color=style.FAINT,
        linewidth=3,
        zorder=0.5,
        label="Pareto front",
    )


def _points(axes: Axes, look: _Look, points: Sequence[tuple[float, float]]) -> None:
    axes.plot(
        [cost for cost, _ in points],
        [share for _, share in points],
        linestyle="",
        marker=look.marker,
        color=look.color,
        markerfacecolor=look.color if look.filled else "white",
        label=look.name,
    )


def _round_numbers(low: float, high: float) -> list[float]:
    """Return 1, 1.5, 2, 3, 4, 5 and 7 times each power of ten, between two positive numbers."""
    powers = [10.0**power for power in range(-6, 10)]
    return [step * power for power in powers for step in (1, 1.5, 2, 3, 4, 5, 7) if low <= step * power <= high]
