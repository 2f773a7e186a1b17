"""A board on a serial port that arduino-cli can upload to: a real one, mostly."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.boards.arduino_cli import ArduinoCli
from harness.boards.board import Board
from harness.boards.opening import open_port
from harness.deadline import Deadline

if TYPE_CHECKING:
    import serial

    from harness.boards.build import Build

_OPEN_S = 10.0
"""A board that was just reset enumerates within a few seconds; slow hubs take longer."""


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
        """Put `build` onto the board; it may come back at another port, which arduino-cli then tells."""
        self._port = ArduinoCli().upload(build, self._port)

    def open(self, baud: int) -> serial.SerialBase:
        """Open the port, trying for 10 s."""
        return open_port(self._port, baud, Deadline(_OPEN_S))

    def fault(self) -> str | None:
        """None: a real board has nobody to tell."""
        return None

    def close(self) -> None:
        """Nothing to let go of."""
