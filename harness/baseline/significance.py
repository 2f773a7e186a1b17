"""Whether two sets of times differ by more than chance: the Mann-Whitney U test."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

LEAST_SAMPLES = 8
"""With fewer in a set, the distribution of U is too far from a normal one."""


def p_value(first: Sequence[float], second: Sequence[float]) -> float:
    """Probability, two-sided, that sets from one distribution differ as much as these, each of LEAST_SAMPLES or more.

    The normal approximation of U, corrected for ties and for continuity. Source: H. B. Mann and D. R. Whitney, On a
    test of whether one of two random variables is stochastically larger than the other, Annals of Mathematical
    Statistics 18 (1947), 50-60; ties: E. L. Lehmann, Nonparametrics (1975), section 1.4.
    """
    count, other = len(first), len(second)
    ranks, ties = _ranks(np.concatenate([first, second]))
    total = count + other
    u = float(ranks[:count].sum()) - count * (count + 1) / 2
    crowding = float((ties**3 - ties).sum()) / (total * (total - 1))
    variance = count * other / 12 * (total + 1 - crowding)
    if variance <= 0:
        return 1.0
    distance = max(abs(u - count * other / 2) - 0.5, 0.0)
    return math.erfc(distance / math.sqrt(2 * variance))


def _ranks(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Rank values from 1, equal ones by the middle of their places; also how often each value occurs."""
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    middles = last - (counts - 1) / 2
    return middles[places], counts.astype(np.float64)
