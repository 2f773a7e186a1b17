"""The serial line between a simulated board's UART and whatever host program has its port open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.boards.delay_line import DelayLine
from harness.boards.port_ends import PortEnd, PtyEnd, SocketEnd

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_LINE_BYTES = 4096
"""Host bytes that may be on the line at once; a program that writes more waits, as at a real port."""
_BACKLOG_BYTES = 65536
"""Bytes that a host program may leave unread before simulated time stands still for it."""
_ASK_S = 0.02
"""How often to ask an end that can't tell by itself that somebody opens it."""


class SerialLine:
    """Brings bytes both ways, none lost while somebody listens, each up to `jitter_ms` late where a test asks so."""

    def __init__(self, pending: Callable[[], int], jitter_ms: float, seed: int) -> None:
        """Begin without a port; `pending` tells how many bytes are still on their way to the board's UART."""
        self._pending = pending
        self._to_board = DelayLine(jitter_ms, seed)
        self._to_host = DelayLine(jitter_ms, seed + 1)
        self._ends: tuple[PortEnd, ...] = ()
        self.received_bytes = 0
        self.sent_bytes = 0

    @property
    def is_present(self) -> bool:
        """Whether there is a port that a program can open."""
        return bool(self._ends)

    @property
    def is_open(self) -> bool:
        """Whether a host program has the port open, as far as is known."""
        return any(end.is_open for end in self._ends)

    def appear(self, link: Path, tcp_port: int) -> str:
        """Make the port come (back), its pty at `link`; return its socket URL, with `tcp_port` if that is free."""
        listener = SocketEnd(tcp_port)
        self._ends = (PtyEnd(link), listener)
        return f"socket://127.0.0.1:{listener.port}"

    def vanish(self) -> None:
        """Take the port away: whoever has it open sees its end, and what is on the way is lost."""
        for end in self._ends:
            end.close()
        self._ends = ()
        self._to_board.clear()
        self._to_host.clear()

    @property
    def is_stalled(self) -> bool:
        """Whether a host program is so far behind with reading that the board must not send more."""
        return len(self._to_host) + max((end.backlog for end in self._ends), default=0) > _BACKLOG_BYTES

    def receive(self) -> bytes:
        """Take what host programs have written and is due at the board."""
        for end in self._ends:
            while room := self._room:
                data = end.receive(room)
                if not data:
                    end.greet()
                    break
                self._to_board.put(data)
        due = self._to_board.take()
        self.received_bytes += len(due)
        return due

    def send(self, data: bytes) -> None:
        """Bring `data`, which has left the board, and what did not get through before, to the programs that listen."""
        self.sent_bytes += len(data)
        self._to_host.put(data)
        due = self._to_host.take()
        for end in self._ends:
            end.send(due)
            end.flush()

    def readers(self) -> list[int]:
        """Descriptors that `receive` waits for; none while the line is full."""
        return [reader for end in self._ends for reader in end.readers()] if self._room else []

    def writers(self) -> list[int]:
        """Descriptors that `send` waits for."""
        return [writer for end in self._ends for writer in end.writers()]

    @property
    def waits_s(self) -> list[float]:
        """Seconds after which `receive` and `send` have something to do that no descriptor tells."""
        waits = [wait for line in (self._to_board, self._to_host) if (wait := line.wait_s) is not None]
        if any(end.must_be_asked for end in self._ends):
            waits.append(_ASK_S)
        return waits

    @property
    def _room(self) -> int:
        return max(0, _LINE_BYTES - self._pending() - len(self._to_board))
