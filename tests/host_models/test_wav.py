"""WAV files, sound and unsound."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from host_models.dataset import Clip, shipped
from host_models.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SECOND = np.arange(16_000, dtype=np.int16)


def _clip(folder: Path, data: bytes) -> Clip:
    path = folder / "clip.wav"
    path.write_bytes(data)
    return Clip(path, 0)


def test_a_clip_holds_the_samples_of_its_file(tmp_path: Path, make_wav: Callable[..., bytes]) -> None:
    """A whole second comes through unchanged and can't be written to."""
    samples = _clip(tmp_path, make_wav(SECOND)).samples
    assert np.array_equal(samples, SECOND)
    assert not samples.flags.writeable


def test_a_short_clip_ends_in_zeros(tmp_path: Path, make_wav: Callable[..., bytes]) -> None:
    """What a file lacks of a second is silence at the end."""
    samples = _clip(tmp_path, make_wav(SECOND[1:101])).samples
    assert np.array_equal(samples[:100], SECOND[1:101])
    assert samples.shape == (16_000,)
    assert not samples[100:].any()


BAD: dict[str, Callable[[Callable[..., bytes]], bytes]] = {
    "sample rate of 8000 Hz where 16000 Hz": lambda wav: wav(SECOND, rate_hz=8000),
    "channel count of 2 where 1": lambda wav: wav(SECOND, channels=2),
    "sample width of 8 bits where 16 bits": lambda wav: wav(SECOND.astype(np.uint8), bits=8),
    "is truncated: its header tells 16000 samples, 10000 are there": lambda wav: wav(SECOND)[: 44 + 20_000],
    "is truncated: its header tells 16000 samples, 9999 are there": lambda wav: wav(SECOND)[: 44 + 19_999],
    "ends within its WAV header": lambda wav: wav(SECOND)[:30],
    "is not a PCM WAV file": lambda _: b"ID3\x04" + bytes(400),
    "is empty": lambda _: b"",
    "holds no audio": lambda wav: wav(SECOND[:0]),
    "lasts 1.50 s": lambda wav: wav(np.zeros(24_000, np.int16)),
}
"""What is wrong, as the error says it, and a file with that fault, made by the function that writes WAV files."""


@pytest.mark.parametrize("what", BAD)
def test_a_bad_file_gives_one_clear_sentence(what: str, tmp_path: Path, make_wav: Callable[..., bytes]) -> None:
    """The error names the file, what is wrong with it, and what to do."""
    clip = _clip(tmp_path, BAD[what](make_wav))
    with pytest.raises(DataError, match=what) as caught:
        _ = clip.samples
    assert str(clip.path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_went_away_is_named(tmp_path: Path) -> None:
    """A clip is read when it is asked for; by then the file may be gone."""
    with pytest.raises(DataError, match=r"gone\.wav is not there"):
        _ = Clip(tmp_path / "gone.wav", 0).samples


def test_the_shipped_clips_are_ten_of_each_label() -> None:
    """The clips in the repository are all sound."""
    clips = shipped()
    assert np.array_equal(np.bincount(clips.labels()), [10, 10, 10, 10])
    assert clips.samples().shape == (40, 16_000)
