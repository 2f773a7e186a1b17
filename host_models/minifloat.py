"""Floating-point formats of a few bits, as weights that are integers times one step.

A code is a sign bit, then the exponent, then the mantissa, as in the formats of the OCP Microscaling specification
(MX v1.0, section 5.3), which has E2M1, E2M3 and E3M2: exponent 0 is for subnormals, nothing is infinite or no number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from host_models.level import Minifloat


def table(form: Minifloat) -> NDArray[np.int64]:
    """Return what each code stands for in units of the least subnormal, int64 (2^bits,): positive codes rise."""
    codes = np.arange(2 ** (form.bits - 1), dtype=np.int64)
    mantissa, exponent = codes % 2**form.mantissa_bits, codes >> form.mantissa_bits
    normal = (mantissa + 2**form.mantissa_bits) << np.maximum(exponent - 1, 0)
    magnitudes = np.where(exponent == 0, mantissa, normal)
    return np.concatenate([magnitudes, -magnitudes])


def span_bits(form: Minifloat) -> int:
    """How wide a fixed-point number must be to hold every value of a format, its sign included."""
    return 1 + int(table(form).max()).bit_length()


@dataclass(frozen=True)
class MinifloatQuantizer:
    """Codes of a format, times `scale`; it is used as a `Quantizer` is."""

    scale: float
    form: Minifloat
    zero: int = 0

    def codes(self, values: ArrayLike) -> NDArray[np.uint8]:
        """Round values to the nearest that a code stands for, half to the even code, uint8 of the same shape."""
        steps = np.asarray(values, np.float64) / self.scale
        magnitudes = table(self.form)[: 2 ** (self.form.bits - 1)]
        middles = (magnitudes[1:] + magnitudes[:-1]) / 2
        below = np.searchsorted(middles, np.abs(steps), "left")
        above = np.searchsorted(middles, np.abs(steps), "right")
        codes = np.where(below % 2 == 0, below, above)
        negative = (steps < 0) & (codes > 0)
        return np.asarray(codes + negative * len(magnitudes), np.uint8)

    def values(self, codes: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Return what codes stand for, float64 of the same shape."""
        return np.asarray(table(self.form)[codes] * self.scale, np.float64)

    def squared_error(self, values: NDArray[Any]) -> float:
        """Mean squared difference that rounding to codes makes."""
        return float(np.mean((self.values(self.codes(values)) - values) ** 2))
