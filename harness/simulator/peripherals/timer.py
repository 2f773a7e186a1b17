"""TIMER0 to TIMER4: timers and counters of 8 to 32 bits on the 16 MHz clock (nRF52840 PS v1.7, 6.30)."""

from __future__ import annotations

from harness.simulator.memory_map import TIMER0, TIMER1, TIMER2, TIMER3, TIMER4
from harness.simulator.native import native
from harness.simulator.peripherals.events import SHORTS, get, put, raise_event, schedule, trigger
from harness.simulator.state import NEVER, SOURCE_TIMER, State

TASKS_START = 0x000
TASKS_STOP = 0x004
TASKS_COUNT = 0x008
TASKS_CLEAR = 0x00C
TASKS_SHUTDOWN = 0x010
TASKS_CAPTURE = 0x040
EVENTS_COMPARE = 0x140
MODE = 0x504
BITMODE = 0x508
PRESCALER = 0x510
CC = 0x540

MODE_TIMER = 0
CYCLES_PER_PERIOD = 4
"""Cycles of 64 MHz in a period of 16 MHz."""
SHORT_STOP_SHIFT = 8
"""SHORTS bit n is COMPARE[n] to CLEAR, bit n + 8 COMPARE[n] to STOP."""
MASK_16, MASK_8, MASK_24, MASK_32 = 0xFFFF, 0xFF, 0xFF_FFFF, 0xFFFF_FFFF
PRESCALER_MAX = 9

BASES = (TIMER0, TIMER1, TIMER2, TIMER3, TIMER4)
CHANNELS = (4, 4, 4, 6, 6)
REGISTERS = tuple(
    (
        *(TASKS_START, TASKS_STOP, TASKS_COUNT, TASKS_CLEAR, TASKS_SHUTDOWN, MODE, BITMODE, PRESCALER),
        *(first + 4 * channel for first in (TASKS_CAPTURE, EVENTS_COMPARE, CC) for channel in range(channels)),
    )
    for channels in CHANNELS
)
RESET_VALUES = {PRESCALER: 4}


@native
def mask(chip: State, base: int) -> int:
    """Return the highest count that BITMODE allows."""
    mode = get(chip, base + BITMODE) & 3
    return MASK_16 if mode == 0 else MASK_8 if mode == 1 else MASK_24 if mode == 2 else MASK_32  # noqa: PLR2004


@native
def tick_cycles(chip: State, base: int) -> int:
    """Cycles between two counts."""
    return CYCLES_PER_PERIOD << min(get(chip, base + PRESCALER) & 15, PRESCALER_MAX)


@native
def catch_up(chip: State, n: int) -> None:
    """Bring the count of timer `n` to the present."""
    base = BASES[n]
    if chip.timer_running[n] != 0 and get(chip, base + MODE) == MODE_TIMER:
        tick = tick_cycles(chip, base)
        ticks = (chip.now - chip.timer_since[n]) // tick
        chip.timer_value[n] = (chip.timer_value[n] + ticks) & mask(chip, base)
        chip.timer_since[n] += ticks * tick


@native
def plan(chip: State, n: int) -> None:
    """Schedule the next compare match of timer `n`, whose count is up to date."""
    base = BASES[n]
    soonest = NEVER
    if chip.timer_running[n] != 0 and get(chip, base + MODE) == MODE_TIMER:
        top = mask(chip, base)
        ticks = top + 1
        for channel in range(CHANNELS[n]):
            distance = (get(chip, base + CC + 4 * channel) - chip.timer_value[n]) & top
            if distance != 0:
                ticks = min(ticks, distance)
        soonest = chip.timer_since[n] + ticks * tick_cycles(chip, base)
    schedule(chip, SOURCE_TIMER + n, soonest)


@native
def match(chip: State, n: int) -> None:
    """Raise the compare events of the count that timer `n` has just reached."""
    base = BASES[n]
    shorts = get(chip, base + SHORTS)
    top = mask(chip, base)
    for channel in range(CHANNELS[n]):
        if get(chip, base + CC + 4 * channel) & top == chip.timer_value[n]:
            raise_event(chip, base + EVENTS_COMPARE + 4 * channel)
            if (shorts >> channel) & 1 != 0:
                trigger(chip, base + TASKS_CLEAR)
            if (shorts >> (channel + SHORT_STOP_SHIFT)) & 1 != 0:
                trigger(chip, base + TASKS_STOP)


@native
def expire(chip: State, n: int) -> None:
    """Timer `n` has counted to its next compare match, or once around."""
    catch_up(chip, n)
    match(chip, n)
    plan(chip, n)


@native
def task(chip: State, n: int, offset: int) -> None:
    """Perform the task at register `offset` of timer `n`."""
    base = BASES[n]
    catch_up(chip, n)
    if offset == TASKS_START:
        if chip.timer_running[n] == 0:
            chip.timer_running[n] = 1
            chip.timer_since[n] = chip.now
    elif offset in (TASKS_STOP, TASKS_SHUTDOWN):
        chip.timer_running[n] = 0
        if offset == TASKS_SHUTDOWN:
            chip.timer_value[n] = 0
    elif offset == TASKS_CLEAR:
        chip.timer_value[n] = 0
        chip.timer_since[n] = chip.now
    elif offset == TASKS_COUNT:
        if chip.timer_running[n] != 0 and get(chip, base + MODE) != MODE_TIMER:
            chip.timer_value[n] = (chip.timer_value[n] + 1) & mask(chip, base)
            match(chip, n)
    elif TASKS_CAPTURE <= offset < TASKS_CAPTURE + 4 * CHANNELS[n]:
        put(chip, base + CC + offset - TASKS_CAPTURE, chip.timer_value[n])
    plan(chip, n)


@native
def write(chip: State, n: int, offset: int, value: int) -> None:
    """Write a register of timer `n` that is neither task, event nor interrupt enable."""
    catch_up(chip, n)
    put(chip, BASES[n] + offset, value)
    chip.timer_value[n] &= mask(chip, BASES[n])
    plan(chip, n)


@native
def reset(chip: State, n: int) -> None:
    """Stop and clear timer `n`."""
    chip.timer_running[n] = 0
    chip.timer_value[n] = 0
    schedule(chip, SOURCE_TIMER + n, NEVER)
