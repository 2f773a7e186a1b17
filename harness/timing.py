"""Cycles that a level's stages took on the board, over all clips of a campaign."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

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
    """Least, middle and greatest of some figures, in the unit of the figures."""

    min: float
    median: float
    max: float

    @staticmethod
    def of(figures: Iterable[int]) -> Spread:
        """Order at least one figure; the median of an even number of them is the mean of the two in the middle."""
        ordered = sorted(figures)
        middle = median(ordered)
        return Spread(ordered[0], int(middle) if middle == int(middle) else middle, ordered[-1])

    def in_milliseconds(self, clock_hz: int) -> Spread:
        """Turn cycles into milliseconds at `clock_hz`."""
        return Spread(*(milliseconds(cycles, clock_hz) for cycles in (self.min, self.median, self.max)))


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
