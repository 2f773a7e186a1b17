"""How a build gets onto a board that may need two tries, and come back late or under another name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.boards import ports
from harness.boards.arduino_cli import ArduinoCli
from harness.deadline import Deadline
from harness.errors import BoardError, ToolchainError

if TYPE_CHECKING:
    from harness.boards.build import Build
    from harness.boards.ports import ConnectedBoard

_TRIES = 2
_RETURN_S = 10.0
"""A board that was just reset enumerates within a few seconds; slow hubs take longer."""
_LOOK_S = 0.1


def upload(build: Build, port: str) -> str:
    """Put `build` on the board at `port` with arduino-cli and wait until it is back; its port from then on.

    A board that refuses, or stays in its bootloader, gets a second try, wherever it is by then. It is known by its
    serial number, or where it has none by the port that arduino-cli tells; what is at a URL can't be followed.
    Raises ToolchainError with the upload tool's words where both tries fail, BoardError where the port does not come
    back or the bootloader stays.
    """
    cli = ArduinoCli()
    before = ports.find(port, None)
    serial_number = before.serial_number if before else None
    for tries_left in reversed(range(_TRIES)):
        try:
            port = cli.upload(build, port)
        except ToolchainError:
            if not tries_left or before is None:
                raise
            port = _wait(port, serial_number).port
            continue
        if before is None:
            return port
        back = _wait(port, serial_number)
        port = back.port
        if not back.in_bootloader:
            return port
    raise BoardError(
        f"the board at {port} stays in its bootloader after {_TRIES} uploads; press its reset button once, or plug it "
        "in anew"
    )


def _wait(port: str, serial_number: str | None) -> ConnectedBoard:
    """Wait until the board is there and runs a program; at the deadline it may still be in its bootloader."""
    deadline = Deadline(_RETURN_S)
    while True:
        board = ports.find(port, serial_number)
        if board and (deadline.passed or not board.in_bootloader):
            return board
        if deadline.passed:
            raise BoardError(
                f"the port {port} did not come back within {deadline.seconds:.0f} s after the upload; press the "
                "board's reset button or plug it in anew, and see where it is with: tinyhil boards"
            )
        deadline.pause(_LOOK_S)
