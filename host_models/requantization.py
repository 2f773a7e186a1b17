"""How an int32 accumulator becomes a code of a narrower type: TensorFlow Lite's reference arithmetic.

Source: gemmlowp's fixedpoint.h (SaturatingRoundingDoublingHighMul, RoundingDivideByPOT) and TensorFlow Lite's
MultiplyByQuantizedMultiplier and QuantizeMultiplier (kernels/internal/common.cc, quantization_util.cc) for the
convolution; LiteRT's FullyConnected (reference/integer_ops/fully_connected.h) for int8 logits.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from host_models.errors import HostModelError
from host_models.model import INT32_MAX

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

Q31_BITS = 31


def quantize_multiplier(real: float) -> tuple[int, int]:
    """Write a factor from 0 to below 1 as `multiplier * 2^-31 * 2^-shift`, multiplier in Q31, shift from 0 to 31.

    Raises HostModelError for a factor out of that range.
    """
    if not 0 <= real < 1:
        raise HostModelError(f"a requantization factor of {real:g} is not from 0 to below 1; widen the output's scale")
    fraction, exponent = math.frexp(real)
    multiplier = round(fraction * 2**Q31_BITS)
    if multiplier == 2**Q31_BITS:
        multiplier, exponent = multiplier // 2, exponent + 1
    if exponent > 0:
        return INT32_MAX, 0
    return (multiplier, -exponent) if exponent >= -Q31_BITS else (0, 0)


def requantize(accumulators: ArrayLike, multiplier: ArrayLike, shift: ArrayLike) -> NDArray[np.int64]:
    """Scale int32 values by `multiplier * 2^-31 * 2^-shift`, rounding twice; the three broadcast.

    The product is rounded half up, the shift half away from zero, as on the board. int64, shape of the broadcast.
    """
    product = np.asarray(accumulators, np.int64) * np.asarray(multiplier, np.int64)
    high = (product + 2 ** (Q31_BITS - 1)) >> Q31_BITS
    shift = np.asarray(shift, np.int64)
    mask = (np.int64(1) << shift) - 1
    threshold = (mask >> 1) + (high < 0)
    return np.asarray((high >> shift) + ((high & mask) > threshold), np.int64)


def requantize_once(accumulators: ArrayLike, multiplier: int, shift: int) -> NDArray[np.int64]:
    """Scale int32 values by `multiplier * 2^-31 * 2^-shift`, rounding the exact product once, half up.

    It makes int8 logits, since LiteRT's reference FULLY_CONNECTED rounds once while its CONV_2D rounds twice.
    """
    product = np.asarray(accumulators, np.int64) * np.int64(multiplier)
    return np.asarray((product + (np.int64(1) << (Q31_BITS - 1 + shift))) >> (Q31_BITS + shift), np.int64)


def rounds_as_real(multiplier: int, shift: int, real: float, lowest: int, highest: int) -> bool:
    """Whether `requantize_once` gives `round(accumulator * real)` for every accumulator with a code in a range.

    `round` is C's, half away from zero, on float64, which is what LiteRT computes. Both rise with the accumulator, so
    that they are the same function if they step from each code to the next at the same accumulator.
    """
    for code in range(lowest, highest + 1):
        step = math.floor((code - 0.5) / real)
        near = range(step - 2, step + 4)
        ours = [int(requantize_once(accumulator, multiplier, shift)) for accumulator in near]
        theirs = [int(math.copysign(math.floor(abs(accumulator * real) + 0.5), accumulator)) for accumulator in near]
        if ours != theirs:
            return False
    return True
