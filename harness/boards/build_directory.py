"""The directory in which arduino-cli compiles a sketch, kept free of what an interrupted build leaves there."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def kept_whole(directory: Path) -> Iterator[Path]:
    """Let `directory` be built in; it is emptied first where the build before did not come to its end.

    arduino-cli takes an object or an archive that is newer than its sources as it is, also one of which a killed
    compiler wrote only half: each build after that would fail. The mark beside the directory outlives any end.
    """
    mark = directory.with_name(f"{directory.name}.unfinished")
    if mark.exists():
        shutil.rmtree(directory, ignore_errors=True)
    mark.touch()
    yield directory
    mark.unlink()
