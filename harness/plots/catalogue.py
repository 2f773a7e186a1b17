"""All plots that there are, in the order in which they are told."""

from __future__ import annotations

from harness.plots import bit_width, pruning, ranking, trade_off, voices
from harness.plots.drawing import Plot

PLOTS = (
    Plot("bit-width", bit_width.draw),
    Plot("pareto", trade_off.board_time),
    Plot("flash", trade_off.flash),
    Plot("pruning-parameters", pruning.parameters),
    Plot("pruning-flops", pruning.flops),
    Plot("pruning-host-time", pruning.host_time),
    Plot("pruning-gpu-time", pruning.gpu_time),
    Plot("pruning-board-time", pruning.board_time),
    Plot("ranking", ranking.draw),
    Plot("voices", voices.draw),
)
