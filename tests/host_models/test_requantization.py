"""Requantization against exact fractions, random and extreme."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

from host_models.errors import HostModelError
from host_models.requantization import quantize_multiplier, requantize, requantize_once, rounds_as_real

INT32_MIN, INT32_MAX = -(2**31), 2**31 - 1
EXTREMES = [0, 1, -1, 2, -2, 3, -3, 1023, -1024, 2**30, -(2**30), INT32_MAX, INT32_MIN, INT32_MIN + 1]


def _half_up(value: Fraction) -> int:
    return math.floor(value + Fraction(1, 2))


def _half_away(value: Fraction) -> int:
    return int(math.copysign(1, value)) * math.floor(abs(value) + Fraction(1, 2))


def _exact(accumulator: int, multiplier: int, shift: int) -> int:
    """Round the product to an integer, ties up, then the quotient, ties away from zero."""
    return _half_away(Fraction(_half_up(Fraction(accumulator * multiplier, 2**31)), 2**shift))


def _gemmlowp(accumulator: int, multiplier: int, shift: int) -> int:
    """Do what gemmlowp's C++ does, truncating division and nudges included."""
    product = accumulator * multiplier
    nudge = 2**30 if product >= 0 else 1 - 2**30
    high = int(math.copysign(1, product + nudge)) * (abs(product + nudge) // 2**31)
    mask = 2**shift - 1
    threshold = (mask >> 1) + (1 if high < 0 else 0)
    return (high >> shift) + (1 if high & mask > threshold else 0)


def _cases(count: int) -> list[tuple[int, int, int]]:
    rng = np.random.default_rng(1)
    multipliers = rng.integers(0, 2**31, count)
    wide = zip(rng.integers(INT32_MIN, INT32_MAX, count), multipliers, rng.integers(0, 32, count), strict=True)
    multipliers = rng.integers(2**30, 2**31, count)
    usual = zip(rng.integers(-(2**20), 2**20, count), multipliers, rng.integers(0, 13, count), strict=True)
    random = [(int(a), int(m), int(s)) for cases in (wide, usual) for a, m, s in cases]
    ties = [(odd * 2**k, 2**30, shift) for odd in (-5, -3, -1, 1, 3, 5) for k in range(12) for shift in range(14)]
    edges = [(a, m, s) for a in EXTREMES for m in (0, 1, 2**30, 2**30 + 1, INT32_MAX) for s in (0, 1, 7, 30, 31)]
    return random + ties + edges


def test_requantization_is_the_exact_double_rounding() -> None:
    """Every case equals exact fractions and a transcription of gemmlowp."""
    cases = _cases(3000)
    found = requantize(*np.array(cases).T)
    assert [int(code) for code in found] == [_exact(*case) for case in cases]
    assert [int(code) for code in found] == [_gemmlowp(*case) for case in cases]


def test_int8_logits_are_rounded_once() -> None:
    """The one rounding is that of the exact product, ties up."""
    for accumulator, multiplier, shift in _cases(500):
        once = int(requantize_once(accumulator, multiplier, shift))
        assert once == _half_up(Fraction(accumulator * multiplier, 2 ** (31 + shift)))


@pytest.mark.parametrize("real", [0.5, 0.25, 1e-3, 0.000438, 0.999999999, 1 / 3, 2**-20, 3e-9])
def test_a_factor_is_kept_to_thirty_bits(real: float) -> None:
    """Multiplier and shift stand for the factor as closely as Q31 can."""
    multiplier, shift = quantize_multiplier(real)
    assert 2**30 <= multiplier < 2**31
    assert Fraction(multiplier, 2 ** (31 + shift)) == pytest.approx(real, rel=2**-30)


def test_factors_at_the_limits_are_kept_or_refused() -> None:
    """0 and what is too small become 0; the largest factor below 1 stays below 1; 1 is an error."""
    assert quantize_multiplier(0.0) == (0, 0)
    assert quantize_multiplier(1e-30) == (0, 0)
    assert quantize_multiplier(math.nextafter(1.0, 0.0)) == (2**31 - 1, 0)
    for real in (1.0, -0.1, math.nan):
        with pytest.raises(HostModelError, match="not from 0 to below 1"):
            quantize_multiplier(real)


def test_a_multiplier_that_is_off_is_found() -> None:
    """The comparison with float64 sees a multiplier that moves a step by one accumulator."""
    real = 0.00043789
    multiplier, shift = quantize_multiplier(real)
    assert rounds_as_real(multiplier, shift, real, -128, 127)
    assert not rounds_as_real(multiplier + 2**12, shift, real, -128, 127)
    for accumulator in range(-300_000, 300_000, 37):
        there = math.copysign(math.floor(abs(accumulator * real) + 0.5), accumulator)
        assert requantize_once(accumulator, multiplier, shift) == there
