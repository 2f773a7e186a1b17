"""Accuracy against bit width, for each scheme and method."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.analysis import bit_width
from harness.plots import labels, style
from harness.plots.drawing import Drawing, LeftOut
from harness.plots.labels import Name
from host_models.level import Method, Scheme

if TYPE_CHECKING:
    from harness.analysis.table import Table

_CURVES = (
    (Scheme.ASYMMETRIC, Method.POST_TRAINING, style.ORANGE, "-"),
    (Scheme.SYMMETRIC, Method.POST_TRAINING, style.VERMILION, "--"),
    (Scheme.ASYMMETRIC, Method.QUANTIZATION_AWARE, style.SKY, "-"),
    (Scheme.SYMMETRIC, Method.QUANTIZATION_AWARE, style.BLUE, "--"),
    (Scheme.SYMMETRIC_WEIGHTS, Method.QUANTIZATION_AWARE, style.GREEN, ":"),
)
_NOTES = (
    "Bands: 95 % of Wilson's interval. Equal: no difference by McNemar's test on the same clips, 5 % for all widths "
    "together (Holm)."
)


def draw(table: Table) -> Drawing | LeftOut:
    """Draw a curve for each scheme and method, with fp32 and int8-tflite as levels to hold them against."""
    curves = [
        (bit_width.curve(table, scheme, method), f"{method.upper()} {scheme}", color, line)
        for scheme, method, color, line in _CURVES
    ]
    curves = [curve for curve in curves if curve[0]]
    if not any(len(rows) > 1 for rows, *_ in curves):
        return LeftOut("no scheme and method has levels of two widths")
    finding = bit_width.finding(table) or "PTQ and QAT can't be compared: no width has both"
    figure, axes = style.figure(table, finding, _NOTES)
    names = []
    for rows, name, color, line in curves:
        style.curve(axes, [row.bits or 0 for row in rows], rows, color, line)
        names.append(Name(float(rows[-1].bits or 0), style.shown_share(rows[-1].accuracy), name, color))
    widest = max(int(name.x) for name in names)
    for level, stroke in (("fp32", "-."), ("int8-tflite", ":")):
        if (row := table.find(level)) is not None:
            axes.axhline(style.shown_share(row.accuracy), color=style.BLACK, linewidth=0.8, linestyle=stroke)
            names.append(Name(widest, style.shown_share(row.accuracy), level, style.BLACK))
    axes.set_xticks(sorted({int(row.bits or 0) for rows, *_ in curves for row in rows}))
    axes.set_xlabel("bits of a weight and of an activation")
    style.accuracy_axis(axes, [edge for rows, *_ in curves for row in rows for edge in row.interval])
    labels.at_line_ends(axes, names)
    return Drawing(figure, finding)
