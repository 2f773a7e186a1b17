"""CLOCK: the 64 MHz and 32.768 kHz clock sources and how long they take to start (nRF52840 PS v1.7, 5.4)."""

from __future__ import annotations

from harness.simulator.memory_map import CLOCK, CLOCK_HZ
from harness.simulator.native import native
from harness.simulator.peripherals.events import get, put, raise_event, schedule
from harness.simulator.state import NEVER, SOURCE_HFCLK, SOURCE_LFCLK, State

TASKS_HFCLKSTART = 0x000
TASKS_HFCLKSTOP = 0x004
TASKS_LFCLKSTART = 0x008
TASKS_LFCLKSTOP = 0x00C
EVENTS_HFCLKSTARTED = 0x100
EVENTS_LFCLKSTARTED = 0x104
HFCLKRUN = 0x408
HFCLKSTAT = 0x40C
LFCLKRUN = 0x414
LFCLKSTAT = 0x418
LFCLKSRCCOPY = 0x41C
LFCLKSRC = 0x518

STATE_RUNNING = 1 << 16
SOURCE_CRYSTAL = 1
"""HFCLKSTAT.SRC and LFCLKSRC.SRC: the crystal oscillator."""

HFXO_START_CYCLES = CLOCK_HZ * 360 // 1_000_000
"""t_START,HFXO, typically 0.36 ms."""
LFRC_START_CYCLES = CLOCK_HZ * 600 // 1_000_000
"""t_START,LFRC, typically 600 us."""
LFXO_START_CYCLES = CLOCK_HZ // 4
"""t_START,LFXO, typically 0.25 s."""

REGISTERS = (
    *(TASKS_HFCLKSTART, TASKS_HFCLKSTOP, TASKS_LFCLKSTART, TASKS_LFCLKSTOP),
    *(EVENTS_HFCLKSTARTED, EVENTS_LFCLKSTARTED),
    *(HFCLKRUN, HFCLKSTAT, LFCLKRUN, LFCLKSTAT, LFCLKSRCCOPY, LFCLKSRC),
)
RESET_VALUES = {HFCLKSTAT: STATE_RUNNING}


@native
def low_frequency_runs(chip: State) -> bool:
    """Whether the 32.768 kHz clock runs."""
    return get(chip, CLOCK + LFCLKSTAT) & STATE_RUNNING != 0


@native
def task(chip: State, offset: int) -> None:
    """Perform the task at register `offset`."""
    if offset == TASKS_HFCLKSTART:
        put(chip, CLOCK + HFCLKRUN, 1)
        ready = get(chip, CLOCK + HFCLKSTAT) & SOURCE_CRYSTAL != 0
        schedule(chip, SOURCE_HFCLK, chip.now + (0 if ready else HFXO_START_CYCLES))
    elif offset == TASKS_HFCLKSTOP:
        put(chip, CLOCK + HFCLKRUN, 0)
        put(chip, CLOCK + HFCLKSTAT, STATE_RUNNING)
        schedule(chip, SOURCE_HFCLK, NEVER)
    elif offset == TASKS_LFCLKSTART:
        put(chip, CLOCK + LFCLKRUN, 1)
        source = get(chip, CLOCK + LFCLKSRC)
        put(chip, CLOCK + LFCLKSRCCOPY, source)
        start = LFXO_START_CYCLES if source & 3 == SOURCE_CRYSTAL else LFRC_START_CYCLES
        schedule(chip, SOURCE_LFCLK, chip.now + (0 if low_frequency_runs(chip) else start))
    elif offset == TASKS_LFCLKSTOP:
        put(chip, CLOCK + LFCLKRUN, 0)
        put(chip, CLOCK + LFCLKSTAT, 0)
        schedule(chip, SOURCE_LFCLK, NEVER)


@native
def high_frequency_started(chip: State) -> None:
    """Let the crystal oscillator drive the 64 MHz clock from now on."""
    schedule(chip, SOURCE_HFCLK, NEVER)
    put(chip, CLOCK + HFCLKSTAT, STATE_RUNNING | SOURCE_CRYSTAL)
    raise_event(chip, CLOCK + EVENTS_HFCLKSTARTED)


@native
def low_frequency_started(chip: State) -> None:
    """Let the 32.768 kHz clock run from now on."""
    schedule(chip, SOURCE_LFCLK, NEVER)
    put(chip, CLOCK + LFCLKSTAT, STATE_RUNNING | (get(chip, CLOCK + LFCLKSRC) & 3))
    raise_event(chip, CLOCK + EVENTS_LFCLKSTARTED)


@native
def reset(chip: State) -> None:
    """No source is starting."""
    schedule(chip, SOURCE_HFCLK, NEVER)
    schedule(chip, SOURCE_LFCLK, NEVER)
