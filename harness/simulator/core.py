"""What happens at each block of instructions, at each access to a register, and in sleep: the native callbacks."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING

import llvmlite.binding
import numpy as np
from numba import carray, types

from harness.simulator import bus, costs, engine, faults
from harness.simulator.memory_map import FLASH_BYTES, PERIPHERALS, RAM, SYSTEM
from harness.simulator.native import (
    I32,
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
)
from harness.simulator.peripherals import events, gpio, rtc, system, timer, uarte
from harness.simulator.state import (
    FLASH_HALFWORDS,
    LINE_BYTES,
    NEVER,
    RTCS,
    SOURCE_RTC,
    SOURCE_TIMER,
    STATE_TYPE,
    STOP_BUDGET,
    STOP_FAULT,
    STOP_IDLE,
    STOP_LINE_FULL,
    STOP_NONE,
    TIMERS,
    State,
)

if TYPE_CHECKING:
    from collections.abc import Callable

AWAKE, WFE, WFI = 0, 1, 2
WFE_OPCODE, WFI_OPCODE, SEV_OPCODE = 0xBF20, 0xBF30, 0xBF40
LINE_ROOM = 4096
"""Room that is kept in the outgoing line, so that no byte is lost before a run ends."""

describers: dict[int, Callable[[int, int], int]] = {}
"""By address of a chip's state: what describes a block (address, size) that was not seen before."""


@ctypes.CFUNCTYPE(ctypes.c_uint32, ctypes.c_int64, ctypes.c_int64, ctypes.c_int64)
def _describe(state: int, address: int, size: int) -> int:
    return describers[state](address, size)


llvmlite.binding.add_symbol("simulator_describe_block", ctypes.cast(_describe, ctypes.c_void_p).value)
llvmlite.binding.add_symbol("uc_emu_stop", engine.symbol("uc_emu_stop"))
llvmlite.binding.add_symbol("uc_reg_read", engine.symbol("uc_reg_read"))
_describe_block = types.ExternalFunction("simulator_describe_block", U32(I64, I64, I64))
_emu_stop = types.ExternalFunction("uc_emu_stop", I32(I64))
_reg_read = types.ExternalFunction("uc_reg_read", I32(I64, I32, I64))

SP, PC, XPSR, PRIMASK = engine.SP, engine.PC, engine.XPSR, engine.PRIMASK
THUMB_BIT = 1 << 24


@exported("simulator_advance", VOID(I64, I64))
def _advance(state: int, cycle: int) -> None:
    bus.advance(carray(pointer(state), 1, STATE_TYPE)[0], cycle)


@native
def register(chip: State, number: int) -> int:
    """The value of a core register."""
    chip.scratch = 0
    _reg_read(chip.engine, np.int32(number), chip.scratch_address)
    return chip.scratch & 0xFFFF_FFFF


@native
def halfword(chip: State, address: int) -> int:
    """The halfword of code at `address`."""
    at = chip.flash + address if address < FLASH_BYTES else chip.ram + address - RAM
    return np.int64(load_byte(at)) | np.int64(load_byte(at + 1)) << 8


@native
def line_full(chip: State) -> bool:
    """Whether the host must take bytes before the board may send more."""
    return chip.line_out_tail - chip.line_out_head > LINE_BYTES - LINE_ROOM


@native
def check_stack(chip: State) -> None:
    """Look at the stack pointer after a block that lowered it."""
    chip.check_stack = 0
    top = register(chip, SP)
    chip.stack_low = min(chip.stack_low, top)
    if top < chip.stack_limit:
        faults.raise_fault(chip, faults.STACK_OVERFLOW, chip.stack_limit)


@native
def check_interrupts(chip: State) -> bool:
    """Whether an enabled interrupt is pending; unless PRIMASK holds it back, that is where this model ends."""
    deliverable = chip.irq_pending & chip.irq_enabled
    if deliverable == 0:
        return False
    if register(chip, PRIMASK) & 1 == 0:
        number = 0
        while (deliverable >> number) & 1 == 0:
            number += 1
        faults.raise_fault(chip, faults.INTERRUPT, number)
    return True


