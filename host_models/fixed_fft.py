"""The 512-point real FFT of 16-bit integers that KISS FFT computes, over many frames at once.

Arithmetic of KISS FFT (Mark Borgerding, BSD-3-Clause) with FIXED_POINT=16: each radix-4 stage first divides its inputs
by 4, products are rounded to Q15, and all sums are kept modulo 2^16. An overflow therefore wraps as it does there; a
loud signal that the window leaves almost rectangular reaches that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from host_models import frontend_tables as tables

if TYPE_CHECKING:
    from numpy.typing import NDArray

_HALF = 1 << 14
_FRACTION_BITS = 15
_RADIX = 4


def _wrap(values: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return `values` modulo 2^16 in -32768..32767."""
    return values.astype(np.int16).astype(np.int32)


def _divide(values: NDArray[np.int32], divisor: int) -> NDArray[np.int32]:
    """Return `values` over `divisor` as a Q15 product with 32767 // divisor, rounded (C_FIXDIV)."""
    quotient = values * np.int32(tables.Q15_ONE // divisor)
    quotient += _HALF
    quotient >>= _FRACTION_BITS
    return quotient


def _rounded(product: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return a Q30 `product` as Q15, rounded; the array is reused."""
    product += _HALF
    product >>= _FRACTION_BITS
    return product


def _multiply(
    real: NDArray[np.int32], imaginary: NDArray[np.int32], twiddle: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return complex products with `twiddle` (2, ...), real and imaginary, rounded to Q15 (C_MUL)."""
    cosine, sine = twiddle
    return _rounded(real * cosine - imaginary * sine), _rounded(real * sine + imaginary * cosine)


def _stage(
    real: NDArray[np.int32], imaginary: NDArray[np.int32], size: int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Turn transforms of `size` points into transforms of 4 `size` points (kf_bfly4).

    Arrays are (size, 4, rest, frames) seen as (256, frames): bin, residue of the sample's number, the other digits of
    it. They become (4, size, rest, frames), so that bins end in natural order without a permutation.
    """
    rest = tables.COMPLEX_POINTS // (_RADIX * size)
    shape = (size, _RADIX, rest, real.shape[-1])
    real, imaginary = _divide(real, _RADIX).reshape(shape), _divide(imaginary, _RADIX).reshape(shape)
    r0, i0 = real[:, 0], imaginary[:, 0]
    turned = []
    for digit in range(1, _RADIX):
        r, i = real[:, digit], imaginary[:, digit]
        if size > 1:  # a single bin is turned by nothing: after the division by 4, times 32767 is the identity
            index = np.arange(size) * rest * digit
            r, i = _multiply(r, i, tables.twiddles()[index].astype(np.int32).T[:, :, None, None])
        turned.append((r, i))
    (r1, i1), (r2, i2), (r3, i3) = turned
    even_r, even_i, odd_r, odd_i = r0 + r2, i0 + i2, r0 - r2, i0 - i2
    sum_r, sum_i, difference_r, difference_i = r1 + r3, i1 + i3, r1 - r3, i1 - i3
    out_r = np.empty((_RADIX, size, rest, real.shape[-1]), np.int32)
    out_i = np.empty_like(out_r)
    np.add(even_r, sum_r, out=out_r[0])
    np.add(even_i, sum_i, out=out_i[0])
    np.add(odd_r, difference_i, out=out_r[1])
    np.subtract(odd_i, difference_r, out=out_i[1])
    np.subtract(even_r, sum_r, out=out_r[2])
    np.subtract(even_i, sum_i, out=out_i[2])
    np.subtract(odd_r, difference_i, out=out_r[3])
    np.add(odd_i, difference_r, out=out_i[3])
    points = (tables.COMPLEX_POINTS, real.shape[-1])
    return _wrap(out_r).reshape(points), _wrap(out_i).reshape(points)


def real_fft(samples: NDArray[np.int16]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return bins 1..255 of the transform over 512, samples down the first axis.

    samples: int16 (512, frames). Returns real and imaginary part, int32 (255, frames) in -32768..32767; row k is
    bin k + 1. DC and the Nyquist bin, which no filter uses, are left out (kiss_fftr).
    """
    real, imaginary = samples[0::2].astype(np.int32), samples[1::2].astype(np.int32)
    size = 1
    while size < tables.COMPLEX_POINTS:
        real, imaginary = _stage(real, imaginary, size)
        size *= _RADIX
    half = tables.COMPLEX_POINTS // 2
    up = slice(1, half + 1)
    down = slice(tables.COMPLEX_POINTS - 1, half - 1, -1)
    left_r, left_i = _divide(real[up], 2), _divide(imaginary[up], 2)
    right_r, right_i = _divide(real[down], 2), _divide(_wrap(-imaginary[down]), 2)
    sum_r, sum_i = left_r + right_r, left_i + right_i
    twiddle = tables.real_twiddles().astype(np.int32).T[:, :, None]
    turned_r, turned_i = _multiply(left_r - right_r, left_i - right_i, twiddle)
    turned_r, turned_i = _wrap(turned_r), _wrap(turned_i)
    # Bins 1..127 and their mirror images 255..129; bin 128, its own mirror image, counts as the latter.
    return (
        np.concatenate((((sum_r + turned_r) >> 1)[:-1], ((sum_r - turned_r) >> 1)[::-1])),
        np.concatenate((((sum_i + turned_i) >> 1)[:-1], ((turned_i - sum_i) >> 1)[::-1])),
    )
