"""Cycles that a level's stages took on the board, over all clips of a campaign."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.units import milliseconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from harness.wire.replies import Result

STAGES = ("preprocess_slice", "preprocess", "nn", "postprocess")
"""One slice of 20 ms, all slices of a clip, features to logits, logits to label."""
CLIP_STAGES = STAGES[1:]
"""Those that a clip goes through once."""


@dataclass(frozen=True)
class Spread:
    """Least, greatest and quartiles of some figures, in the unit of the figures."""

    min: float
    q1: float
    median: float
    q3: float
    max: float

    @property
    def iqr(self) -> float:
        """Interquartile range: the width of the middle half of the figures."""
        return self.q3 - self.q1

    @staticmethod
    def of(figures: Iterable[int]) -> Spread:
        """Order at least one figure; a quartile between two of them is interpolated (Hyndman and Fan's method 7)."""
        return Spread(*(_whole(each) for each in np.quantile(list(figures), (0, 0.25, 0.5, 0.75, 1))))

    def in_milliseconds(self, clock_hz: int) -> Spread:
        """Turn cycles into milliseconds at `clock_hz`."""
        return Spread(*(milliseconds(cycles, clock_hz) for cycles in astuple(self)))


def cycles(answers: Sequence[Result]) -> dict[str, list[int]]:
    """Cycles of each of STAGES in the answers, clip by clip; none for a stage that was not timed."""
    return {
        "preprocess_slice": [cycles for answer in answers for cycles in answer.slice_cycles],
        "preprocess": [answer.preprocess_cycles for answer in answers if answer.slice_cycles],
        "nn": [answer.nn_cycles for answer in answers],
        "postprocess": [answer.postprocess_cycles for answer in answers],
    }


def spreads(answers: Sequence[Result]) -> dict[str, Spread]:
    """Cycles of each of STAGES over the answers for at least one clip; a stage that was not timed is left out."""
    return {stage: Spread.of(figures) for stage, figures in cycles(answers).items() if figures}


def _whole(figure: float) -> float:
    """Return a whole number as an int, so that it is written as one."""
    return int(figure) if figure == int(figure) else float(figure)
