"""How sure an accuracy is."""

from __future__ import annotations

import pytest

from host_models.accuracy import Accuracy


@pytest.mark.parametrize(
    ("right", "clips", "low", "high"),
    [
        (0, 10, 0, 0.2775),
        (10, 10, 0.7225, 1),
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_is_wilson_s_as_published(right: int, clips: int, low: float, high: float) -> None:
    """R. G. Newcombe, Two-sided confidence intervals for the single proportion, Statistics in Medicine 17 (1998)."""
    assert Accuracy(right, clips).interval() == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))