@native
def service(chip: State) -> bool:
    """Do what is due at a block boundary; true where the run must end here."""
    if chip.check_stack != 0:
        check_stack(chip)
    held_back = False
    if chip.stop == STOP_NONE and chip.fault == faults.NONE:
        if chip.next_deadline <= chip.end:
            _advance(chip.self_address, chip.end)
        held_back = check_interrupts(chip)
        if line_full(chip):
            chip.stop = STOP_LINE_FULL
        elif chip.end >= chip.limit:
            chip.stop = STOP_BUDGET
    if chip.fault != faults.NONE:
        chip.stop = STOP_FAULT
    if chip.stop != STOP_NONE:
        _emu_stop(chip.engine)
        return True
    chip.due = 0 if held_back else min(chip.limit, chip.next_deadline)
    return False


@native
def rare(chip: State, known: int, index: int) -> None:
    """What few blocks need: a look at the stack pointer, at a branch to itself, at the FPU's permission."""
    if known & costs.LOWERS_STACK != 0:
        chip.check_stack = 1
        chip.due = 0
    if known & costs.SELF_BRANCH != 0 and chip.irq_enabled == 0:
        faults.raise_fault(chip, faults.STUCK, chip.block)
    if known & costs.NO_FPU != 0:
        if system.get(chip, system.CPACR) & system.FPU_FULL == system.FPU_FULL:
            chip.blocks[index] = known & ~costs.NO_FPU
        else:
            faults.raise_fault(chip, faults.FPU_OFF, chip.block)
            _emu_stop(chip.engine)


@callback(VOID(POINTER, U64, U32, POINTER))
def on_block(_engine: int, block: int, block_bytes: int, user: int) -> None:
    """Charge the block that begins, unless something is due that ends the run before it."""
    chip = carray(user, 1, STATE_TYPE)[0]
    if chip.end >= chip.due and service(chip):
        return
    address = np.int64(block)
    size = np.int64(block_bytes)
    index = address >> 1 if address < FLASH_BYTES else FLASH_HALFWORDS + ((address - RAM) >> 1)
    known = np.int64(chip.blocks[index])
    if (known >> costs.SIZE_SHIFT) & costs.SIZE_MASK != size >> 1:
        known = np.int64(_describe_block(chip.self_address, address, size))
    cost = known & costs.COST_MASK
    if address != chip.expected:
        cost += costs.REFILL
    chip.begin = chip.end
    chip.end += cost
    chip.block = address
    chip.expected = address + size
    chip.accesses = 0
    if known & costs.RARE != 0:
        rare(chip, known, index)


@native
def woken(chip: State) -> bool:
    """Whether a sleeping core goes on: for WFE the event register, for WFI an enabled pending interrupt."""
    if chip.asleep == WFE and chip.event_register != 0:
        chip.event_register = 0
        return True
    return chip.irq_pending & chip.irq_enabled != 0


@native
def listening(chip: State) -> int:
    """A bit for each peripheral whose activity can make an interrupt pending, itself or over PPI."""
    mask = 0
    for base in timer.BASES:
        if events.get(chip, base + events.INTEN) != 0:
            mask |= 1 << events.interrupt_of(base)
    for base in rtc.BASES:
        if events.get(chip, base + events.INTEN) != 0:
            mask |= 1 << events.interrupt_of(base)
    if events.get(chip, uarte.UARTE0 + events.INTEN) != 0:
        mask |= 1 << events.interrupt_of(uarte.UARTE0)
    grown = True
    while grown:
        grown = False
        for channel in range(32):
            if (chip.ppi_enabled >> channel) & 1 != 0 and chip.ppi_event[channel] >= PERIPHERALS:
                source = 1 << events.interrupt_of(chip.ppi_event[channel])
                if mask & source == 0 and reaches(chip, channel, mask):
                    mask |= source
                    grown = True
    return mask


