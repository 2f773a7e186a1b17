"""A board on a serial port that arduino-cli can upload to: a real one, mostly."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.boards import registry, uploading
from harness.boards.board import Board
from harness.boards.file_lock import file_lock
from harness.boards.opening import open_port
from harness.deadline import Deadline

if TYPE_CHECKING:
    import serial

    from harness.boards.build import Build

_OPEN_S = 10.0
"""A board that was just reset enumerates within a few seconds; slow hubs take longer."""
_OTHER_UPLOADS_S = 300.0


class AttachedBoard(Board):
    """The board at `port`, a device path such as /dev/ttyACM0 or COM5, or another pyserial URL."""

    def __init__(self, port: str, fqbn: str, name: str | None = None) -> None:
        """Stand for the board at `port` of the kind `fqbn`; nothing is opened yet."""
        self.name = name or port
        self.fqbn = fqbn
        self._port = port

    @property
    def port(self) -> str:
        """Where the last upload left it."""
        return self._port

    def upload(self, build: Build) -> None:
        """Put `build` onto the board; it may come back at another port.

        One upload at a time: while a board re-enumerates, the next new port is taken for its own.
        """
        with file_lock(registry.directory() / ".uploads", Deadline(_OTHER_UPLOADS_S), "upload"):
            self._port = uploading.upload(build, self._port)

    def open(self, baud: int) -> serial.SerialBase:
        """Open the port, trying for 10 s."""
        return open_port(self._port, baud, Deadline(_OPEN_S))

    def fault(self) -> str | None:
        """None: a real board has nobody to tell."""
        return None

    def close(self) -> None:
        """Nothing to let go of."""
