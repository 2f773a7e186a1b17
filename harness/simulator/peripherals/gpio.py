"""P0 and P1: port registers that set, clear and remember; no pin is driven (nRF52840 PS v1.7, 6.9)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.simulator.native import native

if TYPE_CHECKING:
    from harness.simulator.state import State

PORT_STRIDE = 0x300
OUT = 0x504
OUTSET = 0x508
OUTCLR = 0x50C
IN = 0x510
DIR = 0x514
DIRSET = 0x518
DIRCLR = 0x51C
PORT_END = 0x800
"""Offset behind P0's registers; P1's follow, PORT_STRIDE above those of P0."""


@native
def read(chip: State, offset: int) -> int:
    """Read a register of either port; the set and clear registers read as what they change."""
    port = PORT_STRIDE if offset >= PORT_END else 0
    local = offset - port
    if local in (OUTSET, OUTCLR):
        local = OUT
    elif local in (DIRSET, DIRCLR):
        local = DIR
    return int(chip.gpio[(port + local) >> 2])


@native
def write(chip: State, offset: int, value: int) -> None:
    """Write a register of either port."""
    port = PORT_STRIDE if offset >= PORT_END else 0
    local = offset - port
    out = (port + OUT) >> 2
    direction = (port + DIR) >> 2
    if local == OUTSET:
        chip.gpio[out] = chip.gpio[out] | value
    elif local == OUTCLR:
        chip.gpio[out] = chip.gpio[out] & ~value
    elif local == DIRSET:
        chip.gpio[direction] = chip.gpio[direction] | value
    elif local == DIRCLR:
        chip.gpio[direction] = chip.gpio[direction] & ~value
    elif local != IN:
        chip.gpio[offset >> 2] = value
