"""What all peripherals share: tasks, events, interrupt lines (nRF52840 PS v1.7, 6.1 Peripheral interface)."""

from __future__ import annotations

from harness.simulator.memory_map import PERIPHERALS
from harness.simulator.native import native
from harness.simulator.state import NEVER, QUEUE_TASKS, SOURCES, State

TASKS_END = 0x080
EVENTS = 0x100
EVENTS_END = 0x180
SHORTS = 0x200
INTEN = 0x300
INTENSET = 0x304
INTENCLR = 0x308

PAGE = 0xFFF


@native
def get(chip: State, address: int) -> int:
    """Return the stored value of the peripheral register at `address`."""
    return int(chip.registers[(address - PERIPHERALS) >> 2])


@native
def put(chip: State, address: int, value: int) -> None:
    """Store the peripheral register at `address`, without any effect."""
    chip.registers[(address - PERIPHERALS) >> 2] = value


@native
def interrupt_of(address: int) -> int:
    """Return the interrupt number of the peripheral at `address`, which is its id."""
    return (address - PERIPHERALS) >> 12


@native
def pend(chip: State, interrupt: int) -> None:
    """Make `interrupt` pending; a new one is an event for WFE where SCR.SEVONPEND is set (ARMv7-M ARM, B1.5.18)."""
    bit = 1 << interrupt
    if chip.irq_pending & bit == 0:
        chip.irq_pending |= bit
        if chip.sev_on_pend != 0 or chip.irq_enabled & bit != 0:
            chip.event_register = 1


@native
def line_asserted(chip: State, base: int) -> bool:
    """Whether the peripheral at `base` requests its interrupt: an event is set that INTEN enables."""
    enabled = get(chip, base + INTEN)
    for bit in range(32):  # noqa: SIM110 - native code has no generators
        if (enabled >> bit) & 1 != 0 and get(chip, base + EVENTS + 4 * bit) != 0:
            return True
    return False


@native
def trigger(chip: State, task: int) -> None:
    """Queue the task at address `task`; the bus performs it before the present action ends."""
    chip.queue[chip.queue_tail & (QUEUE_TASKS - 1)] = task
    chip.queue_tail += 1


@native
def raise_event(chip: State, event: int) -> None:
    """Set the event register at address `event`, request its interrupt, and follow the PPI channels that watch it."""
    put(chip, event, 1)
    base = event & ~PAGE
    if (get(chip, base + INTEN) >> ((event >> 2) & 31)) & 1 != 0:
        pend(chip, interrupt_of(base))
    remaining = chip.ppi_enabled
    channel = 0
    while remaining != 0:
        if remaining & 1 != 0 and chip.ppi_event[channel] == event:
            if chip.ppi_task[channel] != 0:
                trigger(chip, chip.ppi_task[channel])
            if chip.ppi_fork[channel] != 0:
                trigger(chip, chip.ppi_fork[channel])
        remaining >>= 1
        channel += 1


@native
def write_inten(chip: State, base: int, offset: int, value: int) -> None:
    """Write INTEN, INTENSET or INTENCLR; an event that is already set requests its interrupt when enabled."""
    enabled = get(chip, base + INTEN)
    if offset == INTENSET:
        enabled |= value
    elif offset == INTENCLR:
        enabled &= ~value
    else:
        enabled = value
    put(chip, base + INTEN, enabled)
    if line_asserted(chip, base):
        pend(chip, interrupt_of(base))


@native
def schedule(chip: State, source: int, cycle: int) -> None:
    """Have `source` expire at `cycle`, or never."""
    chip.deadline[source] = cycle
    earliest = NEVER
    for other in range(SOURCES):
        earliest = min(earliest, chip.deadline[other])
    chip.next_deadline = earliest
