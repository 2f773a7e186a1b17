"""The vectorised fixed-point FFT against its plain twin: KISS FFT's recursion, one number at a time."""

from __future__ import annotations

import numpy as np
import pytest

from host_models import fixed_fft, frontend_tables

Complex = tuple[int, int]


def _int16(value: int) -> int:
    """Wrap to 16 bits."""
    return (value + 32_768) % 65_536 - 32_768


def _rounded(product: int) -> int:
    """Turn Q30 into Q15, to nearest."""
    return _int16((product + (1 << 14)) >> 15)


def _divide(x: Complex, n: int) -> Complex:
    return _rounded(x[0] * (32_767 // n)), _rounded(x[1] * (32_767 // n))


def _multiply(x: Complex, y: np.ndarray) -> Complex:
    c, s = int(y[0]), int(y[1])
    return _rounded(x[0] * c - x[1] * s), _rounded(x[0] * s + x[1] * c)


def _sum(*terms: Complex) -> Complex:
    """Add with a wrap; that the intermediate sums wrap as well changes nothing."""
    return _int16(sum(t[0] for t in terms)), _int16(sum(t[1] for t in terms))


def _times_i(x: Complex, turns: int) -> Complex:
    for _ in range(turns % 4):
        x = (-x[1], x[0])
    return x


def _transform(points: list[Complex]) -> list[Complex]:
    """Return the transform of 4^n points: those of every fourth point, then one radix-4 stage."""
    if len(points) == 1:
        return points
    parts = [_transform(points[digit::4]) for digit in range(4)]
    size = len(points) // 4
    result: list[Complex] = [(0, 0)] * len(points)
    for k in range(size):
        stride = frontend_tables.COMPLEX_POINTS // len(points)
        turned = [
            _multiply(_divide(part[k], 4), frontend_tables.twiddles()[digit * k * stride])
            for digit, part in enumerate(parts)
        ]
        turned[0] = _divide(parts[0][k], 4)
        for quarter in range(4):
            result[k + quarter * size] = _sum(*(_times_i(x, -d * quarter) for d, x in enumerate(turned)))
    return result


def _real_bins(samples: np.ndarray) -> list[Complex]:
    """Return bins 1..255 of 512 real samples: even and odd ones as one complex transform, which is then parted."""
    z = _transform([(int(a), int(b)) for a, b in samples.reshape(-1, 2)])
    bins: list[Complex] = [(0, 0)] * 256
    for k in range(1, 129):
        left, right = _divide(z[k], 2), _divide((z[256 - k][0], _int16(-z[256 - k][1])), 2)
        total, difference = _sum(left, right), _sum(left, (-right[0], -right[1]))
        turned = _multiply(difference, frontend_tables.real_twiddles()[k - 1])
        bins[k] = ((total[0] + turned[0]) >> 1, (total[1] + turned[1]) >> 1)
        bins[256 - k] = ((total[0] - turned[0]) >> 1, (turned[1] - total[1]) >> 1)
    return bins[1:]


def _frames() -> dict[str, np.ndarray]:
    """Return 512 samples each: noise, and all of full scale with their energy in one bin, so that sums overflow."""
    random = np.random.default_rng(2)
    frames = {f"noise {level}": random.integers(-level, level, 512) for level in (3, 1_000, 32_768)}
    angle = 2 * np.pi * np.arange(256) / 256
    for bin_number in (7, 64, 77, 128, 200):
        signs = np.stack([np.sign(np.sin(bin_number * angle) + 1e-6), np.sign(1e-6 - np.cos(bin_number * angle))], 1)
        frames[f"bin {bin_number}"] = signs.ravel() * 32_767
    # The imaginary part of the middle bin becomes 16384 or -16384, whose half and the half of whose negative differ.
    for side in (1, -1):
        frames[f"tie {side}"] = np.tile([0, 16_398, 0, -16_398], 128) * side
    return {name: np.clip(frame, -32_768, 32_767).astype(np.int16) for name, frame in frames.items()}


@pytest.mark.parametrize("name", _frames())
def test_all_bins_are_those_of_the_plain_recursion(name: str) -> None:
    """Rounding, wrapping and order agree in every bin."""
    frame = _frames()[name]
    real, imaginary = fixed_fft.real_fft(frame[:, None])
    assert list(zip(real[:, 0].tolist(), imaginary[:, 0].tolist(), strict=True)) == _real_bins(frame)
