"""How every plot looks: sizes, colours, and where title, context and axes stand."""

from __future__ import annotations

import math
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.typing import RcKeyType

    from harness.analysis.table import Row, Table

BLACK, ORANGE, SKY, GREEN, BLUE, VERMILION, PURPLE = (
    "#000000",
    "#E69F00",
    "#56B4E9",
    "#009E73",
    "#0072B2",
    "#D55E00",
    "#CC79A7",
)
"""Colours that people of every kind of colour vision tell apart. Source: M. Okabe and K. Ito, Color universal design,
2008, https://jfly.uni-koeln.de/color/"""
GREY = "#6e6e6e"
FAINT = "#d9d9d9"

RC: dict[RcKeyType, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GREY,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "grid.color": FAINT,
    "grid.linewidth": 0.6,
    "lines.linewidth": 1.6,
    "lines.markersize": 5.0,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "figure.dpi": 120,
    "svg.hashsalt": "tinyhil",
    "svg.fonttype": "path",
}
"""Settings of matplotlib under which figures are made and written; the salt makes an SVG's ids the same each time."""

_HIGHEST = 0.999
"""Accuracies above, and as near to 0, stand here, since a logit axis never gets to its ends."""
_NAMED_SHARES = (0.01, 0.05, 0.1, 0.25, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.88, 0.9, 0.92, 0.94, 0.96, 0.98, 0.99)
"""Accuracies that an axis names."""
_TITLE_SIZE, _SMALL = 12.0, 8.0
_INCHES_PER_TITLE_CHARACTER = 0.102
_INCHES_PER_SMALL_CHARACTER = 0.066
_TITLE_LINE, _SMALL_LINE = 0.235, 0.155
_MARGIN = 0.14


@dataclass(frozen=True)
class Layout:
    """Inches of a figure, and what its axes leave free at the left, right and bottom."""

    width: float = 8.5
    height: float = 5.4
    left: float = 0.75
    right: float = 1.5
    bottom: float = 0.6


PLAIN = Layout()


def figure(table: Table, title: str, notes: str = "", layout: Layout = PLAIN) -> tuple[Figure, Axes]:
    """Make a figure with the finding as its title, and below it in small print what it rests on."""
    made = Figure(figsize=(layout.width, layout.height))
    context = f"{table.clips} clips of {table.source}. {table.board}. {notes}".strip()
    top = layout.height - _MARGIN
    top = _write(made, title, top, layout, _INCHES_PER_TITLE_CHARACTER, _TITLE_LINE, size=_TITLE_SIZE, weight="bold")
    top = _write(made, context, top - 0.03, layout, _INCHES_PER_SMALL_CHARACTER, _SMALL_LINE, size=_SMALL, color=GREY)
    left, bottom = layout.left / layout.width, layout.bottom / layout.height
    wide = 1 - (layout.left + layout.right) / layout.width
    axes = made.add_axes((left, bottom, wide, (top - 0.2) / layout.height - bottom))
    return made, axes


def accuracy_axis(axes: Axes, shares: Sequence[float]) -> None:
    """Make the vertical axis one of accuracies, 0..1, on which the good ones, which lie close, stand apart.

    It is a logit axis: equal steps are equal factors of the odds. `shares` are all that are shown.
    """
    axes.set_yscale("logit")
    shown = [shown_share(share) for share in shares]
    low, high = _share(_odds(min(shown)) - 0.15), _share(_odds(max(shown)) + 0.15)
    axes.set_ylim(low, high)
    axes.yaxis.set_major_locator(FixedLocator([each for each in _NAMED_SHARES if low < each < high]))
    axes.yaxis.set_minor_locator(FixedLocator([]))
    axes.yaxis.set_major_formatter(FuncFormatter(percent))
    axes.set_ylabel("accuracy on the board (axis stretched towards 100 %)")


def shown_share(share: float) -> float:
    """Keep an accuracy off the ends of an axis that has none."""
    return min(max(share, 1 - _HIGHEST), _HIGHEST)


def curve(axes: Axes, x: Sequence[float], rows: Sequence[Row], color: str, line: str) -> None:
    """Draw accuracies as points on a line, with the band of their 95 % intervals, on an accuracy axis."""
    _line(axes, x, rows, color, line)
    low, high = ([shown_share(row.interval[edge]) for row in rows] for edge in (0, 1))
    axes.fill_between(x, low, high, color=color, alpha=0.11, linewidth=0)


def scatter(axes: Axes, x: Sequence[float], rows: Sequence[Row], color: str, line: str) -> None:
    """Draw accuracies as points whose line is faint, since their order along the axis is partly chance, with bars."""
    _line(axes, x, rows, color, "")
    axes.plot(x, [shown_share(row.accuracy) for row in rows], color=color, linestyle=line, linewidth=0.5, alpha=0.6)
    low, high = ([shown_share(row.interval[edge]) for row in rows] for edge in (0, 1))
    axes.vlines(x, low, high, color=color, linewidth=0.6, alpha=0.6)


def _line(axes: Axes, x: Sequence[float], rows: Sequence[Row], color: str, line: str) -> None:
    axes.plot(x, [shown_share(row.accuracy) for row in rows], color=color, linestyle=line, marker="o")


def percent(share: float, _place: int = 0) -> str:
    """Write an accuracy, 0..1, as per cent."""
    return f"{100 * share:.4g} %"


def dark(color: str) -> tuple[float, float, float]:
    """Darken a colour so that small print in it can be read on white."""
    red, green, blue = to_rgb(color)
    return (0.72 * red, 0.72 * green, 0.72 * blue)


def legend(made: Figure, axes: Axes, columns: int) -> None:
    """Put a legend below the axes; the layout has to leave room for it."""
    handles, names = axes.get_legend_handles_labels()
    made.legend(
        handles,
        names,
        loc="lower left",
        ncols=columns,
        frameon=False,
        fontsize=_SMALL,
        handletextpad=0.4,
        columnspacing=1.4,
    )


def _odds(share: float) -> float:
    """Return a share, between 0 and 1, as the power of ten of its odds."""
    return math.log10(share / (1 - share))


def _share(odds: float) -> float:
    """Return the share of an odds' power of ten."""
    return 1 / (1 + 10**-odds)


def _write(
    made: Figure, text: str, top: float, layout: Layout, inches_a_character: float, line: float, **font: object
) -> float:
    """Write lines that fit the figure's width from `top` inches down; returns where they end."""
    lines = textwrap.wrap(text, int((layout.width - 2 * _MARGIN) / inches_a_character))
    for number, words in enumerate(lines):
        height = (top - number * line) / layout.height
        made.text(_MARGIN / layout.width, height, words, va="top", ha="left", **font)  # type: ignore[arg-type]
    return top - len(lines) * line
