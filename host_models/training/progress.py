"""How a long training says how far it is: a line every few seconds."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TextIO

_SECONDS_BETWEEN_LINES = 10.0


class Progress:
    """Lines on a stream: seconds since the start, who speaks where there are several, the task, how much is done."""

    def __init__(self, stream: TextIO, who: str = "", start: float | None = None) -> None:
        """Start the clock, or go on with one that `time.monotonic()` started."""
        self._stream = stream
        self._who = f"{who}: " if who else ""
        self.start = time.monotonic() if start is None else start
        self._last = self.start

    def at(self, task: str, done: int, total: int) -> None:
        """Tell that `done` of `total` parts of a task are done; most calls write nothing."""
        now = time.monotonic()
        if done == total or now - self._last >= _SECONDS_BETWEEN_LINES:
            self._last = now
            self.say(f"{task}: {done}/{total} ({100 * done // max(total, 1)} %)")

    def say(self, line: str) -> None:
        """Write a line."""
        self._stream.write(f"[{time.monotonic() - self.start:6.0f} s] {self._who}{line}\n")
        self._stream.flush()
