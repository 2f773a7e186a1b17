"""How a report reaches the disk: whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from typing import TYPE_CHECKING

from harness.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path


def prepare(folder: Path) -> None:
    """Make `folder` where it is missing. Raises DataError where nothing can be written into it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise _unwritable(folder, error) from None


def write(path: Path, text: str) -> None:
    """Write `text` as UTF-8 so that a reader sees the old file or the new one, even after a power cut.

    A name that is no UTF-8 is written with escapes. Raises DataError where the disk is full or the folder can't be
    written, or where `path` is a device or a pipe; no part of the file is left then.
    """
    require_file_or_nothing(path)
    temporary = None
    try:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", errors="backslashreplace", dir=path.parent, prefix=f".{path.name}.", delete=False
        ) as file:
            temporary = file.name
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)  # noqa: PTH101 - as the name that tempfile gave
        os.replace(temporary, path)  # noqa: PTH105 - as above
    except OSError as error:
        if temporary is not None:
            with contextlib.suppress(OSError):
                os.unlink(temporary)  # noqa: PTH108
        raise _unwritable(path, error) from None


def require_file_or_nothing(path: Path) -> None:
    """Raise DataError where `path` is something that a file must not take the place of."""
    if path.exists() and not path.is_file():
        what = "folder" if path.is_dir() else "device or a pipe"
        raise DataError(f"{path} can't be written: it is a {what}; choose another place")


def _unwritable(path: Path, error: OSError) -> DataError:
    return DataError(f"{path} can't be written: {error.strerror}; choose another place, or make room")