@native
def reaches(chip: State, channel: int, mask: int) -> bool:
    """Whether a task of PPI `channel` belongs to a peripheral in `mask`."""
    task = chip.ppi_task[channel]
    fork = chip.ppi_fork[channel]
    if task >= PERIPHERALS and (mask >> events.interrupt_of(task)) & 1 != 0:
        return True
    return fork >= PERIPHERALS and (mask >> events.interrupt_of(fork)) & 1 != 0


@native
def matters(chip: State, event: int, mask: int) -> bool:
    """Whether the event at address `event` can wake the core: by its interrupt, or by PPI."""
    base = event & ~events.PAGE
    if (events.get(chip, base + events.INTEN) >> ((event >> 2) & 31)) & 1 != 0:
        return True
    for channel in range(32):
        if (chip.ppi_enabled >> channel) & 1 != 0 and chip.ppi_event[channel] == event and reaches(chip, channel, mask):
            return True
    return False


@native
def idle(chip: State) -> bool:
    """Whether nothing that is under way can ever wake the core: the line is quiet and no timer event is listened to."""
    for source in range(SOURCE_TIMER):
        if chip.deadline[source] < NEVER:
            return False
    mask = listening(chip)
    for n in range(TIMERS):
        if chip.deadline[SOURCE_TIMER + n] < NEVER:
            for channel in range(timer.CHANNELS[n]):
                if matters(chip, timer.BASES[n] + timer.EVENTS_COMPARE + 4 * channel, mask):
                    return False
    for n in range(RTCS):
        if chip.deadline[SOURCE_RTC + n] < NEVER:
            for bit in range(32):
                if matters(chip, rtc.BASES[n] + events.EVENTS + 4 * bit, mask):
                    return False
    return True


@native
def sleep(chip: State) -> bool:
    """Skip time to what wakes the core; false where the run must end first."""
    while True:
        if chip.fault != faults.NONE:
            chip.stop = STOP_FAULT
        elif line_full(chip):
            chip.stop = STOP_LINE_FULL
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
            _advance(chip.self_address, until)


@exported("simulator_sleep", I64(I64))
def _sleep(state: int) -> int:
    return np.int64(1 if sleep(carray(pointer(state), 1, STATE_TYPE)[0]) else 0)


@callback(U8(POINTER, POINTER))
def on_invalid(_engine: int, user: int) -> bool:
    """WFE, which the processor reports as an invalid instruction, or one that is; true to go on."""
    chip = carray(user, 1, STATE_TYPE)[0]
    at = register(chip, PC)
    if at == chip.expected and halfword(chip, at - 2) == WFE_OPCODE:
        _advance(chip.self_address, chip.end)
        chip.asleep = WFE
        return _sleep(chip.self_address) != 0
    arm = register(chip, XPSR) & THUMB_BIT == 0
    faults.raise_fault(chip, faults.ARM_STATE if arm else faults.UNDEFINED, at)
    chip.stop = STOP_FAULT
    return False


@callback(VOID(POINTER, U64, U32, POINTER))
def on_sev(_engine: int, _address: int, _size: int, user: int) -> None:
    """SEV sets the event register."""
    carray(user, 1, STATE_TYPE)[0].event_register = 1


@native
def arrive_at_access(chip: State) -> None:
    """Bring the peripherals to the present, since the core is about to look at them or change them."""
    present = max(chip.now, chip.end)
    if chip.next_deadline <= present:
        _advance(chip.self_address, present)
    chip.now = present
    chip.due = 0


@native
def part_of(word: int, address: int, size: int) -> int:
    """The `size` bytes at `address` of the word around them."""
    return (word >> (8 * (address & 3))) & ((1 << (8 * size)) - 1)


