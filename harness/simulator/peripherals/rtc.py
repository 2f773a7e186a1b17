"""RTC0 to RTC2: 24-bit counters on the 32.768 kHz clock (nRF52840 PS v1.7, 6.22)."""

from __future__ import annotations

from harness.simulator.memory_map import RTC0, RTC1, RTC2
from harness.simulator.native import native
from harness.simulator.peripherals import clock
from harness.simulator.peripherals.events import INTEN, get, put, raise_event, schedule
from harness.simulator.state import NEVER, RTCS, SOURCE_RTC, State

TASKS_START = 0x000
TASKS_STOP = 0x004
TASKS_CLEAR = 0x008
TASKS_TRIGOVRFLW = 0x00C
EVENTS_TICK = 0x100
EVENTS_OVRFLW = 0x104
EVENTS_COMPARE = 0x140
EVTEN = 0x340
EVTENSET = 0x344
EVTENCLR = 0x348
COUNTER = 0x504
PRESCALER = 0x508
CC = 0x540

BIT_TICK = 0
BIT_OVRFLW = 1
BIT_COMPARE = 16
TOP = 0xFF_FFFF
TRIGGERED = 0xFF_FFF0
"""The count that TRIGOVRFLW sets."""
PERIOD_EIGHTHS = 15625
"""Eighths of a 64 MHz cycle in a period of 32.768 kHz."""

BASES = (RTC0, RTC1, RTC2)
CHANNELS = (3, 4, 4)
REGISTERS = tuple(
    (
        *(TASKS_START, TASKS_STOP, TASKS_CLEAR, TASKS_TRIGOVRFLW, EVENTS_TICK, EVENTS_OVRFLW),
        *(EVTEN, EVTENSET, EVTENCLR, COUNTER, PRESCALER),
        *(first + 4 * channel for first in (EVENTS_COMPARE, CC) for channel in range(channels)),
    )
    for channels in CHANNELS
)


@native
def tick_eighths(chip: State, base: int) -> int:
    """Eighths of a cycle between two counts."""
    return ((get(chip, base + PRESCALER) & 0xFFF) + 1) * PERIOD_EIGHTHS


@native
def counting(chip: State, n: int) -> bool:
    """Whether RTC `n` is started and has its clock."""
    return chip.rtc_running[n] != 0 and clock.low_frequency_runs(chip)


@native
def catch_up(chip: State, n: int) -> None:
    """Bring the count of RTC `n` to the present."""
    if counting(chip, n):
        tick = tick_eighths(chip, BASES[n])
        ticks = (chip.now * 8 - chip.rtc_since[n]) // tick
        chip.rtc_value[n] = (chip.rtc_value[n] + ticks) & TOP
        chip.rtc_since[n] += ticks * tick


@native
def routed(chip: State, n: int, bit: int) -> bool:
    """Whether anyone hears the event of `bit`: the RTC makes no others, to save power."""
    return ((get(chip, BASES[n] + EVTEN) | get(chip, BASES[n] + INTEN)) >> bit) & 1 != 0


@native
def plan(chip: State, n: int) -> None:
    """Schedule the next event of RTC `n` that anyone hears; the count is up to date."""
    base = BASES[n]
    soonest = NEVER
    if counting(chip, n):
        ticks = NEVER
        if routed(chip, n, BIT_TICK):
            ticks = 1
        if routed(chip, n, BIT_OVRFLW):
            ticks = min(ticks, TOP + 1 - chip.rtc_value[n])
        for channel in range(CHANNELS[n]):
            if routed(chip, n, BIT_COMPARE + channel):
                distance = (get(chip, base + CC + 4 * channel) - chip.rtc_value[n]) & TOP
                ticks = min(ticks, distance if distance != 0 else TOP + 1)
        if ticks < NEVER:
            soonest = (chip.rtc_since[n] + ticks * tick_eighths(chip, base) + 7) // 8
    schedule(chip, SOURCE_RTC + n, soonest)


@native
def expire(chip: State, n: int) -> None:
    """RTC `n` has counted to an event that someone hears."""
    base = BASES[n]
    catch_up(chip, n)
    if routed(chip, n, BIT_TICK):
        raise_event(chip, base + EVENTS_TICK)
    if chip.rtc_value[n] == 0 and routed(chip, n, BIT_OVRFLW):
        raise_event(chip, base + EVENTS_OVRFLW)
    for channel in range(CHANNELS[n]):
        if get(chip, base + CC + 4 * channel) & TOP == chip.rtc_value[n] and routed(chip, n, BIT_COMPARE + channel):
            raise_event(chip, base + EVENTS_COMPARE + 4 * channel)
    plan(chip, n)


@native
def clock_started(chip: State) -> None:
    """Let the RTCs that were started before their clock count from here."""
    for n in range(RTCS):
        chip.rtc_since[n] = chip.now * 8
        plan(chip, n)


@native
def task(chip: State, n: int, offset: int) -> None:
    """Perform the task at register `offset` of RTC `n`."""
    catch_up(chip, n)
    if offset == TASKS_START:
        if chip.rtc_running[n] == 0:
            chip.rtc_running[n] = 1
            chip.rtc_since[n] = chip.now * 8
    elif offset == TASKS_STOP:
        chip.rtc_running[n] = 0
    elif offset in (TASKS_CLEAR, TASKS_TRIGOVRFLW):
        chip.rtc_value[n] = 0 if offset == TASKS_CLEAR else TRIGGERED
        chip.rtc_since[n] = chip.now * 8
    plan(chip, n)


@native
def read(chip: State, n: int, offset: int) -> int:
    """Read a register of RTC `n`."""
    base = BASES[n]
    if offset == COUNTER:
        catch_up(chip, n)
        return int(chip.rtc_value[n])
    if offset in (EVTENSET, EVTENCLR):
        return get(chip, base + EVTEN)
    return get(chip, base + offset)


@native
def write(chip: State, n: int, offset: int, value: int) -> None:
    """Write a register of RTC `n` that is neither task, event nor interrupt enable."""
    base = BASES[n]
    catch_up(chip, n)
    if offset == EVTENSET:
        put(chip, base + EVTEN, get(chip, base + EVTEN) | value)
    elif offset == EVTENCLR:
        put(chip, base + EVTEN, get(chip, base + EVTEN) & ~value)
    elif offset != COUNTER:
        put(chip, base + offset, value)
    plan(chip, n)


@native
def reset(chip: State, n: int) -> None:
    """Stop and clear RTC `n`."""
    chip.rtc_running[n] = 0
    chip.rtc_value[n] = 0
    schedule(chip, SOURCE_RTC + n, NEVER)
