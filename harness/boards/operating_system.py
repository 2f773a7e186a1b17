"""What the life of boards needs of the operating system and each system has in its own way, or not at all.

One thing of that kind stands elsewhere, since host models need it too: `host_models.exclusive_lock`.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from harness.errors import BoardError

_END_S = 5.0

HAS_SIMULATED_BOARDS = sys.platform != "win32"
"""Whether a simulated board can live here: its process needs pseudo-terminals and sockets that are files."""

PTYS_TAKE_ANY_RATE = sys.platform != "darwin"
"""Whether a pseudo-terminal can be set to 1,000,000 baud.

macOS sets rates beyond 230,400 by an ioctl, IOSSIOSPEED, that its pseudo-terminals answer with ENOTTY.
"""


def require_simulated_boards() -> None:
    """Raise BoardError where no simulated board can live."""
    if not HAS_SIMULATED_BOARDS:
        raise BoardError(
            "a simulated board needs pseudo-terminals and Unix sockets, which Windows does not have; name an attached "
            "board with --board, use --board mock, or run tinyhil in WSL"
        )


if sys.platform == "win32":

    def shared_directory() -> Path:
        """Directory for what all processes of this user share; the temporary folder is the user's own."""
        return Path(tempfile.gettempdir()) / "tinyhil"

    def is_ours(_found: os.stat_result) -> bool:
        """Whether a file belongs to this user, as far as its numbers tell: they don't."""
        return True

    def control_socket() -> socket.socket:
        """Raise BoardError: there is no stream socket whose address is a path."""
        require_simulated_boards()
        raise AssertionError

    def open_pty() -> tuple[int, str]:
        """Raise BoardError: there are no pseudo-terminals."""
        require_simulated_boards()
        raise AssertionError

    def freshen_pty(_master: int, _slave: str) -> None:
        """Do nothing: there are no pseudo-terminals."""

    def kill(pid: int) -> None:
        """End a process at once, if it is still there."""
        with suppress(OSError):
            os.kill(pid, signal.SIGTERM)

    def kill_with_children(process: subprocess.Popen[str]) -> None:
        """End a process and all that it started; wait until it is gone."""
        tree = ["taskkill", "/T", "/F", "/PID", str(process.pid)]
        with suppress(OSError, subprocess.TimeoutExpired):
            subprocess.run(tree, capture_output=True, timeout=_END_S, check=False)
        process.terminate()
        process.wait(_END_S)

    def arduino_data() -> Path:
        """Where arduino-cli keeps the user's own data by default; maybe it is not there."""
        return Path(os.environ.get("LOCALAPPDATA", ""), "Arduino15")

else:
    import termios
    import tty

    def shared_directory() -> Path:
        """Directory for what all processes of this user share, with a short path; who made it must be looked at."""
        return Path(f"/tmp/tinyhil-{os.getuid()}")  # noqa: S108 - see above

    def is_ours(found: os.stat_result) -> bool:
        """Whether a file belongs to this user."""
        return found.st_uid == os.getuid()

    def control_socket() -> socket.socket:
        """Make a stream socket whose address is a path."""
        return socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)

    def open_pty() -> tuple[int, str]:
        """Open a pseudo-terminal in raw mode; its master, which never blocks, and the path of its other side.

        The master reports a hang-up whenever no program has the other side open. On macOS the other side forgets its
        raw mode then (XNU, bsd/kern/tty_dev.c, `ptsopen`): a program must set it, as pyserial does.
        """
        master, slave = os.openpty()
        tty.setraw(slave)
        os.set_blocking(master, False)
        path = os.ttyname(slave)
        os.close(slave)
        return master, path

    def freshen_pty(master: int, slave: str) -> None:
        """Drop what no program has read at the other side, whose path is `slave`, and set it to raw mode again."""
        with suppress(OSError, termios.error):
            termios.tcflush(master, termios.TCOFLUSH)  # what has not reached the other side
            other = os.open(slave, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
            try:
                termios.tcflush(other, termios.TCIFLUSH)  # what lies there
                tty.setraw(other, termios.TCSANOW)
            finally:
                os.close(other)

    def kill(pid: int) -> None:
        """End a process at once, if it is still there."""
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    def kill_with_children(process: subprocess.Popen[str]) -> None:
        """End a process that was started with `start_new_session` and all that it started; wait until it is gone."""
        with suppress(ProcessLookupError, PermissionError):  # it has ended just now; macOS says the other
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(_END_S)

    def arduino_data() -> Path:
        """Where arduino-cli keeps the user's own data by default; maybe it is not there."""
        home = os.path.expanduser("~")  # noqa: PTH111 - never raises
        if sys.platform == "darwin":
            return Path(home, "Library", "Arduino15")
        return Path(home, ".arduino15")
