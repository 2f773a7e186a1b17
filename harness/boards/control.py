"""The control socket of a simulated board, asked from outside: a line of JSON out, a line of JSON back.

A request is `{"op": NAME, ...}`; the answer is `{"ok": true, ...}` or `{"ok": false, "error": SENTENCE}`.

| op | fields | answer |
| --- | --- | --- |
| info | | name, fqbn, port, url, state, clock_hz, cycles, uploads, elf, fault, received_bytes, sent_bytes, lost_bytes |
| cycles | | cycles |
| upload | elf: path | cycles |
| reset | | |
| peek | address, count | data: hexadecimal |
| poke | address, data: hexadecimal | |
| stop | | |
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from harness.boards import operating_system
from harness.deadline import Deadline
from harness.errors import BoardError

if TYPE_CHECKING:
    from pathlib import Path

    from harness.boards.registry import RunningBoard

_ANSWER_S = 20.0
"""An upload with a cold cache is the slowest request, about 2 s."""


@dataclass(frozen=True)
class BoardInfo:
    """What a simulated board says of itself.

    `state` is one of running, away (the port comes back in a moment), faulted, bootloader (it takes an upload, but runs
    no program), empty (nothing was uploaded yet).
    `cycles` is simulated time since reset. Bytes were received from host programs and sent by the firmware since the
    start; lost are those that arrived since reset while the firmware's receiver was off or had no room.
    """

    name: str
    fqbn: str
    port: str
    url: str
    state: str
    clock_hz: int
    cycles: int
    uploads: int
    elf: str | None
    fault: str | None
    received_bytes: int
    sent_bytes: int
    lost_bytes: int


class Control:
    """A connection to the control socket of one running board; use it in a `with` statement."""

    def __init__(self, board: RunningBoard, answer_s: float = _ANSWER_S) -> None:
        """Connect to `board`. Raises BoardError where its process does not answer."""
        self._board = board
        self._answer_s = answer_s
        self._socket = operating_system.control_socket()
        self._socket.settimeout(answer_s)
        self._received = b""
        try:
            self._socket.connect(board.control)
        except OSError as error:
            self._socket.close()
            raise BoardError(
                f"the simulated board {board.name} does not answer ({error}); its log is {board.log}"
            ) from error

    def __enter__(self) -> Self:
        """Use the connection, and close it at the end."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connection."""
        self.close()

    def close(self) -> None:
        """Hang up; after an upload that is what lets the port come back."""
        self._socket.close()

    def info(self) -> BoardInfo:
        """Ask what the board says of itself."""
        answer = self._ask("info")
        return BoardInfo(**{name: answer[name] for name in BoardInfo.__dataclass_fields__})

    def cycles(self) -> int:
        """Ask for the simulated time since reset, in CPU cycles."""
        return int(self._ask("cycles")["cycles"])

    def upload(self, elf: Path) -> None:
        """Load `elf`, a path that the board's process can read, and reset. The port is away until `close`."""
        self._ask("upload", elf=str(elf))

    def reset(self) -> None:
        """Push the reset button."""
        self._ask("reset")

    def peek(self, address: int, count: int) -> bytes:
        """`count` bytes of memory at `address`, as a debugger sees them."""
        return bytes.fromhex(self._ask("peek", address=address, count=count)["data"])

    def poke(self, address: int, data: bytes) -> None:
        """Write `data` to memory at `address`, flash included, as a debugger does."""
        self._ask("poke", address=address, data=data.hex())

    def stop(self) -> None:
        """End the board's process."""
        self._ask("stop")

    def _ask(self, op: str, **fields: str | int) -> dict[str, Any]:
        """Answer to one request. Raises BoardError with the board's sentence, or where none comes in time."""
        try:
            self._socket.sendall(json.dumps({"op": op, **fields}).encode() + b"\n")
            answer: dict[str, Any] = json.loads(self._line())
        except (OSError, ValueError) as error:
            raise BoardError(
                f"the simulated board {self._board.name} gave no answer to {op} ({error}); its log is {self._board.log}"
            ) from error
        if not answer.get("ok"):
            raise BoardError(f"the simulated board {self._board.name}: {answer.get('error')}")
        return answer

    def _line(self) -> bytes:
        deadline = Deadline(self._answer_s)
        while b"\n" not in self._received:
            self._socket.settimeout(max(deadline.left, 0.001))
            more = self._socket.recv(65536)
            if not more:
                raise ConnectionResetError("it hung up")
            self._received += more
        line, _, self._received = self._received.partition(b"\n")
        return line
