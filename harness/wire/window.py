"""The host's frames on their way: which are not acknowledged yet, which may go out, which must go again (go-back-N)."""

from __future__ import annotations

import math
from collections import deque

from harness.wire.frame import DELIMITER, Frame, encode

SEQUENCES = 1 << 16
"""Sequence numbers count modulo this."""
_LONGEST_RETRY_S = 8.0


class Window:
    """Numbers a session's frames and lets out as many bytes as the board's receive buffer surely holds.

    Time is whatever clock its caller passes as `now`, in seconds.
    """

    def __init__(self, session: int, window_bytes: int, retry_s: float) -> None:
        self._session = session
        self._window_bytes = window_bytes
        self._retry_s = retry_s
        self._frames: deque[bytes] = deque()  # encoded, from number `_base` on
        self._base = 0  # the first that is not acknowledged
        self._next = 0  # the first that is to be sent
        self._reached = 0  # one past the last that was ever sent
        self._careful_until = 0  # up to here one frame at a time, as the board may still hold what was sent before
        self._restart = False  # a delimiter must end what may have stuck
        self._wait_s = retry_s
        self._retry_at = math.inf

    @property
    def empty(self) -> bool:
        """Whether the board has everything."""
        return not self._frames

    @property
    def acknowledged(self) -> int:
        """How many frames of the session the board has."""
        return self._base

    def queue(self, kind: int, payload: bytes) -> int:
        """Append a frame; return the sequence that the board will expect after it, which its answer carries."""
        number = self._base + len(self._frames)
        self._frames.append(encode(Frame(kind, number % SEQUENCES, payload), self._session))
        return (number + 1) % SEQUENCES

    def acknowledge(self, sequence: int, now: float) -> None:
        """Note that the board expects `sequence` next; what says less than is known, or the impossible, is ignored."""
        count = (sequence - self._base) % SEQUENCES
        if not 0 < count <= self._reached - self._base:
            return
        for _ in range(count):
            self._frames.popleft()
        self._base += count
        self._next = max(self._next, self._base)
        self._wait_s = self._retry_s
        self._retry_at = now + self._wait_s

    def refuse(self, sequence: int, now: float) -> None:
        """Note that the board expects `sequence` next and dropped something: send again from there."""
        self.acknowledge(sequence, now)
        if sequence == self._base % SEQUENCES:
            self._go_back()

    def due(self, now: float) -> bytes:
        """Return what is to be written now: frames that fit in the window, or one again that went unanswered."""
        if self._next > self._base and now >= self._retry_at:
            self._careful_until = self._reached
            self._wait_s = min(2 * self._wait_s, _LONGEST_RETRY_S)
            self._go_back()
        out = bytearray()
        unanswered = sum(len(self._frames[i]) for i in range(self._next - self._base))
        while self._next < self._base + len(self._frames):
            frame = self._frames[self._next - self._base]
            careful = self._base < self._careful_until
            if unanswered and (careful or unanswered + len(frame) >= self._window_bytes):
                break
            out += frame
            unanswered += len(frame)
            self._next += 1
        if not out:
            return b""
        self._reached = max(self._reached, self._next)
        self._retry_at = now + self._wait_s
        lead = DELIMITER if self._restart else b""
        self._restart = False
        return lead + bytes(out)

    def _go_back(self) -> None:
        self._next = self._base
        self._restart = True
