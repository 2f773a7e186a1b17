"""How a WAV file is read, and what is wrong with one that can't be used."""

from __future__ import annotations

import os
import stat
import struct
from typing import IO, TYPE_CHECKING

import numpy as np

from host_models.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

SAMPLE_RATE_HZ = 16_000
BITS = 16
MOST_SAMPLES = SAMPLE_RATE_HZ
"""A clip lasts at most a second."""

_CONVERT = f"convert it to {SAMPLE_RATE_HZ // 1000} kHz mono {BITS}-bit PCM"
_GET_AGAIN = "get the file again"
_BYTES_PER_SAMPLE = BITS // 8
_HEADER = struct.Struct("<4sI4s")
_CHUNK = struct.Struct("<4sI")
_FORMAT = struct.Struct("<HHIIHH")
_EXTENSION = struct.Struct("<HHIH14s")
_PCM, _EXTENSIBLE = 1, 0xFFFE
_GUID = bytes.fromhex("000000001000800000aa00389b71")
"""What follows the format's number in the sub-format of an extensible file: KSDATAFORMAT_SUBTYPE of ksmedia.h."""
_FORMATS = {2: "ADPCM", 3: "floats", 6: "A-law", 7: "mu-law", 17: "IMA ADPCM", 85: "MP3"}
"""Other formats that are met, by their numbers in mmreg.h."""
_UNKNOWN_LENGTH = 0xFFFFFFFF
"""What programs write that can't know how long a file becomes, since they write it into a pipe."""


def read(path: Path) -> NDArray[np.int16]:
    """Read 16 kHz mono 16-bit PCM of at most a second as int16 (n,). Raises DataError, one sentence, for anything else.

    The header is that of IBM and Microsoft, Multimedia Programming Interface and Data Specifications 1.0 (1991), or the
    extensible one (WAVEFORMATEXTENSIBLE) with the same content. Chunks besides `fmt ` and `data` are passed over.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # opening a named pipe would wait for someone who writes
            raise DataError(f"{path} is no regular file; remove it from the folder")
        with path.open("rb") as file:
            return _read(path, file)
    except FileNotFoundError:
        raise DataError(f"{path} is not there; {_GET_AGAIN}") from None
    except OSError as error:
        raise DataError(f"{path} can't be read: {error.strerror}; see to its permissions, or remove it") from None


def _read(path: Path, file: IO[bytes]) -> NDArray[np.int16]:
    header = file.read(_HEADER.size)
    if not header:
        raise DataError(f"{path} is empty; {_GET_AGAIN}")
    if header[:4] != b"RIFF"[: len(header)] or header[8:] != b"WAVE"[: max(len(header) - 8, 0)]:
        raise DataError(f"{path} is not a WAV file (it begins with {header[:12]!r}); {_CONVERT}")
    known_format = False
    for name, size in _chunks(path, file):
        if name == b"fmt ":
            _require(path, file.read(min(size, _FORMAT.size + _EXTENSION.size)))
            known_format = True
        elif name == b"data":
            if not known_format:
                raise DataError(f"{path} has no format chunk before its audio; {_CONVERT}")
            return _samples(path, file, size)
    raise DataError(f"{path} has a WAV header and no audio after it; {_GET_AGAIN}")


def _chunks(path: Path, file: IO[bytes]) -> Iterator[tuple[bytes, int]]:
    """Go through the chunks: name and size, with the file at the first byte of the content."""
    while header := file.read(_CHUNK.size):
        if len(header) < _CHUNK.size:
            raise DataError(f"{path} ends within its WAV header; {_GET_AGAIN}")
        name, size = _CHUNK.unpack(header)
        begin = file.tell()
        yield name, size
        file.seek(begin + size + size % 2)


def _require(path: Path, chunk: bytes) -> None:
    """Raise DataError unless the format is PCM at 16 kHz, mono, 16 bits."""
    if len(chunk) < _FORMAT.size:
        raise DataError(f"{path} ends within its WAV header; {_GET_AGAIN}")
    number, channels, rate_hz, _, _, bits = _FORMAT.unpack_from(chunk)
    if number == _EXTENSIBLE and len(chunk) == _FORMAT.size + _EXTENSION.size:
        _, bits_used, _, number, guid = _EXTENSION.unpack_from(chunk, _FORMAT.size)
        number = number if guid == _GUID else _EXTENSIBLE
        bits = bits_used or bits
    if number != _PCM:
        raise DataError(f"{path} holds {_FORMATS.get(number, f'audio of format {number}')}, not PCM; {_CONVERT}")
    for what, found, right in (
        ("sample rate", f"{rate_hz} Hz", f"{SAMPLE_RATE_HZ} Hz"),
        ("channel count", f"{channels}", "1"),
        ("sample width", f"{bits} bits", f"{BITS} bits"),
    ):
        if found != right:
            raise DataError(f"{path} has a {what} of {found} where {right} is needed; {_CONVERT}")


def _samples(path: Path, file: IO[bytes], size: int) -> NDArray[np.int16]:
    """Read a data chunk of `size` bytes. Raises DataError where it is not whole, empty or too long."""
    if size == _UNKNOWN_LENGTH:
        raise DataError(f"{path} does not tell its length, as files written through a pipe do not; {_CONVERT}")
    there = os.fstat(file.fileno()).st_size - file.tell()
    if there < size or size % _BYTES_PER_SAMPLE:
        told, left = size / _BYTES_PER_SAMPLE, min(there, size) // _BYTES_PER_SAMPLE
        raise DataError(f"{path} is truncated: its header tells {told:.12g} samples, {left} are there; {_GET_AGAIN}")
    if not size:
        raise DataError(f"{path} holds no audio; remove it or get it again")
    if size > MOST_SAMPLES * _BYTES_PER_SAMPLE:
        raise DataError(
            f"{path} lasts {size / _BYTES_PER_SAMPLE / SAMPLE_RATE_HZ:.5g} s; a clip is at most 1 s long "
            f"({MOST_SAMPLES} samples): cut it"
        )
    return np.frombuffer(file.read(size), "<i2").astype(np.int16)
