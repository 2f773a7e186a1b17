"""Tests on the same clips, against published figures and by simulation."""

from __future__ import annotations

import random

import numpy as np
import pytest

from harness.analysis import pareto
from harness.analysis.statistics import holm, is_as_good, least_points, mcnemar, points, too_few


def test_mcnemar_counts_only_clips_on_which_one_is_wrong() -> None:
    """1 against 9 is 2 (1 + 10) / 2^10, however many clips both get right or wrong."""
    first = np.array([True] * 1 + [False] * 9 + [True] * 50 + [False] * 7)
    second = np.array([False] * 1 + [True] * 9 + [True] * 50 + [False] * 7)
    assert mcnemar(first, second) == mcnemar(second, first) == 22 / 1024
    assert points(first, second) == pytest.approx(100 * 8 / 67)


def test_equal_levels_are_no_surprise() -> None:
    """Without a clip on which they differ there is nothing to test."""
    same = np.array([True, False, True])
    assert mcnemar(same, same.copy()) == 1


def test_holm_raises_the_least_p_the_most() -> None:
    """Holm's own steps: the least times the number of tests, and never out of order."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx((0.03, 0.06, 0.06, 0.02))
    assert holm([]) == ()


def test_what_a_level_loses_at_most_is_missed_once_in_twenty() -> None:
    """Simulated with 3 clips lost and 2 gained in a hundred, which is one point less."""
    chance = np.random.default_rng(0)
    misses = 0
    for _ in range(1000):
        kinds = chance.random(800)
        first, second = kinds >= 0.02, kinds < 0.97
        misses += least_points(first, second) > -1
    assert 0.03 < misses / 1000 < 0.07


def test_a_level_counts_as_good_only_where_clips_are_enough() -> None:
    """The same share of lost clips: one in a hundred is no proof among a hundred, but among two thousand it is."""
    few, many = np.ones(100, np.bool_), np.ones(2000, np.bool_)
    assert not is_as_good(np.arange(100) % 100 > 0, few)
    assert is_as_good(np.arange(2000) % 100 > 0, many)
    assert is_as_good(few, few)


def test_too_few_clips_vouch_for_nothing() -> None:
    """From 81 on, a level that is right on the very same clips is surely within 2 points."""
    assert too_few(80) == "80 clips are too few to be sure of 2 points of accuracy"
    assert too_few(81) is None


@pytest.mark.parametrize(
    ("clips", "lost", "gained", "good"),
    [(871, 15, 6, True), (871, 15, 5, False), (100, 0, 0, True), (100, 1, 0, False)],
)
def test_the_examples_of_the_page_on_plots_hold(clips: int, lost: int, gained: int, *, good: bool) -> None:
    """docs/plots.md says which levels are surely within 2 points."""
    reference, level = np.ones(clips, np.bool_), np.ones(clips, np.bool_)
    level[:lost] = False
    reference[lost : lost + gained] = False
    assert is_as_good(level, reference) == good


def test_the_front_is_what_brute_force_finds() -> None:
    """On small integers, where equal costs, equal gains and equal points are common."""
    chance = random.Random(0)  # noqa: S311 - points, not secrets
    for _ in range(300):
        all_points = [(chance.randrange(6), chance.randrange(6)) for _ in range(chance.randrange(12))]

        def beaten(one: tuple[int, int], others: list[tuple[int, int]] = all_points) -> bool:
            return any(cost <= one[0] and gain >= one[1] and (cost, gain) != one for cost, gain in others)

        front = pareto.front(all_points)
        assert sorted(front) == [place for place, each in enumerate(all_points) if not beaten(each)]
        assert [all_points[place][0] for place in front] == sorted(all_points[place][0] for place in front)