@native
def merged(word: int, address: int, size: int, value: int) -> int:
    """The word around `address` with `size` bytes there replaced by `value`."""
    shift = 8 * (address & 3)
    mask = ((1 << (8 * size)) - 1) << shift
    return (word & ~mask) | ((value << shift) & mask)


READ = U64(POINTER, U64, U32, POINTER)
WRITE = VOID(POINTER, U64, U32, U64, POINTER)
WORD_BYTES = 4


@callback(READ)
def read_peripheral(_engine: int, offset: int, size: int, user: int) -> int:
    """A load from the peripherals."""
    chip = carray(user, 1, STATE_TYPE)[0]
    address = PERIPHERALS + np.int64(offset)
    arrive_at_access(chip)
    return np.uint64(part_of(bus.read(chip, address & ~3), address, np.int64(size)))


@callback(WRITE)
def write_peripheral(_engine: int, offset: int, size: int, value: int, user: int) -> None:
    """A store to the peripherals."""
    chip = carray(user, 1, STATE_TYPE)[0]
    address = PERIPHERALS + np.int64(offset)
    arrive_at_access(chip)
    word = np.int64(value)
    if size < WORD_BYTES:
        word = merged(events.get(chip, address & ~3), address, np.int64(size), word)
    bus.write(chip, address & ~3, word)


@callback(READ)
def read_system(_engine: int, offset: int, size: int, user: int) -> int:
    """A load from the private peripheral bus."""
    chip = carray(user, 1, STATE_TYPE)[0]
    address = SYSTEM + np.int64(offset)
    arrive_at_access(chip)
    return np.uint64(part_of(system.read(chip, address & ~3), address, np.int64(size)))


@callback(WRITE)
def write_system(_engine: int, offset: int, size: int, value: int, user: int) -> None:
    """A store to the private peripheral bus."""
    chip = carray(user, 1, STATE_TYPE)[0]
    address = SYSTEM + np.int64(offset)
    arrive_at_access(chip)
    word = np.int64(value)
    if size < WORD_BYTES:
        word = merged(system.get(chip, address & ~3), address, np.int64(size), word)
    system.write(chip, address & ~3, word)


@callback(READ)
def read_gpio(_engine: int, offset: int, size: int, user: int) -> int:
    """A load from the ports."""
    chip = carray(user, 1, STATE_TYPE)[0]
    return np.uint64(part_of(gpio.read(chip, np.int64(offset) & ~3), np.int64(offset), np.int64(size)))


@callback(WRITE)
def write_gpio(_engine: int, offset: int, size: int, value: int, user: int) -> None:
    """A store to the ports."""
    chip = carray(user, 1, STATE_TYPE)[0]
    address = np.int64(offset)
    word = np.int64(value)
    if size < WORD_BYTES:
        word = merged(gpio.read(chip, address & ~3), address, np.int64(size), word)
    gpio.write(chip, address & ~3, word)


COMMAND = I64(POINTER)


@callback(COMMAND)
def resume_sleep(user: int) -> int:
    """Go on sleeping after the run was interrupted; 1 where the core woke."""
    return _sleep(carray(user, 1, STATE_TYPE)[0].self_address)


@callback(COMMAND)
def reset_peripherals(user: int) -> int:
    """Reset all peripherals."""
    bus.reset(carray(user, 1, STATE_TYPE)[0])
    return 0


@callback(COMMAND)
def start_line(user: int) -> int:
    """Begin the first of the host's bytes where the line was quiet."""
    chip = carray(user, 1, STATE_TYPE)[0]
    if chip.deadline[uarte.SOURCE_RX] >= NEVER:
        uarte.begin_arrival(chip, chip.end)
        chip.due = 0
    return 0


def command(address: int) -> Callable[[int], int]:
    """A native command (a COMMAND of this module) as a Python function of the state's address."""
    function = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_void_p)(address)
    return lambda state: int(function(state))
