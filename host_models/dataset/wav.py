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
_BYTES_PER_SAMPLE = 2


def read(path: Path) -> NDArray[np.int16]:
    """Read 16 kHz mono 16-bit PCM as int16 (n,). Raises DataError, one sentence, for anything else."""
    try:
        with wave.open(str(path), "rb") as file:
            _require(path, file)
            frames, data = file.getnframes(), file.readframes(file.getnframes())
    except FileNotFoundError:
        raise DataError(f"{path} is not there") from None
    except EOFError:
        what = "is empty" if path.stat().st_size == 0 else "ends within its WAV header"
        raise DataError(f"{path} {what}; get the file again") from None
    except wave.Error as error:
        raise DataError(f"{path} is not a PCM WAV file ({error}); convert it to 16 kHz mono 16-bit PCM") from None
    except OSError as error:
        raise DataError(f"{path} can't be read: {error.strerror}") from None
    if len(data) != frames * _BYTES_PER_SAMPLE:
        raise DataError(
            f"{path} is truncated: its header tells {frames} samples, {len(data) // _BYTES_PER_SAMPLE} are there; "
            "get the file again"
        )
    if not frames:
        raise DataError(f"{path} holds no audio; remove it or get it again")
    return np.frombuffer(data, "<i2").astype(np.int16)


def _require(path: Path, file: wave.Wave_read) -> None:
    """Raise DataError unless the header says 16 kHz, mono, 16 bits."""
    for what, found, right in (
        ("sample rate", f"{file.getframerate()} Hz", f"{SAMPLE_RATE_HZ} Hz"),
        ("channel count", f"{file.getnchannels()}", "1"),
        ("sample width", f"{8 * file.getsampwidth()} bits", f"{8 * _BYTES_PER_SAMPLE} bits"),
    ):
        if found != right:
            raise DataError(f"{path} has a {what} of {found} where {right} is needed; convert the file")
