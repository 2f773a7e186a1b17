"""Accuracy of each level by who computed it: board, PyTorch, TensorFlow Lite."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.ticker import FuncFormatter

from harness.analysis import voices
from harness.plots import style
from harness.plots.drawing import Drawing, LeftOut
from harness.plots.style import Layout

if TYPE_CHECKING:
    from harness.analysis.table import Table

_ROW_INCHES = 0.19
_LOOKS = {
    "board": ("o", style.BLUE, style.BLUE, 4.5),
    "pytorch": ("o", style.VERMILION, "none", 8.5),
    "tflite": ("D", style.BLACK, "none", 11.5),
}
"""Marker, its line's and face's colour, and size: the smaller lies within the larger where they agree."""


def draw(table: Table) -> Drawing | LeftOut:
    """Draw a line for each level, the most accurate at the top, with a mark for each voice that there is."""
    finding = voices.finding(table)
    if finding is None:
        return LeftOut("no level was run to its end")
    rows = sorted(table.rows, key=lambda row: -row.accuracy)
    layout = Layout(height=2.0 + _ROW_INCHES * len(rows), left=1.9, right=0.35, bottom=0.85)
    notes = "Marks lie within each other where voices agree. Bars: 95 % of Wilson's interval of the board's accuracy."
    figure, axes = style.figure(table, finding, notes, layout)
    heights = range(len(rows))
    bars = [row.interval for row in rows]
    axes.hlines(heights, [low for low, _ in bars], [high for _, high in bars], color=style.SKY, linewidth=1, zorder=1)
    for name, (marker, edge, face, size) in _LOOKS.items():
        found = [(row.accuracies[name], height) for height, row in enumerate(rows) if name in row.accuracies]
        if found:
            axes.plot(
                [share for share, _ in found],
                [height for _, height in found],
                linestyle="",
                marker=marker,
                markersize=size,
                markeredgecolor=edge,
                markerfacecolor=face,
                label=voices.NAMES[name],
            )
    axes.set_yticks(heights, [row.id for row in rows], fontsize=7.5)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.grid(axis="x")
    axes.set_xlabel("accuracy")
    axes.xaxis.set_major_formatter(FuncFormatter(style.percent))
    style.legend(figure, axes, columns=3)
    return Drawing(figure, finding)
