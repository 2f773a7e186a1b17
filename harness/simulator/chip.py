"""The nRF52840 as a program sees it: load firmware, run it for a number of cycles, talk over its serial line."""

from __future__ import annotations

import enum
import logging
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
from unicorn import unicorn_const as uc

from harness.simulator import access, bus, core, costs, engine, faults, sleep, state
from harness.simulator.faults import Fault
from harness.simulator.firmware import Firmware
from harness.simulator.layout import scalars_of
from harness.simulator.line import Uart
from harness.simulator.memory_map import (
    FICR,
    FLASH,
    FLASH_BYTES,
    GPIO,
    GPIO_BYTES,
    INFORMATION_BYTES,
    PERIPHERALS,
    PERIPHERALS_BYTES,
    RAM,
    RAM_BYTES,
    SYSTEM,
    SYSTEM_BYTES,
    name_of,
)
from harness.simulator.peripherals import ficr, system
from harness.simulator.state import NEVER

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.simulator.state import State

log = logging.getLogger(__name__)

ERASED = 0xFF
RESET_STACK_POINTER = 0
RESET_VECTOR = 4
BLOCK_REACH = 1024
"""A block does not extend over the border of such a page."""

_resume_sleep = core.command(sleep.resume_sleep)
_reset_peripherals = core.command(core.reset_peripherals)

_MEMORY_FAULTS = {
    uc.UC_ERR_READ_UNMAPPED: faults.READ,
    uc.UC_ERR_READ_PROT: faults.READ,
    uc.UC_ERR_READ_UNALIGNED: faults.UNALIGNED,
    uc.UC_ERR_WRITE_UNMAPPED: faults.WRITE,
    uc.UC_ERR_WRITE_PROT: faults.WRITE_PROTECTED,
    uc.UC_ERR_WRITE_UNALIGNED: faults.UNALIGNED,
    uc.UC_ERR_FETCH_UNMAPPED: faults.FETCH,
    uc.UC_ERR_FETCH_PROT: faults.FETCH_PROTECTED,
    uc.UC_ERR_FETCH_UNALIGNED: faults.FETCH,
    uc.UC_ERR_INSN_INVALID: faults.UNDEFINED,
}


_PERMANENT_HOOKS = 3
OLDEST = 255
"""The highest age that State.address_ages holds."""


class Stop(enum.Enum):
    """Why a run ended."""

    BUDGET = "the cycles asked for have passed"
    IDLE = "asleep, and nothing under way will ever wake it"


