"""Conversions between the units in which boards, lines and people count time."""

from __future__ import annotations

BITS_PER_BYTE_ON_LINE = 10
"""A start bit, eight data bits and a stop bit (8N1)."""


def milliseconds(cycles: float, clock_hz: int) -> float:
    """Milliseconds that `cycles` take at `clock_hz`."""
    return 1000.0 * cycles / clock_hz


def line_bytes_per_second(baud: int) -> float:
    """Bytes that an 8N1 serial line carries in a second."""
    return baud / BITS_PER_BYTE_ON_LINE
