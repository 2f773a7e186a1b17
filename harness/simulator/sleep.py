"""WFE, WFI and SEV: when the core sleeps, what wakes it, and how time skips until then (ARMv7-M ARM, B1.5.18)."""

from __future__ import annotations

from numba import carray

from harness.simulator import engine, faults
from harness.simulator.core import COMMAND, advance, line_full, register
from harness.simulator.memory_map import FLASH_BYTES, PERIPHERALS, RAM, UARTE0
from harness.simulator.native import (
    I64,
    POINTER,
    U8,
    U32,
    U64,
    VOID,
    callback,
    exported,
    load_byte,
    native,
    pointer,
    signed,
)
from harness.simulator.peripherals import events, rtc, timer, uarte
from harness.simulator.state import (
    NEVER,
    RTCS,
    SOURCE_RTC,
    SOURCE_RX,
    SOURCE_TIMER,
    STATE_TYPE,
    STOP_BUDGET,
    STOP_FAULT,
    STOP_IDLE,
    STOP_LINE,
    STOP_NONE,
    TIMERS,
    State,
)

AWAKE, WFE, WFI = 0, 1, 2
WFE_OPCODE, WFI_OPCODE, SEV_OPCODE = 0xBF20, 0xBF30, 0xBF40
PC, XPSR = engine.PC, engine.XPSR
THUMB_BIT = 1 << 24

LISTENERS = (UARTE0, *timer.BASES, *rtc.BASES)
"""Peripherals whose interrupts can end a sleep that has no end in sight."""


@native
def halfword(chip: State, address: int) -> int:
    """Read the halfword of code at `address`."""
    at = chip.flash + address if address < FLASH_BYTES else chip.ram + address - RAM
    return signed(load_byte(at)) | signed(load_byte(at + 1)) << 8


@native
def woken(chip: State) -> bool:
    """Whether a sleeping core goes on: for WFE the event register, for WFI an enabled pending interrupt."""
    if chip.asleep == WFE and chip.event_register != 0:
        chip.event_register = 0
        return True
    return chip.irq_pending & chip.irq_enabled != 0


@native
def enabled(chip: State, channel: int) -> bool:
    """Whether PPI `channel` is enabled and its event end-point is a peripheral's."""
    return (chip.ppi_enabled >> channel) & 1 != 0 and chip.ppi_event[channel] >= PERIPHERALS


@native
def reaches(chip: State, channel: int, mask: int) -> bool:
    """Whether a task of PPI `channel` belongs to a peripheral in `mask`."""
    task = chip.ppi_task[channel]
    fork = chip.ppi_fork[channel]
    if task >= PERIPHERALS and (mask >> events.interrupt_of(task)) & 1 != 0:
        return True
    return fork >= PERIPHERALS and (mask >> events.interrupt_of(fork)) & 1 != 0


@native
def listening(chip: State) -> int:
    """Return a bit for each peripheral whose activity can make an interrupt pending, itself or over PPI."""
    mask = 0
    for base in LISTENERS:
        if events.get(chip, base + events.INTEN) != 0:
            mask |= 1 << events.interrupt_of(base)
    before = -1
    while before != mask:
        before = mask
        for channel in range(32):
            if enabled(chip, channel) and reaches(chip, channel, mask):
                mask |= 1 << events.interrupt_of(chip.ppi_event[channel])
    return mask


@native
def matters(chip: State, event: int, mask: int) -> bool:
    """Whether the event at address `event` can wake the core: by its interrupt, or by PPI."""
    base = event & ~events.PAGE
    if (events.get(chip, base + events.INTEN) >> ((event >> 2) & 31)) & 1 != 0:
        return True
    for channel in range(32):
        if enabled(chip, channel) and chip.ppi_event[channel] == event and reaches(chip, channel, mask):
            return True
    return False


@native
def any_matters(chip: State, first_event: int, count: int, mask: int) -> bool:
    """Whether one of `count` events from address `first_event` can wake the core."""
    for number in range(count):  # noqa: SIM110 - native code has no generators
        if matters(chip, first_event + 4 * number, mask):
            return True
    return False


@native
def idle(chip: State) -> bool:
    """Whether nothing under way can ever wake the core: the line is quiet and no timer event is listened to."""
    for source in range(SOURCE_TIMER):
        if chip.deadline[source] < NEVER:
            return False
    mask = listening(chip)
    for n in range(TIMERS):
        first = timer.BASES[n] + timer.EVENTS_COMPARE
        if chip.deadline[SOURCE_TIMER + n] < NEVER and any_matters(chip, first, timer.CHANNELS[n], mask):
            return False
    for n in range(RTCS):
        first = rtc.BASES[n] + events.EVENTS
        if chip.deadline[SOURCE_RTC + n] < NEVER and any_matters(chip, first, 32, mask):
            return False
    return True


@native
def sleep(chip: State) -> bool:
    """Skip time to what wakes the core; false where the run must end first."""
    while True:
        if chip.fault != faults.NONE:
            chip.stop = STOP_FAULT
        elif line_full(chip):
            chip.stop = STOP_LINE
        if chip.stop != STOP_NONE:
            return False
        if woken(chip):
            chip.asleep = AWAKE
            chip.due = 0
            return True
        if idle(chip):
            chip.stop = STOP_IDLE
            return False
        if chip.next_deadline > chip.limit:
            chip.stop = STOP_BUDGET
        until = max(chip.end, min(chip.next_deadline, chip.limit))
        chip.slept += until - chip.end
        chip.end = until
        if chip.stop == STOP_NONE:
            advance(chip.self_address, until)


@exported("simulator_sleep", I64(I64))
def _sleep(state: int) -> int:
    return signed(1 if sleep(carray(pointer(state), 1, STATE_TYPE)[0]) else 0)


@callback(U8(POINTER, POINTER))
def on_invalid(_engine: int, user: int) -> bool:
    """Take WFE, which the engine reports as an invalid instruction, or a real one; true to go on."""
    chip = carray(user, 1, STATE_TYPE)[0]
    at = register(chip, PC)
    if at == chip.expected and halfword(chip, at - 2) == WFE_OPCODE:
        advance(chip.self_address, chip.end)
        chip.asleep = WFE
        return bool(_sleep(chip.self_address) != 0)
    arm = register(chip, XPSR) & THUMB_BIT == 0
    faults.raise_fault(chip, faults.ARM_STATE if arm else faults.UNDEFINED, at)
    chip.stop = STOP_FAULT
    return False


@callback(VOID(POINTER, U64, U32, POINTER))
def on_sev(_engine: int, _address: int, _size: int, user: int) -> None:
    """Set the event register."""
    carray(user, 1, STATE_TYPE)[0].event_register = 1


@callback(COMMAND)
def resume_sleep(user: int) -> int:
    """Go on sleeping after the run was interrupted; 1 where the core woke."""
    chip = carray(user, 1, STATE_TYPE)[0]
    return int(_sleep(chip.self_address))


@callback(COMMAND)
def start_line(user: int) -> int:
    """Begin the first of the host's bytes where the line was quiet."""
    chip = carray(user, 1, STATE_TYPE)[0]
    if chip.deadline[SOURCE_RX] >= NEVER:
        uarte.begin_arrival(chip, chip.end)
        chip.due = 0
    return 0
