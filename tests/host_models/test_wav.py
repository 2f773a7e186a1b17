"""WAV files, sound and unsound."""

from __future__ import annotations

import os
import struct
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

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


def test_a_clip_tells_how_much_of_it_is_padding(tmp_path: Path, make_wav: Callable[..., bytes]) -> None:
    """A whole second lacks nothing."""
    assert _clip(tmp_path, make_wav(SECOND[:100])).missing_samples == 15_900
    assert _clip(tmp_path, make_wav(SECOND)).missing_samples == 0


def resized(data: bytes, size: int) -> bytes:
    """Let a file of 44 bytes of header lie about the size of its audio."""
    return data[:40] + struct.pack("<I", size) + data[44:]


def of_format(data: bytes, number: int) -> bytes:
    """Let a file say that its audio is of another format."""
    return data[:20] + struct.pack("<H", number) + data[22:]


def extensible(data: bytes, number: int = 1) -> bytes:
    """Give a file the longer header, in which the format stands in a GUID."""
    guid = struct.pack("<H", number) + bytes.fromhex("000000001000800000aa00389b71")
    longer = of_format(data, 0xFFFE)[20:36] + struct.pack("<HHI", 22, 16, 4) + guid
    content = data[8:16] + struct.pack("<I", 40) + longer + data[36:]
    return data[:4] + struct.pack("<I", len(content)) + content


def with_notes(data: bytes) -> bytes:
    """Put chunks that are no audio around the format, one of odd size, and one behind the audio."""
    odd = b"LIST" + struct.pack("<I", 3) + b"abc\0"
    content = data[8:12] + odd + data[12:36] + odd + data[36:] + odd
    return data[:4] + struct.pack("<I", len(content)) + content


def test_chunks_that_are_no_audio_are_passed_over(tmp_path: Path, make_wav: Callable[..., bytes]) -> None:
    """Before the format, before the audio and behind it."""
    assert np.array_equal(_clip(tmp_path, with_notes(make_wav(SECOND))).samples, SECOND)


def test_an_extensible_header_is_read_or_told(tmp_path: Path, make_wav: Callable[..., bytes]) -> None:
    """Python takes it from 3.12 on."""
    clip = _clip(tmp_path, extensible(make_wav(SECOND)))
    if sys.version_info >= (3, 12):
        assert np.array_equal(clip.samples, SECOND)
    else:
        with pytest.raises(DataError, match=r"is not a PCM WAV file \(unknown format: 65534\); convert it to 16 kHz"):
            _ = clip.samples


BAD: dict[str, Callable[[Callable[..., bytes]], bytes]] = {
    "sample rate of 8000 Hz where 16000 Hz": lambda wav: wav(SECOND, rate_hz=8000),
    "channel count of 2 where 1": lambda wav: wav(SECOND, channels=2),
    "sample width of 8 bits where 16 bits": lambda wav: wav(SECOND.astype(np.uint8), bits=8),
    "sample width of 24 bits where 16 bits": lambda wav: wav(np.zeros(48_000, np.uint8), bits=24),
    "is truncated: its header tells 16000 samples, 10000 are there": lambda wav: wav(SECOND)[: 44 + 20_000],
    "is truncated: its header tells 16000 samples, 9999 are there": lambda wav: wav(SECOND)[: 44 + 19_999],
    "is truncated: its header tells 536870912 samples, 512 are there": lambda wav: resized(wav(SECOND[:512]), 1 << 30),
    "is truncated: its header tells 2147483647 samples, 16000 are": lambda wav: resized(wav(SECOND), 0xFFFF_FFFF),
    "ends within its WAV header": lambda wav: wav(SECOND)[:30],
    "is not a PCM WAV file .fmt chunk and/or data chunk missing": lambda wav: wav(SECOND)[:12],
    "is not a PCM WAV file .data chunk before fmt chunk": lambda wav: wav(SECOND)[:12] + wav(SECOND)[36:],
    "is not a PCM WAV file .file does not start with RIFF id": lambda wav: wav(SECOND).replace(b"RIFF", b"RIFX"),
    "is not a PCM WAV file .file does not start with RIFF": lambda _: b"ID3\x04" + bytes(400),
    "is not a PCM WAV file .unknown format: 3": lambda wav: of_format(wav(SECOND), 3),
    "is not a PCM WAV file .unknown format: 7": lambda wav: of_format(wav(SECOND), 7),
    "is not a PCM WAV file .unknown": lambda wav: extensible(wav(SECOND), 2),
    "is empty": lambda _: b"",
    "holds no audio": lambda wav: wav(SECOND[:0]),
    "lasts 1.5 s": lambda wav: wav(np.zeros(24_000, np.int16)),
    "lasts 1.0001 s": lambda wav: wav(np.zeros(16_001, np.int16)),
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


@pytest.mark.timeout(10)
def test_what_is_no_file_is_named_and_not_waited_for(tmp_path: Path) -> None:
    """A named pipe that nobody writes into would never end, and a folder may be called .wav too."""
    os.mkfifo(tmp_path / "pipe.wav")
    (tmp_path / "folder.wav").mkdir()
    for name in ("pipe.wav", "folder.wav"):
        with pytest.raises(DataError, match=f"{name} is no regular file; remove it"):
            _ = Clip(tmp_path / name, 0).samples


@given(data=st.binary(max_size=200), kept=st.integers(0, 44))
def test_whatever_bytes_a_file_has_it_is_a_clip_or_gives_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, make_wav: Callable[..., bytes], data: bytes, kept: int
) -> None:
    """Random bytes, alone and behind the first bytes of a sound header."""
    clip = _clip(tmp_path_factory.getbasetemp(), make_wav(SECOND[:20])[:kept] + data)
    try:
        samples = clip.samples
    except DataError as error:
        assert str(error).startswith(f"{clip.path} ")  # noqa: PT017 - most files give an error, some are sound
    else:
        assert samples.shape == (16_000,)


def test_a_file_that_went_away_is_named(tmp_path: Path) -> None:
    """A clip is read when it is asked for; by then the file may be gone."""
    with pytest.raises(DataError, match=r"gone\.wav is not there"):
        _ = Clip(tmp_path / "gone.wav", 0).samples


def test_the_shipped_clips_are_ten_of_each_label() -> None:
    """The clips in the repository are all sound."""
    clips = shipped()
    assert np.array_equal(np.bincount(clips.labels()), [10, 10, 10, 10])
    assert clips.samples().shape == (40, 16_000)
