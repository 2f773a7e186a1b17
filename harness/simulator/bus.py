"""Which peripheral answers a read, a write, a task or a deadline, and how tasks ripple until all is quiet."""

from __future__ import annotations

from harness.simulator.memory_map import (
    CLOCK,
    NVMC,
    PERIPHERALS,
    PPI,
    RTC0,
    RTC1,
    RTC2,
    TIMER0,
    TIMER1,
    TIMER2,
    TIMER3,
    TIMER4,
    UARTE0,
)
from harness.simulator.native import native
from harness.simulator.peripherals import clock, events, nvmc, ppi, rtc, system, timer, uarte
from harness.simulator.state import (
    NOTES,
    QUEUE_TASKS,
    RTCS,
    SOURCE_HFCLK,
    SOURCE_LFCLK,
    SOURCE_RTC,
    SOURCE_RX,
    SOURCE_RX_TIMEOUT,
    SOURCE_TIMER,
    SOURCE_TX,
    SOURCES,
    TIMERS,
    State,
)

SHARED = (events.SHORTS, events.INTEN, events.INTENSET, events.INTENCLR)
MODELLED: tuple[tuple[int, tuple[int, ...]], ...] = (
    (CLOCK, clock.REGISTERS + SHARED),
    (UARTE0, uarte.REGISTERS + SHARED),
    *((base, registers + SHARED) for base, registers in zip(timer.BASES, timer.REGISTERS, strict=True)),
    *((base, registers + SHARED) for base, registers in zip(rtc.BASES, rtc.REGISTERS, strict=True)),
    (PPI, ppi.REGISTERS),
    (NVMC, nvmc.REGISTERS),
)
"""Peripherals with the offsets of the registers that behave as described; all others are memory."""

RESET_VALUES: tuple[tuple[int, dict[int, int]], ...] = (
    (CLOCK, clock.RESET_VALUES),
    (UARTE0, uarte.RESET_VALUES),
    *((base, timer.RESET_VALUES) for base in timer.BASES),
    (NVMC, nvmc.RESET_VALUES),
)
"""Registers that are not 0 after a reset: peripheral, value by offset."""


@native
def timer_at(base: int) -> int:
    """Return the number of the TIMER at `base`, or -1."""
    if base == TIMER0:
        return 0
    if base == TIMER1:
        return 1
    if base == TIMER2:
        return 2
    if base == TIMER3:
        return 3
    return 4 if base == TIMER4 else -1


@native
def rtc_at(base: int) -> int:
    """Return the number of the RTC at `base`, or -1."""
    if base == RTC0:
        return 0
    if base == RTC1:
        return 1
    return 2 if base == RTC2 else -1


@native
def perform(chip: State, address: int) -> None:
    """Perform the task whose register is at `address`."""
    offset = address & events.PAGE
    base = address - offset
    if base == UARTE0:
        uarte.task(chip, offset)
    elif base == PPI:
        ppi.task(chip, offset)
    elif base == CLOCK:
        clock.task(chip, offset)
    elif timer_at(base) >= 0:
        timer.task(chip, timer_at(base), offset)
    elif rtc_at(base) >= 0:
        rtc.task(chip, rtc_at(base), offset)


@native
def settle(chip: State) -> None:
    """Perform the tasks that were triggered, and those that they trigger, until none is left."""
    while chip.queue_head != chip.queue_tail:
        address = chip.queue[chip.queue_head & (QUEUE_TASKS - 1)]
        chip.queue_head += 1
        perform(chip, address)


@native
def expire(chip: State, source: int) -> None:
    """Do what `source` does at its deadline, which is reached."""
    if source == SOURCE_RX:
        uarte.arrive(chip)
    elif source == SOURCE_TX:
        uarte.sent(chip)
    elif source == SOURCE_RX_TIMEOUT:
        uarte.time_out(chip)
    elif source == SOURCE_HFCLK:
        clock.high_frequency_started(chip)
    elif source == SOURCE_LFCLK:
        clock.low_frequency_started(chip)
        rtc.clock_started(chip)
    elif source >= SOURCE_RTC:
        rtc.expire(chip, source - SOURCE_RTC)
    else:
        timer.expire(chip, source - SOURCE_TIMER)
    settle(chip)


@native
def advance(chip: State, cycle: int) -> None:
    """Let everything happen that is due up to `cycle`, each at its own time."""
    while chip.next_deadline <= cycle:
        source = 0
        for other in range(1, SOURCES):
            if chip.deadline[other] < chip.deadline[source]:
                source = other
        chip.now = chip.deadline[source]
        expire(chip, source)
    chip.now = cycle


@native
def note(chip: State, address: int) -> None:
    """Remember the first access to a peripheral register that is not modelled."""
    index = (address - PERIPHERALS) >> 2
    if chip.modelled[index] == 0:
        chip.modelled[index] = 2
        if chip.notes_count < NOTES:
            chip.notes[chip.notes_count, 0] = address
            chip.notes[chip.notes_count, 1] = chip.block
            chip.notes_count += 1


@native
def read(chip: State, address: int) -> int:
    """Read the peripheral register at the word `address`."""
    note(chip, address)
    offset = address & events.PAGE
    base = address - offset
    if offset in (events.INTENSET, events.INTENCLR):
        return events.get(chip, base + events.INTEN)
    if base == PPI:
        return ppi.read(chip, offset)
    if rtc_at(base) >= 0:
        return rtc.read(chip, rtc_at(base), offset)
    if offset < events.TASKS_END:
        return 0
    return events.get(chip, address)


@native
def write(chip: State, address: int, value: int) -> None:
    """Write the peripheral register at the word `address`."""
    note(chip, address)
    offset = address & events.PAGE
    base = address - offset
    if offset < events.TASKS_END:
        if value & 1 != 0:
            perform(chip, address)
            settle(chip)
    elif base == PPI:
        ppi.write(chip, offset, value)
    elif offset < events.EVENTS_END:
        events.put(chip, address, value)
    elif events.INTEN <= offset <= events.INTENCLR:
        if rtc_at(base) >= 0:
            rtc.catch_up(chip, rtc_at(base))
        events.write_inten(chip, base, offset, value)
        if rtc_at(base) >= 0:
            rtc.plan(chip, rtc_at(base))
    else:
        write_setting(chip, base, offset, value)


@native
def write_setting(chip: State, base: int, offset: int, value: int) -> None:
    """Write a register that is neither task, event nor interrupt enable."""
    if base == UARTE0:
        uarte.write(chip, offset, value)
    elif timer_at(base) >= 0:
        timer.write(chip, timer_at(base), offset, value)
    elif rtc_at(base) >= 0:
        rtc.write(chip, rtc_at(base), offset, value)
    elif base != NVMC or offset not in (nvmc.READY, nvmc.READYNEXT):
        events.put(chip, base + offset, value)


@native
def reset(chip: State) -> None:
    """Put every peripheral into its state after reset; bytes on the serial line stay there."""
    clock.reset(chip)
    uarte.reset(chip)
    ppi.reset(chip)
    for n in range(TIMERS):
        timer.reset(chip, n)
    for n in range(RTCS):
        rtc.reset(chip, n)
    system.reset(chip)
    chip.queue_head = chip.queue_tail
