"""Audio that tests of several packages share, with the reference for its features."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from host_models import frontend_tables

if TYPE_CHECKING:
    from collections.abc import Callable

SECOND = np.arange(frontend_tables.CLIP_SAMPLES)


def _clip(samples: np.ndarray) -> np.ndarray:
    """Round and clip `samples` to int16, padded with zeros to one second."""
    clip = np.zeros(frontend_tables.CLIP_SAMPLES, np.int16)
    clip[: len(samples)] = np.clip(np.round(samples), -32768, 32767)
    return clip


def _loud_in_one_bin(bin_number: int, level: int, silenced: np.ndarray) -> np.ndarray:
    """Return 30 ms that the window leaves rectangular, with all their energy aligned in one bin of the complex FFT.

    `level` stays below a power of two, so that the input shift brings it near full scale and the sums of the FFT
    overflow 16 bits.
    """
    angle = 2 * np.pi * bin_number * np.arange(256) / 256
    signs = np.empty(512)
    signs[0::2] = np.sign(np.sin(angle) + 1e-12)
    signs[1::2] = -np.sign(np.cos(angle) + 1e-12)
    window = np.maximum(frontend_tables.window_coefficients() / 4096, 1e-3)
    samples = np.clip(np.round(signs[:480] * level / window), -32768, 32767)
    samples[silenced] = 0
    return samples


def loud_clip(seed: int) -> np.ndarray:
    """Return a clip whose first window overflows the FFT; seeds 21540, 24725, 34827 give an output of -32768."""
    random = np.random.default_rng(seed)
    bin_number, level = random.integers(5, 250), random.integers(440, 509)
    return _clip(_loud_in_one_bin(bin_number, level, random.integers(0, 480, random.integers(0, 20))))


@pytest.fixture(scope="session")
def extreme_clips() -> dict[str, np.ndarray]:
    """Clips at the limits of the arithmetic, by name: int16 (16000,)."""
    random = np.random.default_rng(7)
    impulses = {
        f"an impulse of {value} at {place}": _clip(np.where(place == SECOND, value, 0))
        for place in (0, 100, 239, 240, 320, 8_000, 15_679, 15_999)
        for value in (1, 32_767, -32_768)
    }
    noises = {f"noise of {level}": _clip(random.normal(0, level, SECOND.size)) for level in (1, 10, 300, 3_000, 30_000)}
    tones = {
        f"a tone of {hz} Hz": _clip(32_767 * np.sin(2 * np.pi * hz * SECOND / 16_000)) for hz in (200, 1_000, 7_400)
    }
    steps = {
        "noise after silence": _clip(np.where(SECOND < 9_000, 0, random.normal(0, 20_000, SECOND.size))),
        "silence after noise": _clip(np.where(SECOND < 9_000, random.normal(0, 20_000, SECOND.size), 0)),
    }
    constants = {f"all {value}": _clip(np.full(SECOND.size, value)) for value in (0, 1, -1, 32_767, -32_768)}
    squares = {
        "a full-scale square": _clip(np.where(SECOND // 40 % 2, 32_767, -32_768)),
        "full-scale signs": _clip(random.choice([-32_768, 32_767], SECOND.size)),
        "uniform noise": _clip(random.integers(-32_768, 32_768, SECOND.size)),
    }
    loud = {f"overflow {seed}": loud_clip(seed) for seed in (21_540, 24_725, 34_827, *range(20))}
    return impulses | noises | tones | steps | constants | squares | loud


@pytest.fixture(scope="session")
def audio_microfrontend() -> Callable[[np.ndarray], np.ndarray]:
    """TensorFlow's op with the settings of the micro_speech example: int16 (16000,) to uint16 (49, 40)."""
    import tensorflow as tf  # noqa: PLC0415 - seconds to load, and only few tests need it
    from tensorflow.lite.experimental.microfrontend.python.ops import audio_microfrontend_op as op  # noqa: PLC0415

    def reference(samples: np.ndarray) -> np.ndarray:
        audio = tf.constant(samples)
        rows = op.audio_microfrontend(audio, window_size=30, window_step=20, num_channels=40, out_scale=1)
        return np.asarray(rows)

    return reference
