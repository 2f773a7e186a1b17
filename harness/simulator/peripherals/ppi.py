"""PPI: channels that connect an event to tasks without the CPU (nRF52840 PS v1.7, 6.17)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.simulator.memory_map import PPI, RTC0, TIMER0
from harness.simulator.native import native
from harness.simulator.peripherals.events import get, put

if TYPE_CHECKING:
    from harness.simulator.state import State

CHEN = 0x500
CHENSET = 0x504
CHENCLR = 0x508
CH = 0x510
"""Event end-point of channel n at 8 n, task end-point at 8 n + 4."""
CHG = 0x800
FORK = 0x910
PROGRAMMABLE = 20
CHANNELS = 32
GROUPS = 6

_RTC0_COMPARE_0 = RTC0 + 0x140
FIXED = ((30, _RTC0_COMPARE_0, TIMER0 + 0x00C), (31, _RTC0_COMPARE_0, TIMER0 + 0x000))
"""Pre-programmed channels whose ends are both modelled: channel, event, task; the others serve the radio (PS 6.17)."""

REGISTERS = (
    *range(0, 8 * GROUPS, 4),
    *(CHEN, CHENSET, CHENCLR),
    *range(CH, CH + 8 * PROGRAMMABLE, 4),
    *range(CHG, CHG + 4 * GROUPS, 4),
    *range(FORK, FORK + 4 * CHANNELS, 4),
)


@native
def task(chip: State, offset: int) -> None:
    """Enable (CHG[n].EN) or disable (CHG[n].DIS) the channels of a group."""
    group = offset >> 3
    if group < GROUPS:
        members = get(chip, PPI + CHG + 4 * group)
        if offset & 4 == 0:
            chip.ppi_enabled |= members
        else:
            chip.ppi_enabled &= ~members


@native
def read(chip: State, offset: int) -> int:
    """Read a register."""
    if offset in (CHEN, CHENSET, CHENCLR):
        return chip.ppi_enabled
    return get(chip, PPI + offset)


@native
def write(chip: State, offset: int, value: int) -> None:
    """Write a register that is not a task."""
    if offset == CHEN:
        chip.ppi_enabled = value
    elif offset == CHENSET:
        chip.ppi_enabled |= value
    elif offset == CHENCLR:
        chip.ppi_enabled &= ~value
    else:
        put(chip, PPI + offset, value)
    if CH <= offset < CH + 8 * PROGRAMMABLE:
        channel = (offset - CH) >> 3
        if offset & 4 == 0:
            chip.ppi_event[channel] = value
        else:
            chip.ppi_task[channel] = value
    elif FORK <= offset < FORK + 4 * CHANNELS:
        chip.ppi_fork[(offset - FORK) >> 2] = value


@native
def reset(chip: State) -> None:
    """Disable all channels; the pre-programmed ones keep their ends."""
    chip.ppi_enabled = 0
    for channel in range(CHANNELS):
        chip.ppi_event[channel] = 0
        chip.ppi_task[channel] = 0
        chip.ppi_fork[channel] = 0
    for channel, event, end in FIXED:
        chip.ppi_event[channel] = event
        chip.ppi_task[channel] = end