class Nrf52840:
    """A simulated nRF52840: Cortex-M4F at 64 MHz, 1 MB flash, 256 KB RAM."""

    def __init__(self) -> None:
        """Make a chip with erased flash."""
        record = np.zeros(1, state.STATE_TYPE)
        self._address = int(record.ctypes.data)
        self._state = cast("State", scalars_of(record))
        self._tables = cast("State", record.view(np.recarray)[0])
        self._flash = _page_aligned(FLASH_BYTES)
        self._ram = _page_aligned(RAM_BYTES)
        self._information = _page_aligned(INFORMATION_BYTES)
        self._engine = engine.Engine()
        self.firmware: Firmware | None = None
        self._connect()
        self.uart = Uart(self._state, self._tables, self._address)
        self.erase()
        self.reset()

    def _connect(self) -> None:
        chip, tables = self._state, self._tables
        chip.engine = self._engine.handle
        chip.self_address = self._address
        chip.flash = self._flash.ctypes.data
        chip.ram = self._ram.ctypes.data
        chip.scratch_address = self._address + cast("int", state.STATE_TYPE.fields["scratch"][1])  # type: ignore[index]
        for base, offsets in bus.MODELLED:
            for offset in offsets:
                tables.modelled[(base + offset - PERIPHERALS) >> 2] = 1
        self._engine.map_memory(FLASH, self._flash, uc.UC_PROT_READ | uc.UC_PROT_EXEC)
        self._engine.map_memory(RAM, self._ram, uc.UC_PROT_ALL)
        self._engine.map_memory(FICR, self._information, uc.UC_PROT_READ)
        for base, size, read, write in (
            (PERIPHERALS, PERIPHERALS_BYTES, access.read_peripheral, access.write_peripheral),
            (GPIO, GPIO_BYTES, access.read_gpio, access.write_gpio),
            (SYSTEM, SYSTEM_BYTES, access.read_system, access.write_system),
        ):
            self._engine.map_registers(base, size, read, write, self._address)
        self._engine.hook(uc.UC_HOOK_BLOCK, core.on_block, self._address)
        self._engine.hook(uc.UC_HOOK_INSN_INVALID, sleep.on_invalid, self._address)
        self._engine.hook(uc.UC_HOOK_MEM_INVALID, access.on_bad_access, self._address)
        own = weakref.ref(self)  # the table of describers must not keep the chip
        core.describers[self._address] = lambda address, size: cast("Nrf52840", own())._describe(address, size)  # noqa: SLF001
        weakref.finalize(self, core.describers.pop, self._address, None)

    def erase(self) -> None:
        """Erase flash and put the factory's words into FICR."""
        self._flash[:] = ERASED
        self._ram[:] = 0
        self._information[:] = ERASED
        for offset, value in ficr.CONTENTS.items():
            self._information[offset : offset + 4] = np.frombuffer(value.to_bytes(4, "little"), np.uint8)

    def load(self, path: Path | str) -> None:
        """Program the ELF at `path` into erased flash and reset.

        Raises FirmwareError where the file is no firmware for this chip.
        """
        firmware = Firmware(Path(path))
        self.erase()
        for segment in firmware.segments:
            offset = segment.address - FLASH
            self._flash[offset : offset + len(segment.data)] = np.frombuffer(segment.data, np.uint8)
        self.firmware = firmware
        self._state.stack_limit = firmware.stack_limit or 0
        self._forget_code()
        self._engine.unhook(_PERMANENT_HOOKS)
        for address in _sev_addresses(firmware):
            self._engine.hook(uc.UC_HOOK_CODE, sleep.on_sev, self._address, address, address)
        self.reset()

    def _forget_code(self) -> None:
        self._tables.blocks[:] = 0
        self._tables.instructions[:] = 0
        self._tables.address_ages[:] = 0
        self._tables.transfers[:] = 0
        self._engine.forget_code()

    def reset(self) -> None:
        """Reset by the pin: time starts at 0, the line is empty, RAM keeps what it holds."""
        chip, tables = self._state, self._tables
        chip.end = chip.now = chip.slept = 0
        chip.bytes_received = chip.bytes_lost = chip.last_received = 0
        tables.deadline[:] = NEVER
        chip.next_deadline = NEVER
        self.uart.clear()
        self._reset_core()

    def _reset_core(self) -> None:
        """Reset what SYSRESETREQ resets: the core and the peripherals, not time and not the line."""
        chip, tables = self._state, self._tables
        tables.registers[:] = 0
        tables.gpio[:] = 0
        tables.system[:] = 0
        for base, values in bus.RESET_VALUES:
            for offset, value in values.items():
                tables.registers[(base + offset - PERIPHERALS) >> 2] = value
        for address, value in system.RESET_VALUES.items():
            tables.system[(address - SYSTEM) >> 2] = value
        _reset_peripherals(self._address)
        chip.fault = faults.NONE
        chip.fault_place = 0
        chip.stop = state.STOP_NONE
        chip.asleep = sleep.AWAKE
        chip.check_stack = 0
        chip.stack_low = RAM + RAM_BYTES
        chip.due = 0
        chip.expected = -1
        vectors = self.firmware.vectors if self.firmware else FLASH
        tables.system[(system.VTOR - SYSTEM) >> 2] = vectors
        for register in engine.REGISTERS.values():
            if register not in (engine.PC, engine.XPSR):
                self._engine.write_register(register, 0)
        self._engine.write_register(engine.SP, self._word(vectors + RESET_STACK_POINTER) & ~3)
        self._pc = self._word(vectors + RESET_VECTOR)
        if self.firmware and self._pc & 1 == 0:
            chip.fault = faults.ARM_STATE

    def _word(self, address: int) -> int:
        return int.from_bytes(self.peek(address, 4), "little")

    @property
    def cycles(self) -> int:
        """Cycles of the 64 MHz clock since the reset."""
        return self._state.end

    @property
    def awake_cycles(self) -> int:
        """Those of `cycles` in which the core was not asleep."""
        return self._state.end - self._state.slept

    @property
    def asleep(self) -> bool:
        """Whether the core sleeps in WFE or WFI."""
        return bool(self._state.asleep)

    @property
    def resting_cycles(self) -> int:
        """Cycles for which only time passes: asleep, the line quiet, until a timer is due; else 0."""
        chip, tables = self._state, self._tables
        busy = any(tables.deadline[source] < NEVER for source in range(state.SOURCE_TIMER))
        return 0 if busy or not chip.asleep else chip.next_deadline - chip.end

    @property
    def stack_low(self) -> int:
        """The lowest stack pointer since the reset, seen at the first block behind each that lowered it."""
        return self._state.stack_low

    def run(self, cycles: int) -> Stop:
        """Simulate at most `cycles` more, to the end of the block in which they end; sleep costs no host time.

        Raises Fault where the firmware fails; the chip then stands until it is reset or loaded.
        """
        chip = self._state
        chip.limit = chip.end + cycles
        chip.due = 0
        while True:
            self.uart.pump()
            chip.stop = state.STOP_FAULT if chip.fault else state.STOP_NONE
            if not chip.asleep or _resume_sleep(self._address):
                self._execute()
            self._report_notes()
            if chip.stop == state.STOP_FAULT or chip.fault:
                raise self._fault()
            if chip.stop == state.STOP_RESET:
                self._reset_core()
            elif chip.stop == state.STOP_BUDGET:
                self.uart.pump()
                return Stop.BUDGET
            elif chip.stop == state.STOP_IDLE:
                self.uart.pump()
                return Stop.IDLE

    def _execute(self) -> None:
        chip = self._state
        error = self._engine.run(self._pc) if not chip.fault else 0
        self._pc = self._engine.read_register(engine.PC)
        if chip.asleep or chip.fault or chip.stop:
            return
        if error == uc.UC_ERR_OK and self._halfword(self._pc - 2) == sleep.WFI_OPCODE:
            chip.asleep = sleep.WFI
            if _resume_sleep(self._address):
                chip.stop = state.STOP_NONE
            return
        chip.fault, chip.fault_address = self._classify(error)

    def _halfword(self, address: int) -> int:
        return int.from_bytes(self.peek(address, 2), "little")

    def _classify(self, error: int) -> tuple[int, int]:
        """Return the fault code and address for Unicorn's error number."""
        chip = self._state
        if error in (uc.UC_ERR_FETCH_UNMAPPED, uc.UC_ERR_FETCH_PROT):
            return _MEMORY_FAULTS[error], self._pc
        if self._pc >= SYSTEM:
            return faults.FETCH_PROTECTED, self._pc
        if error in _MEMORY_FAULTS:
            return _MEMORY_FAULTS[error], chip.bad_address
        if self._pc < FLASH_BYTES and self._halfword(self._pc) >> 8 == 0xBE:  # noqa: PLR2004
            return faults.BREAKPOINT, self._pc
        if self._pc < FLASH_BYTES and self._halfword(self._pc - 2) >> 8 == 0xDF:  # noqa: PLR2004
            chip.fault_place = self._pc - 2
            return faults.SUPERVISOR_CALL, self._pc - 2
        return faults.EXCEPTION, self._pc

    def _fault(self) -> Fault:
        chip = self._state
        registers = {name: self._engine.read_register(number) for name, number in engine.REGISTERS.items()}
        at = chip.fault_place or self._pc
        place, caller = faults.Place(at, None, None), None
        if self.firmware:
            place = self.firmware.place(at)
            caller = self.firmware.place(registers["lr"] & ~1) if registers["lr"] < FLASH_BYTES else None
        return Fault(chip.fault, chip.fault_address, place, caller, registers, self.cycles)

    def _report_notes(self) -> None:
        chip = self._state
        if chip.notes_count == 0:
            return
        for address, block in self._tables.notes[: chip.notes_count].tolist():
            place = self.firmware.place(block) if self.firmware else f"0x{block:08X}"
            log.warning("%s is not modelled and behaves as memory; first used in %s", name_of(address), place)
        chip.notes_count = 0

    def _describe(self, address: int, size: int) -> int:
        """Cost the block at `address`, which is about to run for the first time."""
        tables = self._tables
        block = costs.decode(self.peek(address, size), address)
        first = address >> 1 if address < FLASH_BYTES else state.FLASH_HALFWORDS + ((address - RAM) >> 1)
        for instruction in block.instructions:
            at = first + instruction.offset // 2
            tables.instructions[at] = instruction.cycles
            tables.instructions[at + 1 : at + instruction.size // 2] = 0
            tables.transfers[at] = instruction.transfer
            if instruction.address_age:
                tables.address_ages[at] = min(instruction.address_age, OLDEST)
        fpu_on = int(tables.system[(system.CPACR - SYSTEM) >> 2]) & system.FPU_FULL == system.FPU_FULL
        word = block.word(fpu_on=fpu_on)
        tables.blocks[first] = word
        return word

    def peek(self, address: int, count: int) -> bytes:
        """`count` bytes of flash, RAM or FICR from `address`, as a debugger reads them."""
        memory, offset = self._memory(address, count)
        return memory[offset : offset + count].tobytes()

    def poke(self, address: int, data: bytes) -> None:
        """Overwrite flash, RAM or FICR from `address`, as a debugger does."""
        memory, offset = self._memory(address, len(data))
        memory[offset : offset + len(data)] = np.frombuffer(data, np.uint8)
        self._forget_code()

    def _memory(self, address: int, count: int) -> tuple[NDArray[np.uint8], int]:
        for base, memory in ((FLASH, self._flash), (RAM, self._ram), (FICR, self._information)):
            if base <= address and address + count <= base + memory.nbytes:
                return memory, address - base
        raise ValueError(f"there is no memory at 0x{address:08X}, or it ends before {count} bytes")


def _page_aligned(size: int) -> NDArray[np.uint8]:
    """Zeros that begin at a page of the host."""
    page = 4096
    raw = np.zeros(size + page, np.uint8)
    start = -raw.ctypes.data % page
    return raw[start : start + size]


def _sev_addresses(firmware: Firmware) -> list[int]:
    """Where a SEV may stand in flash; a halfword that only looks like one is never executed as one."""
    pattern = sleep.SEV_OPCODE.to_bytes(2, "little")
    found = []
    for segment in firmware.segments:
        at = segment.data.find(pattern)
        while at >= 0:
            if (segment.address + at) % 2 == 0:
                found.append(segment.address + at)
            at = segment.data.find(pattern, at + 1)
    return found
