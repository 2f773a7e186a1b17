"""When a board that sleeps until one of its timers fires goes on: in step with the wall clock.

Firmware that computes, or waits for bytes on the line, runs as fast as it can. Only where it waits for nothing but time
must time pass, or a sketch that prints once a second would print a thousand times, and a board's time-outs would
expire before the host could answer.
"""

from __future__ import annotations

import time

_ANSWER_S = 0.02
"""After bytes have passed, the host has this long to answer before simulated time moves: its latency does not show."""
_LAG_S = 0.1
"""A board that is further behind the wall clock (it computes slower than the real one) does not try to catch up."""


class Pace:
    """Maps simulated time to the wall clock while a board rests. Cycles are those of a clock of `clock_hz`."""

    def __init__(self, clock_hz: int) -> None:
        """Begin awake."""
        self._clock_hz = clock_hz
        self._anchor: tuple[float, int] | None = None
        self._hold = 0.0
        self._wake_at: float | None = None
        self._rest_cycles = 0

    @property
    def is_resting(self) -> bool:
        """Whether the board rests and its time to go on has not come."""
        return self._wake_at is not None and time.monotonic() < self._wake_at

    @property
    def wait_s(self) -> float | None:
        """Seconds until a resting board goes on, None where none rests."""
        return None if self._wake_at is None else max(0.0, self._wake_at - time.monotonic())

    def rest(self, cycles: int, rest_cycles: int, *, line_was_active: bool) -> None:
        """Rest from simulated time `cycles` for `rest_cycles`. Bytes that have just passed set the clocks anew."""
        now = time.monotonic()
        if line_was_active or self._anchor is None or now - self._wall(cycles) > _LAG_S:
            self._anchor = now, cycles
            self._hold = now + _ANSWER_S if line_was_active else now
        self._rest_cycles = rest_cycles
        self._wake_at = max(self._hold, self._wall(cycles + rest_cycles))

    def wake(self, cycles: int) -> int:
        """End the rest; by how many cycles simulated time, which stands at `cycles`, must move on for it."""
        if self._wake_at is None:
            return 0
        now, self._wake_at = time.monotonic(), None
        if now < self._hold:
            return 0
        passed = int((now - self._wall(cycles)) * self._clock_hz)
        return min(max(passed, 0), self._rest_cycles)

    def rouse(self) -> None:
        """End the rest, whatever time it is."""
        self._wake_at = None

    def forget(self) -> None:
        """Begin awake again, after a reset."""
        self._anchor = self._wake_at = None

    def _wall(self, cycles: int) -> float:
        """Time on the wall clock at which simulated time is `cycles`."""
        wall, at = self._anchor or (time.monotonic(), cycles)
        return wall + (cycles - at) / self._clock_hz
