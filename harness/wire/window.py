"""The host's frames on their way: which are not acknowledged yet, which may go out, which must go again (go-back-N)."""

from __future__ import annotations

import math
from collections import deque

from harness.wire.frame import DELIMITER, Frame, encode
from harness.wire.requests import Request

SEQUENCES = 1 << 16
"""Sequence numbers count modulo this."""
_LONGEST_RETRY_S = 8.0


class Window:
    """Numbers a session's frames and lets out as many bytes as the board's receive buffer surely holds.

    When something seems lost, it asks the board where it is before anything goes again: the answer comes after
    all that was on the way has been read, so the buffer can't overflow even if the board was only busy.
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
        self._poll_due = False
        self._polling = False  # nothing goes out until the board has said where it is
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
        self._polling = self._polling and self._next > self._base
        self._wait_s = self._retry_s
        self._retry_at = now + self._wait_s

    def refuse(self, sequence: int, now: float) -> None:
        """Note that the board expects `sequence` next and dropped something that came after that."""
        self.acknowledge(sequence, now)
        self.doubt()

    def doubt(self) -> None:
        """Note that something was lost, on the way there or back: ask, if anything is on the way."""
        self._poll_due = self._next > self._base

    def located(self, sequence: int, polled: int, now: float) -> None:
        """Note that the board expected `sequence` when it read the poll that went out with the number `polled`."""
        self.acknowledge(sequence, now)
        if self._polling and polled == self._reached % SEQUENCES:
            self._polling = False
            self._next = self._base

    def due(self, now: float) -> bytes:
        """Return what is to be written now: a poll if something seems lost, else the frames that fit in the window."""
        if self._next > self._base and now >= self._retry_at:
            self._poll_due = True
            self._wait_s = min(2 * self._wait_s, _LONGEST_RETRY_S)
        out = self._poll() if self._poll_due and self._next > self._base else self._new_frames()
        if out:
            self._retry_at = now + self._wait_s
        return out

    def _poll(self) -> bytes:
        """Return the question where the board is, after a delimiter that ends what may have stuck."""
        self._poll_due = False
        self._polling = True
        return DELIMITER + encode(Frame(Request.POLL, self._reached % SEQUENCES), self._session)

    def _new_frames(self) -> bytes:
        """Return the frames that fit in the window beside those on the way; one always goes alone."""
        out = b""
        on_the_way = sum(len(self._frames[i]) for i in range(self._next - self._base))
        while not self._polling and self._next < self._base + len(self._frames):
            frame = self._frames[self._next - self._base]
            if on_the_way and on_the_way + len(frame) >= self._window_bytes:
                break
            out += frame
            on_the_way += len(frame)
            self._next += 1
        self._reached = max(self._reached, self._next)
        return out
