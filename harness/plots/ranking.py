"""Accuracy against filters removed, by the norm that ranked them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.analysis import ranking
from harness.plots import labels, style
from harness.plots.drawing import Drawing, LeftOut
from harness.plots.labels import Name
from host_models.level import Ranking

if TYPE_CHECKING:
    from harness.analysis.table import Table

_COLORS = {
    Ranking.L1: style.BLACK,
    Ranking.L2: style.VERMILION,
    Ranking.MAXIMUM: style.BLUE,
    Ranking.SPREAD: style.GREEN,
}
_BESIDE = 0.06
"""By how much the rankings stand beside each other, in filters, so that equal ones are seen."""


def draw(table: Table) -> Drawing | LeftOut:
    """Draw a curve for each ranking, dashed without fine-tuning."""
    curves, finding = ranking.curves(table), ranking.finding(table)
    if not curves or finding is None:
        return LeftOut("no filters are removed by another ranking than L1, beside the same number by L1")
    notes = (
        f"Levels {curves[0].arithmetic}. Bars: 95 % of Wilson's interval. Compared by McNemar's test on the same "
        "clips, 5 % for all comparisons together (Holm)."
    )
    figure, axes = style.figure(table, finding, notes)
    names = []
    for curve in curves:
        color, shift = _COLORS[curve.ranking], _BESIDE * (list(Ranking).index(curve.ranking) - 1)
        removed = [ranking.filters(row) + shift for row in curve.rows]
        line = "-" if curve.fine_tuned else "--"
        shares = [style.shown_share(row.accuracy) for row in curve.rows]
        bars = [[style.shown_share(edge) for edge in row.interval] for row in curve.rows]
        axes.plot(removed, shares, color=color, linestyle=line, marker="o")
        axes.vlines(removed, [low for low, _ in bars], [high for _, high in bars], color=color, linewidth=0.8)
        name = ranking.NAMES[curve.ranking] + (", fine-tuned" if curve.fine_tuned else "")
        names.append(Name(removed[-1], shares[-1], name, color))
    axes.set_xlabel("filters removed of 8")
    axes.set_xticks(sorted({ranking.filters(row) for curve in curves for row in curve.rows}))
    shown = [row.interval for curve in curves for row in curve.rows]
    style.accuracy_axis(axes, [edge for bar in shown for edge in bar])
    labels.at_line_ends(axes, names)
    return Drawing(figure, finding)
