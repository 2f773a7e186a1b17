"""The serial line as the host sees it: bytes put on it, bytes that have left the board."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.simulator import core, sleep
from harness.simulator.state import LINE_BYTES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.simulator.state import State

_start_line = core.command(sleep.start_line)


class Uart:
    """The host's end of the serial line."""

    def __init__(self, chip: State, tables: State, address: int) -> None:
        """Speak to the chip whose state lies at `address`; `chip` gives its integers, `tables` its arrays."""
        self._chip = chip
        self._in = tables.line_in
        self._out = tables.line_out
        self._address = address
        self._backlog = bytearray()
        self._taken = bytearray()

    def feed(self, data: bytes) -> None:
        """Put `data` on the line now, behind what is on it: 10 bit times a byte, at the firmware's rate."""
        self._backlog += data
        self.pump()

    def take(self) -> bytes:
        """Return the bytes that have completely left the board since the last call."""
        self.pump()
        taken = bytes(self._taken)
        self._taken.clear()
        return taken

    @property
    def pending(self) -> int:
        """The number of bytes from the host that have not yet arrived."""
        return len(self._backlog) + self._chip.line_in_tail - self._chip.line_in_head

    @property
    def received(self) -> int:
        """The number of bytes that the receiver has taken since the chip was reset."""
        return self._chip.bytes_received

    @property
    def lost(self) -> int:
        """The number of bytes that arrived while the receiver was off or had no room."""
        return self._chip.bytes_lost

    @property
    def last_received(self) -> int:
        """The cycle at which the last byte from the host had arrived."""
        return self._chip.last_received

    def clear(self) -> None:
        """Take everything off the line."""
        self._backlog.clear()
        self._taken.clear()
        self._chip.line_in_head = self._chip.line_in_tail
        self._chip.line_in_more = 0
        self._chip.line_out_head = self._chip.line_out_tail

    def pump(self) -> None:
        """Move bytes between here and the chip."""
        chip = self._chip
        waiting = chip.line_out_tail - chip.line_out_head
        if waiting:
            self._taken += _ring_take(self._out, chip.line_out_head, waiting)
            chip.line_out_head += waiting
        if self._backlog:
            room = LINE_BYTES - (chip.line_in_tail - chip.line_in_head)
            moved = self._backlog[:room]
            del self._backlog[:room]
            _ring_put(self._in, chip.line_in_tail, moved)
            chip.line_in_tail += len(moved)
            chip.line_in_more = 1 if self._backlog else 0
            _start_line(self._address)


def _ring_take(ring: NDArray[np.uint8], head: int, count: int) -> bytes:
    places = np.arange(head, head + count) % LINE_BYTES
    return ring[places].tobytes()


def _ring_put(ring: NDArray[np.uint8], tail: int, data: bytes | bytearray) -> None:
    places = np.arange(tail, tail + len(data)) % LINE_BYTES
    ring[places] = np.frombuffer(bytes(data), np.uint8)
