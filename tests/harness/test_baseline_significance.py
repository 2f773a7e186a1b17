"""The Mann-Whitney test: against all orders there are, and where times say nothing."""

from __future__ import annotations

from itertools import combinations

import pytest

from harness.baseline.significance import LEAST_SAMPLES, p_value

PLACES = 2 * LEAST_SAMPLES


def exact(places: tuple[int, ...]) -> float:
    """Two-sided probability of a rank sum, by counting all ways to choose ranks."""
    middle = LEAST_SAMPLES * (PLACES + 1) / 2
    sums = [sum(choice) for choice in combinations(range(1, PLACES + 1), LEAST_SAMPLES)]
    return sum(abs(each - middle) >= abs(sum(places) - middle) for each in sums) / len(sums)


@pytest.mark.parametrize(
    "places",
    [tuple(range(1, 9)), (1, 2, 3, 4, 5, 6, 8, 10), (1, 2, 4, 5, 7, 9, 10, 13), tuple(range(1, PLACES, 2))],
)
def test_the_approximation_is_near_what_counting_gives(places: tuple[int, ...]) -> None:
    """With as few samples as are let in, which is where it is worst."""
    others = [place for place in range(1, PLACES + 1) if place not in places]
    assert p_value(places, others) == pytest.approx(exact(places), abs=0.01)


def test_equal_times_are_no_difference() -> None:
    """Neither one value throughout, nor the same values in another order."""
    assert p_value([7] * 9, [7] * 9) == 1
    assert p_value(range(20), list(reversed(range(20)))) == 1


def test_two_constant_sets_differ() -> None:
    """Ties within a set are no ties between them."""
    assert p_value([7] * 9, [8] * 9) < 0.001


def test_the_order_of_the_sets_does_not_matter() -> None:
    """It is two-sided."""
    first, second = [1, 2, 2, 3, 5, 8, 13, 21], [2, 4, 4, 9, 9, 30, 31, 40, 41]
    assert p_value(first, second) == p_value(second, first)
