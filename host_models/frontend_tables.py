"""The constants of the audio frontend: window, twiddle factors, filter bank, gain curve, logarithm.

The frontend is TensorFlow's audio microfrontend (tensorflow/lite/experimental/microfrontend, Apache-2.0) over the
fixed-point FFT of KISS FFT (Mark Borgerding, BSD-3-Clause), with the settings of the micro_speech example. The numbers
here follow its published formulas, with each intermediate in the precision that it has there: `float` is
numpy.float32 and `double` is Python's float.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SAMPLE_RATE_HZ = 16_000
CLIP_SAMPLES = 16_000
WINDOW_SAMPLES = 480  # 30 ms
SLICE_SAMPLES = 320  # 20 ms
ROWS = (CLIP_SAMPLES - WINDOW_SAMPLES) // SLICE_SAMPLES + 1
CHANNELS = 40

WINDOW_BITS = 12  # fraction bits of a window coefficient (kFrontendWindowBits)

FFT_SAMPLES = 512  # the least power of two that holds a window
COMPLEX_POINTS = FFT_SAMPLES // 2  # a real FFT is a complex one of half the size, then a pass of post-processing
SPECTRUM_BINS = FFT_SAMPLES // 2 + 1
Q15_ONE = 32_767  # KISS FFT's SAMP_MAX: the factor 1.0

FILTER_BITS = 12  # fraction bits of a filter weight (kFilterbankBits)
LOWER_BAND_HZ = 125.0
UPPER_BAND_HZ = 7_500.0

NOISE_BITS = 14  # fraction bits of the smoothing coefficients (kNoiseReductionBits)
SMOOTHING_BITS = 10  # fraction bits of the noise estimate
EVEN_SMOOTHING = 409  # int(0.025 * 2^14)
ODD_SMOOTHING = 983  # int(0.06 * 2^14)
MIN_SIGNAL_REMAINING = 819  # int(0.05 * 2^14)

CORRECTION_BITS = FFT_SAMPLES.bit_length() - 1 - FILTER_BITS // 2  # what FFT and filter bank scaled the signal down by
GAIN_BITS = 21
GAIN_OFFSET = 80.0
GAIN_STRENGTH = 0.95
GAIN_INTERVALS = 32  # one quadratic for each power of two of the noise estimate (kWideDynamicFunctionBits)
SNR_BITS = 12
SNR_SHIFT = GAIN_BITS - CORRECTION_BITS - SNR_BITS
PCAN_OUTPUT_BITS = 6

LOG_SCALE_BITS = 16  # fraction bits of the logarithm (kLogScaleLog2)
LOG_SEGMENT_BITS = 7  # the fraction of log2 is interpolated on 128 segments
LOG_E_COEFFICIENT = 45_426  # ln(2) * 2^16
LOG_OUTPUT_SHIFT = 6  # the op's scale_shift: 64 units are a factor of e

FEATURE_NUMERATOR = 256  # a feature is min(255, (256 f + 333) // 666) of the op's output f
FEATURE_DENOMINATOR = 666
FEATURE_MAX = 255


@functools.cache
def window_coefficients() -> NDArray[np.int16]:
    """Return the Hann window, 480 coefficients of 12 fraction bits (0..4096).

    `0.5 - 0.5 cos(2 pi (i + 0.5) / 480)`: symmetric, no coefficient is 0 before rounding (window_util.c).
    """
    step = float(np.float32(math.pi * 2.0 / WINDOW_SAMPLES))
    values = [float(np.float32(0.5 - 0.5 * math.cos(step * (i + 0.5)))) for i in range(WINDOW_SAMPLES)]
    return np.array([math.floor(value * (1 << WINDOW_BITS) + 0.5) for value in values], np.int16)


def _unit_vectors(phases: list[float]) -> NDArray[np.int16]:
    """Return cosine and sine of `phases` in radians as Q15, shape (n, 2), rounded as KISS FFT rounds (kf_cexp)."""
    return np.array(
        [[math.floor(0.5 + Q15_ONE * math.cos(p)), math.floor(0.5 + Q15_ONE * math.sin(p))] for p in phases], np.int16
    )


@functools.cache
def twiddles() -> NDArray[np.int16]:
    """Return exp(-2 pi i k / 256) for k in 0..255 as Q15, int16 (256, 2): real part, imaginary part."""
    return _unit_vectors([-2 * math.pi * k / COMPLEX_POINTS for k in range(COMPLEX_POINTS)])


@functools.cache
def real_twiddles() -> NDArray[np.int16]:
    """Return -i exp(-pi i k / 256) for k in 1..128 as Q15, int16 (128, 2), of the real FFT's last pass (kiss_fftr)."""
    half = COMPLEX_POINTS // 2
    return _unit_vectors([-math.pi * ((k + 1) / COMPLEX_POINTS + 0.5) for k in range(half)])


def _mel(frequency_hz: float) -> np.float32:
    """Return a frequency on the mel scale: 1127 ln(1 + f / 700)."""
    return np.float32(1127.0 * math.log1p(frequency_hz / 700.0))


