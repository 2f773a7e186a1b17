"""What has come from a board: frames, lines of text, and damage."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from harness.wire.chunks import Chunks, text_lines
from harness.wire.frame import Frame, decode

if TYPE_CHECKING:
    from collections.abc import Sequence

_LOG_LINES = 1000
_SHOWN_BYTES = 24


class Inbox:
    """Sorts the bytes of a line into frames, text and damage."""

    def __init__(self) -> None:
        self.log: deque[str] = deque(maxlen=_LOG_LINES)
        """The last lines of text that were no frames."""
        self.damaged = 0
        """Chunks that were neither a frame of the session nor text."""
        self.received_bytes = 0
        self._chunks = Chunks()
        self._last_damage = b""

    def take(self, data: bytes, sessions: Sequence[int]) -> list[Frame]:
        """Return the frames of `sessions` that `data` completes, in order."""
        self.received_bytes += len(data)
        frames = []
        for chunk in self._chunks.take(data):
            frame = decode(chunk, *sessions)
            if frame is not None:
                frames.append(frame)
            elif (lines := text_lines(chunk)) is not None:
                self.log.extend(lines)
            else:
                self.damaged += 1
                self._last_damage = chunk
        return frames

    def foreign(self) -> str:
        """Describe what came last that was no frame, for an error message; empty if there was nothing."""
        if lines := text_lines(self._chunks.begun):
            return f'it printed "{lines[-1]}"'
        if odd := self._chunks.begun or self._last_damage:
            return f"it sent {odd[:_SHOWN_BYTES].hex(' ')}{' ...' if len(odd) > _SHOWN_BYTES else ''}"
        if self.log:
            return f'it printed "{self.log[-1]}"'
        return ""
