"""The columns of a validation table."""

from __future__ import annotations

import numpy as np
import pytest

from harness import metrics

REFERENCE = np.array([[1.0, 2.0, 3.0, 4.0], [4.0, 3.0, 2.0, 1.0]])


def test_equal_logits_are_perfect_in_every_column() -> None:
    """Nothing differs, so errors are exactly 0 and the others exactly 1."""
    assert metrics.between(REFERENCE, REFERENCE).as_dict() == {
        "acc": 1, "rmse": 0, "mae": 0, "l2r": 0, "mean": 0, "std": 0, "nse": 1, "cos": 1,
    }  # fmt: skip


def test_a_constant_offset_shows_in_the_mean_and_not_in_the_deviation() -> None:
    """Each column follows its formula: all errors are 0.5, the reference has sum of squares 60 and variance 1.25."""
    found = metrics.between(REFERENCE + 0.5, REFERENCE)
    assert found.acc == 1
    assert (found.rmse, found.mae, found.mean, found.std) == (0.5, 0.5, 0.5, 0)
    assert found.l2r == pytest.approx(np.sqrt(8 * 0.25 / 60))
    assert found.nse == pytest.approx(1 - 8 * 0.25 / (8 * 1.25))
    assert found.cos == pytest.approx(70 / np.sqrt(60 * 82))


def test_the_best_label_decides_on_acc() -> None:
    """One of two clips has another best label."""
    predicted = REFERENCE.copy()
    predicted[0] = [9, 0, 0, 0]
    assert metrics.between(predicted, REFERENCE).acc == 0.5


def test_the_lowest_index_wins_a_tie() -> None:
    """As the firmware's argmax does."""
    assert metrics.between(np.array([[1.0, 1.0]]), np.array([[1.0, 0.0]])).acc == 1
    assert metrics.between(np.array([[1.0, 1.0]]), np.array([[0.0, 1.0]])).acc == 0


def test_a_figure_without_a_denominator_is_none() -> None:
    """A constant reference has no variance and one of zeros no length; none of it may become NaN."""
    flat = metrics.between(np.array([[0.0, 1.0]]), np.zeros((1, 2)))
    assert (flat.l2r, flat.nse, flat.cos) == (None, None, None)


def test_probabilities_stay_finite_for_great_logits() -> None:
    """Softmax subtracts the greatest logit first."""
    assert metrics.softmax(np.array([[1e4, 0.0, -1e4, 1e4]])).tolist() == [[0.5, 0, 0, 0.5]]