@dataclass(frozen=True)
class FilterBank:
    """Triangular filters on the mel scale, as bands of FFT bins between neighbouring centres.

    A bin lies in exactly one band. With energy e it adds `weights * e` to the filter whose centre ends the band, and
    `unweights * e` to the next one. Band b ends at the centre of filter b - 1: the op computes 41 filters and drops
    the first, so the weights of band 0 feed nothing.
    """

    band_starts: NDArray[np.int16]  # (42,): band b holds the bins band_starts[b] .. band_starts[b + 1] - 1
    weights: NDArray[np.int16]  # (bins,) 0..4096, by bin from band_starts[0]
    unweights: NDArray[np.int16]  # (bins,) 0..4096; not always 4096 - weights: both are rounded up at a half

    def matrix(self) -> NDArray[np.int64]:
        """Return the whole bank as weights by bin and channel, int64 (257, 40)."""
        matrix = np.zeros((SPECTRUM_BINS, CHANNELS), np.int64)
        first = int(self.band_starts[0])
        for band in range(CHANNELS + 1):
            for index in range(int(self.band_starts[band]), int(self.band_starts[band + 1])):
                if band > 0:
                    matrix[index, band - 1] = self.weights[index - first]
                if band < CHANNELS:
                    matrix[index, band] = self.unweights[index - first]
        return matrix


@functools.cache
def filter_bank() -> FilterBank:
    """Return the 40 filters from 125 to 7,500 Hz (filterbank_util.c)."""
    hz_per_bin = 0.5 * SAMPLE_RATE_HZ / (SPECTRUM_BINS - 1)
    low = _mel(LOWER_BAND_HZ)
    spacing = np.float32(np.float32(_mel(UPPER_BAND_HZ) - low) / np.float32(CHANNELS + 1))
    centres = [np.float32(low + np.float32(spacing * np.float32(i + 1))) for i in range(CHANNELS + 1)]
    first = int(1.5 + LOWER_BAND_HZ / hz_per_bin)
    starts = [first]
    weights: list[int] = []
    unweights: list[int] = []
    scale = 1 << FILTER_BITS
    for below, centre in zip([low, *centres], centres, strict=False):
        index = starts[-1]
        while (mel := _mel(index * hz_per_bin)) <= centre:
            weight = float(np.float32(np.float32(centre - mel) / np.float32(centre - below)))
            weights.append(math.floor(weight * scale + 0.5))
            unweights.append(math.floor((1.0 - weight) * scale + 0.5))
            index += 1
        starts.append(index)
    return FilterBank(np.array(starts, np.int16), np.array(weights, np.int16), np.array(unweights, np.int16))


def _gain(noise: int) -> int:
    """Return the gain for a noise estimate, 2^21 (noise / 2^7 + 80)^-0.95, at most 32767 (PcanGainLookupFunction)."""
    scaled = np.float32(np.float32(noise) / np.float32(1 << (SMOOTHING_BITS - CORRECTION_BITS)))
    base = float(np.float32(scaled + np.float32(GAIN_OFFSET)))
    power = np.float32(base ** -float(np.float32(GAIN_STRENGTH)))
    gain = np.float32(np.float32(1 << GAIN_BITS) * power)
    return min(np.iinfo(np.int16).max, int(np.float32(gain + np.float32(0.5))))


@dataclass(frozen=True)
class GainCurve:
    """The gain by noise estimate: a quadratic in the fraction of the estimate for each of its magnitudes.

    Interval n holds the estimates of n significant bits; the intervals 0 and 1 hold one number each.
    """

    value: NDArray[np.int16]  # (33,) at the start of the interval
    slope: NDArray[np.int16]  # (33,) per interval
    curve: NDArray[np.int16]  # (33,) per squared interval


@functools.cache
def gain_curve() -> GainCurve:
    """Return the 33 quadratics of the gain control (PcanGainControlPopulateState)."""
    rows = [(_gain(0), 0, 0), (_gain(1), 0, 0)]
    for bits in range(2, GAIN_INTERVALS + 1):
        start = 1 << (bits - 1)
        end = 2 * start - (1 if bits == GAIN_INTERVALS else 0)
        y0, y1, y2 = _gain(start), _gain(start + start // 2), _gain(end)
        slope = 4 * (y1 - y0) - (y2 - y0)
        rows.append((y0, slope, (y2 - y0) - slope))
    value, slopes, curves = np.array(rows, np.int16).T
    return GainCurve(value, slopes, curves)


@functools.cache
def log_correction() -> NDArray[np.uint16]:
    """Return what log2(1 + x) exceeds x by at x = 0, 1/128 .. 1, in 16 fraction bits: uint16 (129,) (log_lut.c)."""
    segments = 1 << LOG_SEGMENT_BITS
    fractions = [i / segments for i in range(segments + 1)]
    return np.array([round((math.log2(1 + x) - x) * (1 << LOG_SCALE_BITS)) for x in fractions], np.uint16)
