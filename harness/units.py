"""Conversions between the units in which boards and people count time."""

from __future__ import annotations


def milliseconds(cycles: float, clock_hz: int) -> float:
    """Milliseconds that `cycles` take at `clock_hz`."""
    return 1000.0 * cycles / clock_hz
