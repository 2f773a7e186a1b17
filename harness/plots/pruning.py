"""Accuracy of pruned levels against what pruning is to save."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.analysis import costs, pruning
from harness.analysis.pruning import Kind
from harness.plots import labels, style
from harness.plots.drawing import Drawing, LeftOut
from harness.plots.labels import Name
from harness.plots.style import Layout

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from harness.analysis.costs import Cost
    from harness.analysis.pruning import Curve, Family
    from harness.analysis.table import Row, Table

_LAYOUT = Layout(right=0.35)
_LOOKS = {
    (Kind.FILTERS, False): (style.ORANGE, "--", "filters removed"),
    (Kind.FILTERS, True): (style.VERMILION, "-", "filters removed, fine-tuned"),
    (Kind.WEIGHTS, False): (style.SKY, "--", "weights zeroed"),
    (Kind.WEIGHTS, True): (style.BLUE, "-", "weights zeroed, fine-tuned"),
}


def parameters(table: Table) -> Drawing | LeftOut:
    """Draw accuracy against parameters."""
    return _draw(table, costs.PARAMETERS)


def flops(table: Table) -> Drawing | LeftOut:
    """Draw accuracy against operations."""
    return _draw(table, costs.FLOPS)


def host_time(table: Table) -> Drawing | LeftOut:
    """Draw accuracy against CPU time on the host."""
    if table.host is None:
        return LeftOut("the host models were not timed, since the campaign ended early")
    return _draw(table, costs.host_time(table), f"Host: {table.host}.")


def gpu_time(table: Table) -> Drawing | LeftOut:
    """Draw accuracy against time on a GPU."""
    return _draw(table, costs.GPU_TIME)


def board_time(table: Table) -> Drawing | LeftOut:
    """Draw accuracy against time on the board."""
    return _draw(table, costs.BOARD_TIME)


def _draw(table: Table, cost: Cost, notes: str = "") -> Drawing | LeftOut:
    """Draw the pruned levels of the arithmetic that has most of them, from the whole network on."""
    if reason := costs.why_missing(table, cost):
        return LeftOut(reason)
    families = pruning.families(table)
    if not families:
        return LeftOut("no level is pruned")
    family = families[0]
    if all(cost.of(row) is None for row in family.rows):
        return LeftOut(f"the {cost.noun} of the pruned levels is not known")
    finding = pruning.finding(table, cost) or f"{family.arithmetic} is not there unpruned, to compare with"
    tuning = pruning.fine_tuning(table)
    notes = " ".join(part for part in (f"Levels {family.arithmetic}.", notes, f"{tuning}." if tuning else "") if part)
    made, axes = style.figure(
        table, finding, f"{notes} {'Bars' if cost.is_noisy else 'Bands'}: 95 % of Wilson's interval.", _LAYOUT
    )
    for curve in family.curves:
        color, line, _ = _LOOKS[curve.kind, curve.fine_tuned]
        points = _points(curve, family, cost)
        draw = style.scatter if cost.is_noisy else style.curve
        draw(axes, [figure for figure, _ in points], [row for _, row in points], color, line)
    axes.set_xlabel(cost.axis)
    axes.set_xlim(0, 1.06 * axes.dataLim.x1)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.6g}")
    shown = [family.whole, *family.rows] if family.whole is not None else list(family.rows)
    style.accuracy_axis(axes, [edge for row in shown for edge in row.interval])
    _names(axes, family, cost)
    return Drawing(made, finding)


def _points(curve: Curve, family: Family, cost: Cost) -> list[tuple[float, Row]]:
    """Return the levels of a curve whose cost is known, after the whole network, where its cost is."""
    rows = ([family.whole] if family.whole is not None else []) + list(curve.rows)
    return [(figure, row) for row in rows if (figure := cost.of(row)) is not None]


def _names(axes: Axes, family: Family, cost: Cost) -> None:
    """Name each curve at its end, and the whole network."""
    names = []
    for curve in family.curves:
        found = _points(curve, family, cost)
        if found:
            color, _, name = _LOOKS[curve.kind, curve.fine_tuned]
            figure, row = found[-1]
            names.append(
                Name(figure, style.shown_share(row.accuracy), f"{name}: {style.percent(pruning.share(row))}", color)
            )
    if family.whole is not None and (whole := cost.of(family.whole)) is not None:
        names.insert(0, Name(whole, style.shown_share(family.whole.accuracy), "whole network", style.BLACK))
    labels.beside_points(axes, names, size=8.5)
