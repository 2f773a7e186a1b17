"""A board on a serial port that arduino-cli can upload to: a real one, mostly."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Self

from harness.boards import ports, registry, uploading
from harness.boards.board import Board
from harness.boards.file_lock import file_lock
from harness.boards.opening import open_port
from harness.deadline import Deadline
from harness.errors import BoardError, MisuseError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import serial

    from harness.boards.build import Build
    from harness.boards.ports import ConnectedBoard

_OPEN_S = 10.0
"""A board that was just reset enumerates within a few seconds; slow hubs take longer."""
_OTHER_UPLOADS_S = 300.0
_EXAMPLE_FQBN = "arduino:mbed_nano:nano33ble"


class AttachedBoard(Board):
    """The board at `port`, a device path such as /dev/ttyACM0 or COM5, or another pyserial URL."""

    warm_up_clips = 2
    """Its first inference after a start meets cold caches and a core that is still busy with USB."""

    def __init__(self, port: str, fqbn: str, name: str | None = None) -> None:
        """Stand for the board at `port` of the kind `fqbn`; nothing is opened yet."""
        self.name = name or port
        self.fqbn = fqbn
        self._port = port

    @classmethod
    def find(cls, word: str, fqbn: str | None) -> Self:
        """Take the board with the port, serial number, name or product `word`, or whatever answers at the URL `word`.

        It is of the kind `fqbn`, or of the one that its USB numbers tell. Raises BoardError where there is none,
        MisuseError where there are several, or where the kind can't be told.
        """
        there = ports.attached()
        meant = [board for board in there if board.is_meant_by(word)]
        if len(meant) > 1:
            raise MisuseError(f"{word} may be {_listed(meant)}; name one by its port or its serial number")
        is_path = "://" in word or os.path.exists(word)  # noqa: PTH110 - as in opening.py
        if not meant and not is_path:
            raise BoardError(
                f"no board has the port, serial number or name {word} (attached: {_listed(there)}); plug it in, see "
                "which there are with `tinyhil boards`, or use --board sim"
            )
        port = meant[0].port if meant else word
        kind = fqbn or (meant[0].fqbn if meant else None)
        if kind is None:
            raise MisuseError(
                f"the kind of board at {port} can't be told; name it with --fqbn, such as {_EXAMPLE_FQBN}"
            )
        return cls(port, kind)

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


def _listed(boards: Iterable[ConnectedBoard]) -> str:
    """Each board's port with its serial number, where it has one."""
    named = (f"{board.port} ({board.serial_number})" if board.serial_number else board.port for board in boards)
    return ", ".join(named) or "none"
