"""Audio features: one second of 16 kHz audio as 49 rows of 40 channels, the integers that the firmware reproduces.

The algorithm is TensorFlow's audio microfrontend (tensorflow/lite/experimental/microfrontend, Apache-2.0; the gain
control is described in https://research.google/pubs/pub45911): window, fixed-point FFT, mel filter bank, square root,
noise reduction, per-channel gain control, logarithm. Its output f, bit for bit that of the `audio_microfrontend` op
with the settings of the micro_speech example, is scaled to uint8 as `min(255, (256 f + 333) // 666)`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from host_models import frontend_tables as tables
from host_models.fixed_fft import real_fft

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROWS = tables.ROWS
CHANNELS = tables.CHANNELS
CLIP_SAMPLES = tables.CLIP_SAMPLES

_CLIPS_AT_ONCE = 8  # for the FFT: what keeps its arrays in the cache


def extract(samples: NDArray[np.int16]) -> NDArray[np.uint8]:
    """Return the features of clips, each from a frontend that was just reset.

    samples: int16 (..., 16000). Returns uint8 (..., 49, 40). Raises ValueError for another dtype or length.
    """
    scaled = microfrontend(samples).astype(np.uint32) * tables.FEATURE_NUMERATOR + tables.FEATURE_DENOMINATOR // 2
    return np.minimum(scaled // tables.FEATURE_DENOMINATOR, tables.FEATURE_MAX).astype(np.uint8)


def microfrontend(samples: NDArray[np.int16]) -> NDArray[np.uint16]:
    """Return what TensorFlow's op returns for each clip: int16 (..., 16000) to uint16 (..., 49, 40)."""
    samples = np.asarray(samples)
    if samples.dtype != np.int16 or samples.ndim == 0 or samples.shape[-1] != CLIP_SAMPLES:
        raise ValueError(
            f"Features need clips of {CLIP_SAMPLES} int16 samples, shape (..., {CLIP_SAMPLES}); "
            f"this is {samples.dtype} {samples.shape}: pad or cut it and convert it first."
        )
    clips = samples.reshape(-1, CLIP_SAMPLES)
    signal = np.empty((len(clips), ROWS, CHANNELS), np.uint32)
    for start in range(0, len(clips), _CLIPS_AT_ONCE):
        block = slice(start, start + _CLIPS_AT_ONCE)
        signal[block] = _filtered(clips[block])
    estimate = _noise_estimate(signal)
    cleaned = _remove_noise(signal, estimate)
    return _logarithm(_control_gain(cleaned, estimate)).reshape(*samples.shape[:-1], ROWS, CHANNELS)


def _filtered(clips: NDArray[np.int16]) -> NDArray[np.uint32]:
    """Return the magnitude in each channel, int16 (n, 16000) to uint32 (n, 49, 40): window, FFT, filter bank, root."""
    windows = np.lib.stride_tricks.sliding_window_view(clips, tables.WINDOW_SAMPLES, axis=-1)
    frames = windows[:, :: tables.SLICE_SAMPLES].reshape(-1, tables.WINDOW_SAMPLES).T.astype(np.int32)
    windowed = ((frames * tables.window_coefficients()[:, None]) >> tables.WINDOW_BITS).astype(np.int16)
    # The maximum is taken in 16 bits, where -32768 has no absolute value and therefore counts for nothing.
    loudest = np.maximum(np.where(windowed < 0, -windowed, windowed), 0).max(axis=0)
    shifts = 15 - _significant_bits(loudest)
    padded = np.zeros((tables.FFT_SAMPLES, frames.shape[-1]), np.int16)
    padded[: tables.WINDOW_SAMPLES] = windowed.astype(np.int32) << shifts
    real, imaginary = real_fft(padded)
    energies = (real * real + imaginary * imaginary).T.astype(np.float64)
    # Integers below 2^52, which double precision holds exactly: 2^31 * 4096 * the weights of a filter.
    power = energies @ tables.filter_bank().matrix()[1:-1].astype(np.float64)
    magnitude = _rounded_root(power) >> shifts[:, None].astype(np.uint32)
    return magnitude.reshape(len(clips), ROWS, CHANNELS)


def _significant_bits(values: NDArray[np.generic]) -> NDArray[np.int32]:
    """Return the bits that each unsigned value below 2^53 occupies: 0 for 0, 1 for 1, 2 for 2 and 3."""
    return np.frexp(values.astype(np.float64))[1]


