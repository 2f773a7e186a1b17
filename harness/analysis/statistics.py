"""How sure a difference between accuracies is: tests on the same clips."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

ALPHA = 0.05
"""How often chance alone may be called a difference."""
MARGIN_POINTS = 2.0
"""A level that surely loses less, in percentage points of accuracy, counts as good as another."""
_Z_ONE_SIDED = 1.6448536269514722
"""The standard normal distribution's quantile of 95 %."""


def mcnemar(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> float:
    """Two-sided p-value that two levels are right equally often, from the same clips; both (clips,).

    The exact test: only clips on which one is right and the other is wrong count, and each is a fair coin. Source:
    Q. McNemar, Note on the sampling error of the difference between correlated proportions or percentages,
    Psychometrika 12 (1947), 153-157.
    """
    one, other = int((first & ~second).sum()), int((second & ~first).sum())
    total = one + other
    tail = sum(math.comb(total, k) for k in range(min(one, other) + 1))
    return min(1.0, float(2 * tail / 2**total))


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Raise the p-values of several tests so that ALPHA holds for all of them together.

    Source: S. Holm, A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6
    (1979), 65-70.
    """
    raised, highest = [0.0] * len(p_values), 0.0
    for place, index in enumerate(sorted(range(len(p_values)), key=lambda index: p_values[index])):
        highest = max(highest, min(1.0, (len(p_values) - place) * p_values[index]))
        raised[index] = highest
    return tuple(raised)


def points(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> float:
    """By how many percentage points `second` is right more often than `first`."""
    return 100 * float(second.mean() - first.mean())


def least_points(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> float:
    """By how many percentage points `second` is at least more often right than `first`, 95 % sure (one-sided).

    Half a clip is added to both kinds of clips on which only one of them is right. Source: A. Agresti and Y. Min,
    Simple improved confidence intervals for comparing matched proportions, Statistics in Medicine 24 (2005), 729-740.
    """
    gained, lost = int((second & ~first).sum()) + 0.5, int((first & ~second).sum()) + 0.5
    clips = len(first) + 2
    difference = (gained - lost) / clips
    error = math.sqrt((gained + lost) / clips - difference**2) / math.sqrt(clips)
    return 100 * (difference - _Z_ONE_SIDED * error)


def is_as_good(level: NDArray[np.bool_], reference: NDArray[np.bool_]) -> bool:
    """Whether a level surely loses less than MARGIN_POINTS against another, on the same clips; both (clips,)."""
    return level is reference or least_points(reference, level) > -MARGIN_POINTS


def too_few(clips: int) -> str | None:
    """Say that so many clips can't vouch even for a level that is right on the same ones, None where they can."""
    same = np.ones(clips, np.bool_)
    if least_points(same, same) > -MARGIN_POINTS:
        return None
    return f"{clips} clips are too few to be sure of {MARGIN_POINTS:g} points of accuracy"
