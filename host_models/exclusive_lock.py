"""An exclusive lock on an open file, which the operating system drops when the process that took it ends, however."""

from __future__ import annotations

import os
import sys

if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        os.lseek(descriptor, 0, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def take(descriptor: int) -> bool:
    """Lock the file that is open at `descriptor`, without waiting; False where another opening of it has the lock.

    It is held until the descriptor is closed. On POSIX systems (flock) a program that inherited the descriptor holds
    it too; on Windows (a lock on the file's first byte) this process alone does.
    """
    try:
        _lock(descriptor)
    except (BlockingIOError, PermissionError):  # flock says the one, Windows the other
        return False
    return True