def _rounded_root(power: NDArray[np.float64]) -> NDArray[np.uint32]:
    """Return the square root of integers below 2^52, rounded; at most 65535 for integers below 2^32 (Sqrt64)."""
    root = np.floor(np.sqrt(power))
    root += power - root * root > root
    return np.where(power < 2.0**32, np.minimum(root, 65_535), root).astype(np.uint32)


def _noise_estimate(signal: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Return the smoothed signal after each row, with 10 fraction bits: uint32 (n, 49, 40)."""
    smoothing = np.where(np.arange(CHANNELS) % 2 == 0, tables.EVEN_SMOOTHING, tables.ODD_SMOOTHING).astype(np.uint64)
    kept = np.uint64(1 << tables.NOISE_BITS) - smoothing
    inflow = (signal << np.uint32(tables.SMOOTHING_BITS)).astype(np.uint64) * smoothing
    estimates = np.empty_like(signal)
    estimate = np.zeros((len(signal), CHANNELS), np.uint64)
    for row in range(ROWS):
        estimate = (inflow[:, row] + estimate * kept) >> np.uint64(tables.NOISE_BITS)
        estimates[:, row] = estimate
    return estimates


def _remove_noise(signal: NDArray[np.uint32], estimate: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Return the signal less its noise estimate, but at least 5 % of the signal (NoiseReductionApply)."""
    scaled = signal << np.uint32(tables.SMOOTHING_BITS)
    remaining = (scaled - np.minimum(estimate, scaled)) >> np.uint32(tables.SMOOTHING_BITS)
    floor = (signal.astype(np.uint64) * np.uint64(tables.MIN_SIGNAL_REMAINING)) >> np.uint64(tables.NOISE_BITS)
    return np.where(remaining > floor, remaining, floor.astype(np.uint32))


def _gain(estimate: NDArray[np.uint32]) -> NDArray[np.int64]:
    """Return the gain for noise estimates, by the quadratic of each one's magnitude (WideDynamicFunction)."""
    curve = tables.gain_curve()
    bits = _significant_bits(estimate)
    fraction = ((estimate.astype(np.int64) << 11 >> bits) & 0x3FF).astype(np.int32)
    gain = (curve.curve[bits].astype(np.int32) * fraction) >> 5
    gain += curve.slope[bits].astype(np.int32) << 5
    gain *= fraction
    return ((gain + (1 << 14)) >> 15) + curve.value[bits].astype(np.int64)


def _control_gain(signal: NDArray[np.uint32], estimate: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Return the signal relative to its noise, compressed, with 6 fraction bits (PcanGainControlApply)."""
    ratio = ((signal.astype(np.int64) * _gain(estimate)) >> tables.SNR_SHIFT).astype(np.uint32).astype(np.int64)
    quadratic = (ratio * ratio) >> (2 + 2 * tables.SNR_BITS - tables.PCAN_OUTPUT_BITS)
    linear = (ratio >> (tables.SNR_BITS - tables.PCAN_OUTPUT_BITS)) - (1 << tables.PCAN_OUTPUT_BITS)
    return np.where(ratio < 2 << tables.SNR_BITS, quadratic, linear).astype(np.uint32)


def _logarithm(signal: NDArray[np.uint32]) -> NDArray[np.uint16]:
    """Return 64 ln of the signal times 8, 0 where that is 0 or 1 (LogScaleApply)."""
    one = 1 << tables.LOG_SCALE_BITS
    value = np.maximum(signal << np.uint32(tables.CORRECTION_BITS), 1).astype(np.int64)
    integer = _significant_bits(value).astype(np.int64) - 1
    fraction = ((value << tables.LOG_SCALE_BITS) >> integer) - one
    segment_bits = tables.LOG_SCALE_BITS - tables.LOG_SEGMENT_BITS
    segment = fraction >> segment_bits
    correction = tables.log_correction().astype(np.int64)
    step = correction[segment + 1] - correction[segment]
    fraction += correction[segment] + ((step * (fraction - (segment << segment_bits))) >> tables.LOG_SCALE_BITS)
    log2 = (integer << tables.LOG_SCALE_BITS) + fraction
    natural = (tables.LOG_E_COEFFICIENT * log2 + one // 2) >> tables.LOG_SCALE_BITS
    scaled = ((natural << tables.LOG_OUTPUT_SHIFT) + one // 2) >> tables.LOG_SCALE_BITS
    return np.asarray(scaled.clip(0, np.iinfo(np.uint16).max), np.uint16)
