"""A lock between processes, held on a file, waited for no longer than a deadline."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from harness.errors import ToolchainError
from host_models import exclusive_lock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from harness.deadline import Deadline

_POLL_S = 0.05


@contextmanager
def file_lock(path: Path, deadline: Deadline, work: str) -> Iterator[None]:
    """Hold the lock `path` for `work`, a noun, during the block; it goes with the process, however that ends.

    On POSIX systems a program that is started meanwhile with its descriptors left open (`close_fds=False`) holds it
    too: where we are killed, it stays until that program has ended.

    Raises ToolchainError where another process still holds it at the deadline.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        os.set_inheritable(file.fileno(), True)  # noqa: FBT003 - it takes no keyword
        while not exclusive_lock.take(file.fileno()):
            if deadline.passed:
                raise ToolchainError(
                    f"another {work} has held {path} for {deadline.seconds:.0f} s; wait for it or end it"
                )
            deadline.pause(_POLL_S)
        yield
