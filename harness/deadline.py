"""A point in time by which something must have happened, handed down instead of a number of seconds."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Deadline:
    """A moment `seconds` from now, on the monotonic clock or another.

    What waits asks it how much time is left, so that several waits in a row share one limit.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Start now."""
        self.seconds = seconds
        self._clock = clock
        self._end = clock() + seconds

    @property
    def left(self) -> float:
        """Seconds that are left, never below 0."""
        return max(0.0, self._end - self._clock())

    @property
    def passed(self) -> bool:
        """Whether no time is left."""
        return self.left == 0.0

    def pause(self, seconds: float) -> None:
        """Sleep for `seconds`, or for what is left where that is less."""
        time.sleep(min(seconds, self.left))
