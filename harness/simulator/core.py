"""What happens where a block of instructions begins: it is charged, and what is due is done."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING

import numpy as np
from numba import carray, types

from harness.simulator import bus, costs, engine, faults
from harness.simulator.memory_map import FLASH_BYTES, RAM
from harness.simulator.native import (
    I32,
    I64,
    POINTER,
    U32,
    U64,
    VOID,
    add_symbol,
    callback,
    exported,
    native,
    pointer,
    signed,
)
from harness.simulator.peripherals import system
from harness.simulator.state import (
    FLASH_HALFWORDS,
    LINE_BYTES,
    STATE_TYPE,
    STOP_BUDGET,
    STOP_FAULT,
    STOP_LINE,
    STOP_NONE,
    State,
)
from harness.simulator.transfers import (
    ALIGNED,
    BASE_SHIFT,
    INDEX_SHIFT,
    NO_REGISTER,
    OFFSET_BIAS,
    OFFSET_MASK,
    REGISTER_MASK,
    REGISTERS_MASK,
    SCALE_MASK,
    SCALE_SHIFT,
)

if TYPE_CHECKING:
    from collections.abc import Callable

LINE_ROOM = 4096
"""Room that is kept in the outgoing line, so that no byte is lost before a run ends."""
WORD = 0xFFFF_FFFF

describers: dict[int, Callable[[int, int], int]] = {}
"""By address of a chip's state: what describes a block (address, size) that was not seen before."""


def _describe(state: int, address: int, size: int) -> int:
    return describers[state](address, size)


_DESCRIBE = ctypes.CFUNCTYPE(ctypes.c_uint32, ctypes.c_int64, ctypes.c_int64, ctypes.c_int64)(_describe)
add_symbol("simulator_describe_block", ctypes.cast(_DESCRIBE, ctypes.c_void_p).value or 0)
add_symbol("uc_emu_stop", engine.symbol("uc_emu_stop"))
add_symbol("uc_reg_read", engine.symbol("uc_reg_read"))
_describe_block = types.ExternalFunction("simulator_describe_block", U32(I64, I64, I64))
_emu_stop = types.ExternalFunction("uc_emu_stop", I32(I64))
_reg_read = types.ExternalFunction("uc_reg_read", I32(I64, I32, I64))

SP, PRIMASK = engine.SP, engine.PRIMASK


@exported("simulator_advance", VOID(I64, I64))
def advance(state: int, cycle: int) -> None:
    """Let everything happen that is due up to `cycle`, to the chip whose state lies at address `state`."""
    bus.advance(carray(pointer(state), 1, STATE_TYPE)[0], cycle)


@native
def register(chip: State, number: int) -> int:
    """Read a core register (a number of the engine's)."""
    chip.scratch = 0
    _reg_read(chip.engine, np.int32(number), chip.scratch_address)
    return chip.scratch & WORD


@native
def halfword_index(address: int) -> int:
    """Return the place of the code at `address`, in flash or RAM, in the state's tables of halfwords."""
    return address >> 1 if address < FLASH_BYTES else FLASH_HALFWORDS + ((address - RAM) >> 1)


NUMBERS = tuple(engine.REGISTERS[name] for name in (*(f"r{n}" for n in range(13)), "sp", "lr"))
"""The engine's numbers of the registers that can be a base or an index."""


@native
def effective_address(chip: State, transfer: int) -> int:
    """Compute the address that the load or store `transfer` (see transfers) means, from the registers as they are."""
    address = register(chip, NUMBERS[(transfer >> BASE_SHIFT) & REGISTER_MASK]) + (transfer & OFFSET_MASK) - OFFSET_BIAS
    index = (transfer >> INDEX_SHIFT) & REGISTER_MASK
    if index != NO_REGISTER:
        address += register(chip, NUMBERS[index]) << ((transfer >> SCALE_SHIFT) & SCALE_MASK)
    return address & WORD


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
            advance(chip.self_address, chip.end)
        held_back = check_interrupts(chip)
        if line_full(chip):
            chip.stop = STOP_LINE
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
def check_alignment(chip: State, first: int, last: int) -> None:
    """Fault where a transfer in the block from halfword `first` to `last` must begin at a word and does not.

    The registers are those before the block, so a transfer whose address the block itself makes is let pass.
    """
    seen = 0
    for at in range(first, last):
        transfer = signed(chip.transfers[at])
        if transfer & ALIGNED != 0 and transfer & REGISTERS_MASK != seen:
            age = signed(chip.address_ages[at])
            if age == 0 or at - first < age:
                seen = transfer & REGISTERS_MASK
                address = effective_address(chip, transfer)
                if address & 3 != 0:
                    faults.raise_fault(chip, faults.UNALIGNED, address)
                    chip.fault_place = chip.block + 2 * (at - first)
                    _emu_stop(chip.engine)
                    return


@native
def look_closer(chip: State, known: int, index: int) -> None:
    """Do what few blocks need: look at the stack pointer, at a branch to itself, at the FPU's permission."""
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
    if known & costs.ALIGNED != 0:
        check_alignment(chip, index, index + ((known >> costs.SIZE_SHIFT) & costs.SIZE_MASK))


@callback(VOID(POINTER, U64, U32, POINTER))
def on_block(_engine: int, block: int, block_bytes: int, user: int) -> None:
    """Charge the block that begins, unless something is due that ends the run before it.

    The engine does not execute a block in whose hook it is stopped: the next run begins with that block.
    """
    chip = carray(user, 1, STATE_TYPE)[0]
    if chip.end >= chip.due and service(chip):
        return
    address = signed(block)
    size = signed(block_bytes)
    index = halfword_index(address)
    known = signed(chip.blocks[index])
    if (known >> costs.SIZE_SHIFT) & costs.SIZE_MASK != size >> 1:
        known = signed(_describe_block(chip.self_address, address, size))
    cost = known & costs.COST_MASK
    if address != chip.expected:
        cost += costs.REFILL
    chip.end += cost
    chip.block = address
    chip.expected = address + size
    chip.accessed = 0
    if known & costs.RARE != 0:
        look_closer(chip, known, index)


COMMAND = I64(POINTER)


@callback(COMMAND)
def reset_peripherals(user: int) -> int:
    """Reset all peripherals."""
    bus.reset(carray(user, 1, STATE_TYPE)[0])
    return 0


def command(address: int) -> Callable[[int], int]:
    """Make a native command (a COMMAND of this package) a Python function of the state's address."""
    function = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_void_p)(address)
    return lambda state: int(function(state))
