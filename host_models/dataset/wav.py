"""How a WAV file is read, and what is wrong with one that can't be used."""

from __future__ import annotations

import wave
from typing import TYPE_CHECKING

import numpy as np

from host_models.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

SAMPLE_RATE_HZ = 16_000
MOST_SAMPLES = SAMPLE_RATE_HZ
"""A clip lasts at most a second."""

_BYTES_PER_SAMPLE = 2
_CONVERT = "convert it to 16 kHz mono 16-bit PCM"
_GET_AGAIN = "get the file again"


def read(path: Path) -> NDArray[np.int16]:
    """Read 16 kHz mono 16-bit PCM of at most a second as int16 (n,). Raises DataError, one sentence, for anything else.

    What Python's `wave` takes is taken, which from 3.12 on includes the extensible header.
    """
    if path.exists() and not path.is_file():
        raise DataError(f"{path} is no regular file; remove it from the folder")  # a named pipe would be waited for
    try:
        with wave.open(str(path), "rb") as file:
            _require(path, file)
            frames, data = file.getnframes(), file.readframes(file.getnframes())
    except FileNotFoundError:
        raise DataError(f"{path} is not there; {_GET_AGAIN}") from None
    except EOFError:
        what = "ends within its WAV header" if path.stat().st_size else "is empty"
        raise DataError(f"{path} {what}; {_GET_AGAIN}") from None
    except (wave.Error, RuntimeError) as error:  # the other comes from a chunk whose size goes beyond the file's
        reason = str(error) or "a chunk in it is longer than the file"
        raise DataError(f"{path} is not a PCM WAV file ({reason}); {_CONVERT}") from None
    except OSError as error:
        raise DataError(f"{path} can't be read: {error.strerror}; see to its permissions, or remove it") from None
    there = len(data) // _BYTES_PER_SAMPLE
    if there < frames:
        raise DataError(f"{path} is truncated: its header tells {frames} samples, {there} are there; {_GET_AGAIN}")
    if not frames:
        raise DataError(f"{path} holds no audio; remove it or get it again")
    if frames > MOST_SAMPLES:
        seconds = f"{frames / SAMPLE_RATE_HZ:.5g} s"
        raise DataError(f"{path} lasts {seconds}; a clip is at most 1 s long ({MOST_SAMPLES} samples): cut it")
    return np.frombuffer(data, "<i2").astype(np.int16)


def _require(path: Path, file: wave.Wave_read) -> None:
    """Raise DataError unless the header says 16 kHz, mono, 16 bits."""
    for what, found, right in (
        ("sample rate", f"{file.getframerate()} Hz", f"{SAMPLE_RATE_HZ} Hz"),
        ("channel count", f"{file.getnchannels()}", "1"),
        ("sample width", f"{8 * file.getsampwidth()} bits", f"{8 * _BYTES_PER_SAMPLE} bits"),
    ):
        if found != right:
            raise DataError(f"{path} has a {what} of {found} where {right} is needed; {_CONVERT}")
