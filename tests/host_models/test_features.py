"""The host's features against TensorFlow's op, and the cases in which the arithmetic could go astray."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from host_models import dataset, features, fixed_fft, frontend_tables

if TYPE_CHECKING:
    from collections.abc import Callable


def _noisy_clips(count: int, seed: int) -> np.ndarray:
    """Return clips of noise whose level changes all the time: int16 (count, 16000)."""
    random = np.random.default_rng(seed)
    levels = 10.0 ** random.uniform(-0.5, 4.5, (count, 20, 1))
    return np.clip(random.normal(0, levels, (count, 20, 800)), -32768, 32767).astype(np.int16).reshape(count, -1)


@pytest.mark.extras
def test_extremes_give_what_the_op_gives(
    audio_microfrontend: Callable[[np.ndarray], np.ndarray], extreme_clips: dict[str, np.ndarray]
) -> None:
    """Silence, full scale, impulses, steps and overflow agree with the op bit for bit."""
    clips = np.stack(list(extreme_clips.values()))
    for name, row, clip in zip(extreme_clips, features.microfrontend(clips), clips, strict=True):
        assert np.array_equal(row, audio_microfrontend(clip)), name


@pytest.mark.extras
def test_the_shipped_clips_give_what_the_op_gives(
    audio_microfrontend: Callable[[np.ndarray], np.ndarray],
) -> None:
    """Real speech agrees with the op bit for bit."""
    clips = dataset.shipped().samples()
    assert len(clips) > 0
    for rows, clip in zip(features.microfrontend(clips), clips, strict=True):
        assert np.array_equal(rows, audio_microfrontend(clip))


@pytest.mark.extras
def test_noise_of_changing_level_gives_what_the_op_gives(
    audio_microfrontend: Callable[[np.ndarray], np.ndarray],
) -> None:
    """The recurrence of the noise estimate follows the op through jumps of level."""
    clips = _noisy_clips(40, seed=3)
    for rows, clip in zip(features.microfrontend(clips), clips, strict=True):
        assert np.array_equal(rows, audio_microfrontend(clip))


def test_the_loud_clips_reach_the_corner_of_minus_32768(extreme_clips: dict[str, np.ndarray]) -> None:
    """An imaginary part of exactly -32768, whose negation wraps, is among the extremes: else they would prove less."""
    reached = []
    stage = fixed_fft._stage

    def watched(real: np.ndarray, imaginary: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
        outputs = stage(real, imaginary, size)
        reached.append(size * 4 == 256 and bool((outputs[1] == -32768).any()))
        return outputs

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fixed_fft, "_stage", watched)
        for name in ("overflow 21540", "overflow 24725", "overflow 34827"):
            reached.clear()
            features.extract(extreme_clips[name])
            assert any(reached), name


def test_the_fixed_point_fft_is_a_fourier_transform() -> None:
    """Without overflow the FFT is numpy's over 512, to within its rounding."""
    samples = np.random.default_rng(1).integers(-20_000, 20_000, (512, 30)).astype(np.int16)
    real, imaginary = fixed_fft.real_fft(samples)
    exact = np.fft.rfft(samples.astype(float), axis=0)[1:256] / 512
    assert np.abs(real + 1j * imaginary - exact).max() < 4


def test_scaling_rounds_and_saturates(monkeypatch: pytest.MonkeyPatch) -> None:
    """A feature is min(255, (256 f + 333) // 666) of the op's output f."""
    outputs = np.array([0, 1, 2, 3, 662, 663, 664, 65_535], np.uint16)
    monkeypatch.setattr(features, "microfrontend", lambda _: outputs)
    assert features.extract(np.zeros(16_000, np.int16)).tolist() == [0, 0, 1, 1, 254, 255, 255, 255]


def test_clips_do_not_influence_each_other() -> None:
    """Every clip starts from a frontend that was reset, whatever stands before it, in any shape of batch."""
    clips = _noisy_clips(18, seed=4)
    together = features.extract(clips.reshape(2, 9, -1))
    assert together.shape == (2, 9, 49, 40)
    assert together.dtype == np.uint8
    for rows, clip in zip(together.reshape(18, 49, 40), clips, strict=True):
        assert np.array_equal(rows, features.extract(clip))


def test_no_clips_give_no_features() -> None:
    """An empty batch is no error."""
    assert features.extract(np.empty((0, 16_000), np.int16)).shape == (0, 49, 40)


@pytest.mark.parametrize("samples", [np.zeros(16_000), np.zeros(15_999, np.int16), np.zeros((), np.int16)])
def test_audio_of_another_kind_is_refused(samples: np.ndarray) -> None:
    """Another dtype or length is an error that says what would be right."""
    with pytest.raises(ValueError, match="16000 int16 samples"):
        features.extract(samples)


def test_importing_the_features_is_cheap() -> None:
    """The module computes no table and pulls in nothing but numpy until features are asked for."""
    program = (
        "import host_models.features, host_models.frontend_tables as t, sys; print(t.filter_bank.cache_info().misses)"
    )
    script = f"{program}; print([m for m in ('torch', 'tensorflow', 'numba') if m in sys.modules])"
    output = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert output.stdout.split("\n")[:2] == ["0", "[]"]


def test_the_filters_share_every_bin_of_their_range() -> None:
    """Each bin between the first and the last centre is divided among two neighbouring filters, 4096 in all."""
    bank = frontend_tables.filter_bank()
    matrix = bank.matrix()
    inner = slice(int(bank.band_starts[1]), int(bank.band_starts[40]))
    assert (matrix[inner].sum(axis=1) == 4096).all()
    assert ((matrix > 0).sum(axis=1) <= 2).all()
    assert (matrix.sum(axis=0) > 0).all()
