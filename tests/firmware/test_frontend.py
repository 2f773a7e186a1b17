"""The firmware's frontend, compiled for the host under sanitizers, against the host's features."""

from __future__ import annotations

import math
import subprocess
from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness import sketchbook
from host_models import dataset, features, fixed_fft, frontend_headers

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SOURCES = sketchbook.root() / "libraries" / "TinyKws" / "src"
WHOLE_CLIP = (16_000,)


@pytest.fixture(scope="session")
def driver(native: Callable[..., Path]) -> Path:
    """Return the program that turns clips on its standard input into rows."""
    return native("frontend_driver.cpp", "frontend")


def _rows(driver: Path, clips: np.ndarray, chunks: tuple[int, ...] = WHOLE_CLIP) -> np.ndarray:
    """Return what the firmware makes of clips that arrive in chunks of these sizes: uint8 (n, 49, 40)."""
    command = [driver, *map(str, chunks)]
    output = subprocess.run(command, input=clips.tobytes(), capture_output=True, check=True, timeout=60).stdout
    return np.frombuffer(output, np.uint8).reshape(len(clips), features.ROWS, features.CHANNELS)


def test_extremes_give_the_host_features(driver: Path, extreme_clips: dict[str, np.ndarray]) -> None:
    """Silence, full scale, impulses and overflow of the FFT agree bit for bit, and break no rule of the language."""
    clips = np.stack(list(extreme_clips.values()))
    for name, rows, expected in zip(extreme_clips, _rows(driver, clips), features.extract(clips), strict=True):
        assert np.array_equal(rows, expected), name


def test_noise_of_any_level_gives_the_host_features(driver: Path) -> None:
    """Random clips from a whisper to clipping agree bit for bit."""
    random = np.random.default_rng(11)
    noise = random.normal(0, 10 ** random.uniform(-0.5, 5, (60, 50, 1)), (60, 50, 320))
    clips = np.clip(noise, -32_768, 32_767).astype(np.int16).reshape(60, -1)
    assert np.array_equal(_rows(driver, clips), features.extract(clips))


def test_the_shipped_clips_give_the_host_features(driver: Path) -> None:
    """Real speech agrees bit for bit."""
    clips = dataset.shipped().samples()
    assert len(clips) > 0
    assert np.array_equal(_rows(driver, clips), features.extract(clips))


def test_every_test_clip_gives_the_host_features(driver: Path, test_clips: dataset.Dataset) -> None:
    """Bit for bit, over all clips of the folder that TINYHIL_DATA names."""
    samples = test_clips.samples()
    differing = (_rows(driver, samples) != features.extract(samples)).any(axis=(1, 2))
    assert not [clip.name for clip, differs in zip(test_clips.clips, differing, strict=True) if differs]


@pytest.mark.parametrize(
    "chunks", [(1,), (2, 3), (319,), (320,), (321,), (480,), (481,), (1, 700, 13, 64, 5_000)], ids=str
)
def test_rows_do_not_depend_on_how_the_samples_arrive(driver: Path, chunks: tuple[int, ...]) -> None:
    """Any sizes of chunks give the rows of the whole clip."""
    clips = np.random.default_rng(5).integers(-3_000, 3_000, (2, 16_000)).astype(np.int16)
    assert np.array_equal(_rows(driver, clips, chunks), features.extract(clips))


def test_the_fft_gives_the_energies_of_the_host(native: Callable[..., Path]) -> None:
    """Every bin agrees, also where sums overflow, and where the middle bin meets a tie of the rounding."""
    random = np.random.default_rng(9)
    noise = random.integers(-32_768, 32_768, (512, 200))
    turns = np.arange(256)[:, None] * np.arange(1, 256) / 256
    aligned = np.stack([np.sin(2 * np.pi * turns) > 0, np.cos(2 * np.pi * turns) < 0], 1).reshape(512, 255)
    ties = np.tile([0, 16_398, 0, -16_398], 128)[:, None] * np.array([1, -1])
    frames = np.concatenate([noise, np.where(aligned, 32_767, -32_767), ties], axis=1).astype(np.int16)
    program = native("fft_driver.cpp", "frontend")
    output = subprocess.run([program], input=frames.T.tobytes(), capture_output=True, check=True, timeout=60).stdout
    real, imaginary = fixed_fft.real_fft(frames)
    assert np.array_equal(np.frombuffer(output, np.uint32).reshape(-1, 255).T, real**2 + imaginary**2)


def test_roots_are_rounded_to_nearest(native: Callable[..., Path]) -> None:
    """Each power next to a boundary has the right root; below 2^32 it ends at 65535."""
    random = np.random.default_rng(12)
    roots = np.concatenate([np.arange(1, 3_000), 2 ** random.uniform(11, 26, 20_000), [65_535, 65_536, 2**26 - 1]])
    squares = roots.astype(np.uint64) ** 2
    steps = np.array([-1, 0, 1, 2])
    near = [squares + roots.astype(np.uint64), squares - roots.astype(np.uint64), squares]
    powers = np.concatenate([[0], *(np.ravel(values.astype(np.int64)[:, None] + steps) for values in near)])
    powers = powers[(powers >= 0) & (powers < 2**52)].astype(np.uint64)
    program = native("root_driver.cpp")
    output = subprocess.run([program], input=powers.tobytes(), capture_output=True, check=True, timeout=60).stdout
    expected = [math.isqrt(power) + (power - math.isqrt(power) ** 2 > math.isqrt(power)) for power in powers.tolist()]
    limits = np.where(powers < 2**32, 65_535, 2**26)
    assert np.array_equal(np.frombuffer(output, np.uint32), np.minimum(expected, limits))
    assert np.array_equal(features._rounded_root(powers.astype(float)), np.minimum(expected, limits))


@pytest.mark.parametrize("name", frontend_headers.headers())
def test_the_committed_constants_are_those_of_the_host(name: str) -> None:
    """The library's headers are what `python -m host_models.frontend_headers --write` would write now."""
    assert (SOURCES / "frontend" / name).read_text(encoding="utf-8") == frontend_headers.headers()[name]
