"""Loads and stores that leave flash and RAM: which register they reach, and at which cycle of their block."""

from __future__ import annotations

from numba import carray

from harness.simulator import bus
from harness.simulator.core import advance, effective_address, halfword_index
from harness.simulator.memory_map import PERIPHERALS, SYSTEM
from harness.simulator.native import I32, I64, POINTER, U8, U32, U64, VOID, callback, native, signed
from harness.simulator.peripherals import events, gpio, system
from harness.simulator.state import STATE_TYPE, State
from harness.simulator.transfers import LOAD, VALID, WORDS_MASK, WORDS_SHIFT


@native
def present(chip: State, address: int, load: int) -> int:
    """Find the cycle at which the instruction that now accesses `address` began.

    The engine does not tell which instruction of the block it is: it is the first load or store, behind those that
    were already seen, whose registers give that address. Where none does, the end of the block stands in.
    """
    first = halfword_index(chip.block)
    last = first + ((chip.expected - chip.block) >> 1)
    at = first + chip.accessed
    while at < last:
        transfer = signed(chip.transfers[at])
        if transfer & VALID != 0 and transfer & LOAD == load:
            beyond = address - effective_address(chip, transfer)
            words = (transfer >> WORDS_SHIFT) & WORDS_MASK
            if 0 <= beyond < 4 * words:
                chip.accessed = at - first + (0 if beyond < 4 * words - 4 else 1)
                cycle = chip.end
                for left in range(at, last):
                    cycle -= signed(chip.instructions[left])
                return cycle
        at += 1
    return chip.end


@native
def arrive(chip: State, address: int, load: int) -> None:
    """Bring the peripherals to the present, since the core is about to look at them or change them."""
    cycle = max(chip.now, present(chip, address, load))
    if chip.next_deadline <= cycle:
        advance(chip.self_address, cycle)
    chip.now = cycle
    chip.due = 0


@native
def part_of(word: int, address: int, size: int) -> int:
    """Cut the `size` bytes at `address` out of the word around them."""
    return (word >> (8 * (address & 3))) & ((1 << (8 * size)) - 1)


@native
def merged(word: int, address: int, size: int, value: int) -> int:
    """Return the word around `address` with `size` bytes there replaced by `value`."""
    shift = 8 * (address & 3)
    mask = ((1 << (8 * size)) - 1) << shift
    return (word & ~mask) | ((value << shift) & mask)


READ = U64(POINTER, U64, U32, POINTER)
WRITE = VOID(POINTER, U64, U32, U64, POINTER)


@callback(READ)
def read_peripheral(_engine: int, offset: int, size: int, user: int) -> int:
    """Answer a load from the peripherals."""
    chip = carray(user, 1, STATE_TYPE)[0]
    address = PERIPHERALS + signed(offset)
    arrive(chip, address, LOAD)
    return part_of(bus.read(chip, address & ~3), address, signed(size))


@callback(WRITE)
def write_peripheral(_engine: int, offset: int, size: int, value: int, user: int) -> None:
    """Answer a store to the peripherals."""
    chip = carray(user, 1, STATE_TYPE)[0]
    address = PERIPHERALS + signed(offset)
    arrive(chip, address, 0)
    word = signed(value)
    if size < 4:  # noqa: PLR2004 - bytes of a word
        word = merged(events.get(chip, address & ~3), address, signed(size), word)
    bus.write(chip, address & ~3, word)


@callback(READ)
def read_system(_engine: int, offset: int, size: int, user: int) -> int:
    """Answer a load from the private peripheral bus."""
    chip = carray(user, 1, STATE_TYPE)[0]
    address = SYSTEM + signed(offset)
    arrive(chip, address, LOAD)
    return part_of(system.read(chip, address & ~3), address, signed(size))


@callback(WRITE)
def write_system(_engine: int, offset: int, size: int, value: int, user: int) -> None:
    """Answer a store to the private peripheral bus."""
    chip = carray(user, 1, STATE_TYPE)[0]
    address = SYSTEM + signed(offset)
    arrive(chip, address, 0)
    word = signed(value)
    if size < 4:  # noqa: PLR2004 - bytes of a word
        word = merged(system.get(chip, address & ~3), address, signed(size), word)
    system.write(chip, address & ~3, word)


@callback(READ)
def read_gpio(_engine: int, offset: int, size: int, user: int) -> int:
    """Answer a load from the ports."""
    chip = carray(user, 1, STATE_TYPE)[0]
    return part_of(gpio.read(chip, signed(offset) & ~3), signed(offset), signed(size))


@callback(WRITE)
def write_gpio(_engine: int, offset: int, size: int, value: int, user: int) -> None:
    """Answer a store to the ports."""
    chip = carray(user, 1, STATE_TYPE)[0]
    address = signed(offset)
    word = signed(value)
    if size < 4:  # noqa: PLR2004 - bytes of a word
        word = merged(gpio.read(chip, address & ~3), address, signed(size), word)
    gpio.write(chip, address & ~3, word)


@callback(U8(POINTER, I32, U64, I32, I64, POINTER))
def on_bad_access(_engine: int, _kind: int, address: int, _size: int, _value: int, user: int) -> bool:
    """Note where an access went that no memory answers; the engine then ends the run with an error."""
    chip = carray(user, 1, STATE_TYPE)[0]
    chip.bad_address = signed(address)
    return False
