"""Lines of JSON in a file that only grows, each with a checksum of its own."""

from __future__ import annotations

import json
import os
import re
import time
import zlib
from typing import TYPE_CHECKING, Any, TypeAlias

from harness.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

Record: TypeAlias = dict[str, Any]

_SYNC_EVERY_S = 1.0
"""How often lines are brought to the disk itself. A process that is killed loses none, a power cut those since then."""
_SEALED = re.compile(rb'(\{.*), "crc32": "([0-9a-f]{8})"\}')


def seal(record: Record) -> bytes:
    """Write a record as one line: JSON whose last field is the CRC-32 of all before it."""
    body = json.dumps(record, ensure_ascii=False).encode()[:-1]
    return body + f', "crc32": "{zlib.crc32(body):08x}"}}\n'.encode()


def unseal(line: bytes) -> Record | None:
    """Read a line without its end, None where it is not as `seal` wrote it."""
    found = _SEALED.fullmatch(line)
    if found is None or zlib.crc32(found[1]) != int(found[2], 16):
        return None
    return dict(json.loads(found[1] + b"}"))


def read(path: Path) -> tuple[list[Record], int]:
    """Read all records, and how many bytes they take; a file that is not there has none.

    What a write that was cut off left at the end is no record. Raises DataError where a line before it is damaged.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return [], 0
    except OSError as error:
        raise DataError(f"{path} can't be read: {error.strerror}; leave --resume out to begin anew") from None
    records: list[Record] = []
    length = 0
    for number, line in enumerate(data.splitlines(keepends=True), 1):
        record = unseal(line.removesuffix(b"\n")) if line.endswith(b"\n") else None
        if record is None:
            if length + len(line) < len(data):
                raise DataError(f"{path} is damaged in line {number}; leave --resume out to begin anew")
            break
        records.append(record)
        length += len(line)
    return records, length


class Appender:
    """Appends records to `path` after its first `length` bytes; what was behind them is cut off."""

    def __init__(self, path: Path, length: int) -> None:
        """Open the file. Raises DataError where that can't be done."""
        self._path = path
        self._synced = time.monotonic()
        try:
            self._file = path.open("ab", buffering=0)
            self._file.truncate(length)
        except OSError as error:
            raise self._unwritable(error) from None

    def append(self, *records: Record) -> None:
        """Add records. Raises DataError where the disk is full or gone."""
        data = b"".join(seal(record) for record in records)
        try:
            while data:  # a disk that fills up takes a part, and refuses the next
                data = data[self._file.write(data) :]
            if time.monotonic() - self._synced >= _SYNC_EVERY_S:
                self.sync()
        except OSError as error:
            raise self._unwritable(error) from None

    def sync(self) -> None:
        """Bring all lines to the disk itself."""
        os.fsync(self._file.fileno())
        self._synced = time.monotonic()

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _unwritable(self, error: OSError) -> DataError:
        return DataError(
            f"{self._path} can't be written: {error.strerror}; make room and repeat the command with --resume, or "
            "choose another --out"
        )
