"""How fast audio goes over a line of 115,200 baud, byte by byte in virtual time, without overflowing a buffer."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness.device import Device, Patience
from harness.wire.board_session import BoardSession

if TYPE_CHECKING:
    from harness.wire.requests import Input
    from tests.wire.conftest import Bench

BAUD = 115_200
BYTE_S = 10 / BAUD
SLICE_S = 0.0018
"""Preprocessing one slice with the slowest frontend: 115,500 cycles at 64 MHz."""
CLIP = np.random.default_rng(4).integers(-32768, 32768, 16_000).astype(np.int16)


class TimedLine:
    """A board behind a line on which each byte takes its time, with a receive buffer that overflows.

    The board computes for `slice_s` each 320 samples, and reads nothing meanwhile. `latency_s` is what operating
    system and USB adapter add to each way.
    """

    port = "timed"
    baudrate = BAUD
    timeout: float | None = None
    write_timeout: float | None = None

    def __init__(self, bench: Bench, window_bytes: int, latency_s: float, slice_s: float = SLICE_S) -> None:
        line = self

        class Computing(bench.checksum_board):
            """Takes its time for each slice."""

            def begin(self, clip: int, kind: Input, count: int) -> bool:
                line.slices_due = 0.0
                return super().begin(clip, kind, count)

            def take(self, kind: Input, data: bytes) -> None:
                super().take(kind, data)
                line.slices_due += len(data) / 640
                line.board_free += int(line.slices_due) * slice_s
                line.slices_due %= 1

        self.slices_due = 0.0
        self.session = BoardSession(Computing(window_bytes))
        self.window_bytes, self.latency_s = window_bytes, latency_s
        self.now = self.board_free = self.to_board_free = self.to_host_free = 0.0
        self.on_the_way: deque[tuple[float, int]] = deque()  # when each byte is in the board's buffer
        self.buffer: deque[int] = deque()
        self.to_host: deque[tuple[float, int]] = deque()  # when the host may read each byte
        self.overflown = 0

    def clock(self) -> float:
        """Seconds of virtual time."""
        return self.now

    def write(self, data: bytes) -> int:
        """Put bytes on the line."""
        self.to_board_free = max(self.to_board_free, self.now + self.latency_s)
        for byte in data:
            self.to_board_free += BYTE_S
            self.on_the_way.append((self.to_board_free, byte))
        return len(data)

    @property
    def in_waiting(self) -> int:
        """Bytes that the host can read now."""
        return sum(when <= self.now for when, _ in self.to_host)

    def read(self, size: int = 1) -> bytes:
        """Wait for a byte, at most for `timeout`; return up to `size` that are there."""
        end = self.now + (self.timeout or 0.0)
        while not self.in_waiting and self.now < end:
            self._step(end)
        return bytes(self.to_host.popleft()[1] for _ in range(min(size, self.in_waiting)))

    def _step(self, end: float) -> None:
        """Go on to the next thing that happens: the board reads a byte, one arrives, the host may read one."""
        board_reads = max(self.board_free, self.now) if self.buffer else end
        arrives = self.on_the_way[0][0] if self.on_the_way else end
        readable = self.to_host[0][0] if self.to_host else end
        self.now = min(board_reads, arrives, readable, end)
        if self.on_the_way and arrives <= self.now:
            byte = self.on_the_way.popleft()[1]
            if len(self.buffer) < self.window_bytes:
                self.buffer.append(byte)
            else:
                self.overflown += 1
        elif self.buffer and board_reads <= self.now:
            self.board_free = self.now
            self._send(self.session.receive(bytes([self.buffer.popleft()])))

    def _send(self, data: bytes) -> None:
        """Put the board's bytes on the line back; the ACK goes out before the work that it announces."""
        for byte in data:
            self.to_host_free = max(self.to_host_free, self.now) + BYTE_S
            self.to_host.append((self.to_host_free + self.latency_s, byte))


def share_of_line_rate(line: TimedLine) -> float:
    """Run one clip; return audio bytes a second of the whole inference over bytes a second of the line."""
    device = Device(line, Patience(), line.clock)
    device.hello()
    begun = line.now
    device.infer(CLIP)
    assert line.overflown == 0
    return CLIP.nbytes / (line.now - begun) * BYTE_S


@pytest.mark.parametrize(
    ("window_bytes", "latency_ms", "least"),
    [(1024, 0, 0.95), (1024, 16, 0.95), (256, 0, 0.90), (256, 4, 0.90), (64, 0, 0.69), (64, 1, 0.67)],
)
def test_audio_goes_at_nearly_the_speed_of_the_line(
    bench: Bench, window_bytes: int, latency_ms: float, least: float
) -> None:
    """The rate holds as long as a frame takes longer than the way there and back."""
    assert share_of_line_rate(TimedLine(bench, window_bytes, latency_ms / 1000)) >= least


@pytest.mark.parametrize("window_bytes", [1024, 256, 64])
@pytest.mark.parametrize("slice_s", [0.03, 0.2, 1.5])
def test_a_board_that_computes_slowly_loses_nothing(bench: Bench, window_bytes: int, slice_s: float) -> None:
    """What comes while it computes fits in its receive buffer, except for a poll; no frame goes again."""
    line = TimedLine(bench, window_bytes, 0.001, slice_s)
    device = Device(line, Patience(), line.clock)
    assert device.infer(CLIP).nn_cycles == 1
    assert line.session.repeated == 0
    assert line.now < 50 * slice_s + 6
