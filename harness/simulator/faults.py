"""The ways in which firmware can fail, and the report that says where it did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import BoardError
from harness.simulator.native import native

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.simulator.state import State

NONE = 0
UNDEFINED = 1
STACK_OVERFLOW = 2
STUCK = 3
DMA = 4
INTERRUPT = 5
FPU_OFF = 6
ARM_STATE = 7

READ = 20
WRITE = 21
FETCH = 22
WRITE_PROTECTED = 23
FETCH_PROTECTED = 24
BREAKPOINT = 25
SUPERVISOR_CALL = 26
UNALIGNED = 27
EXCEPTION = 28
BUS_READ = 29
BUS_WRITE = 30

SENTENCES = {
    UNDEFINED: "executed an undefined instruction",
    STACK_OVERFLOW: "overflowed the stack: the stack pointer went below __StackLimit, 0x{address:08X}",
    STUCK: "is stuck in an endless loop: a branch to itself that no interrupt can leave",
    DMA: "gave EasyDMA the address 0x{address:08X}, which is not in RAM",
    INTERRUPT: "enabled interrupt {address} in the NVIC and it is pending; exception entry is not modelled",
    FPU_OFF: "executed a floating-point instruction while CPACR keeps the FPU off",
    ARM_STATE: "branched to an even address: a Cortex-M has no ARM state",
    READ: "read from 0x{address:08X}, where there is no memory",
    WRITE: "wrote to 0x{address:08X}, where there is no memory",
    FETCH: "ran into 0x{address:08X}, where there is no memory",
    WRITE_PROTECTED: "wrote to 0x{address:08X}, which is read-only",
    FETCH_PROTECTED: "ran into 0x{address:08X}, which holds no code",
    BREAKPOINT: "stopped at a breakpoint instruction",
    SUPERVISOR_CALL: "executed a supervisor call; exception entry is not modelled",
    UNALIGNED: "made a multiple, double or floating-point transfer at 0x{address:08X}, which is not a multiple of 4",
    EXCEPTION: "raised an exception; exception entry is not modelled",
    BUS_READ: "read from 0x{address:08X}: nothing answers there on the bus",
    BUS_WRITE: "wrote to 0x{address:08X}: nothing answers there on the bus",
}
NAMES = {
    UNDEFINED: "undefined instruction",
    STACK_OVERFLOW: "stack overflow",
    STUCK: "endless loop",
    DMA: "DMA outside RAM",
    INTERRUPT: "interrupt",
    FPU_OFF: "FPU off",
    ARM_STATE: "ARM state",
    READ: "bad read",
    WRITE: "bad write",
    FETCH: "bad jump",
    WRITE_PROTECTED: "write to read-only memory",
    FETCH_PROTECTED: "jump into data",
    BREAKPOINT: "breakpoint",
    SUPERVISOR_CALL: "supervisor call",
    UNALIGNED: "unaligned access",
    EXCEPTION: "exception",
    BUS_READ: "bad read",
    BUS_WRITE: "bad write",
}


@native
def raise_fault(chip: State, code: int, address: int) -> None:
    """Note the first fault; the run ends at the next block boundary."""
    if chip.fault == NONE:
        chip.fault = code
        chip.fault_address = address
        chip.due = 0


@native
def raise_fault_at_access(chip: State, code: int, address: int) -> None:
    """Note a fault that the access to a peripheral now under way brought about, at that access."""
    if chip.fault == NONE:
        raise_fault(chip, code, address)
        chip.fault_place = chip.block + 2 * max(chip.accessed - 1, 0)


@dataclass(frozen=True)
class Place:
    """A code address in the words of the source."""

    address: int
    function: str | None
    """The function around the address, or None outside of any."""
    line: str | None
    """`file:line`, or None where the ELF has no line table for it."""

    def __str__(self) -> str:
        """Such as `loop at kws_bench.ino:42 (0x00001234)`."""
        where = self.function or "an unknown function"
        at = f" at {self.line}" if self.line else ""
        return f"{where}{at} (0x{self.address:08X})"


class Fault(BoardError):  # noqa: N818 - the field's word
    """The firmware failed in a way from which a bare board does not recover."""

    def __init__(
        self, code: int, address: int, place: Place, caller: Place | None, registers: Mapping[str, int], cycles: int
    ) -> None:
        """Describe fault `code` (a constant of this module) about `address`, met at `place` after `cycles`."""
        self.code = code
        self.kind = NAMES[code]
        self.address = address
        self.place = place
        self.caller = caller
        self.registers = dict(registers)
        self.cycles = cycles
        super().__init__(self.report())

    @property
    def function(self) -> str | None:
        """The function in which it failed."""
        return self.place.function

    @property
    def line(self) -> str | None:
        """`file:line` where it failed."""
        return self.place.line

    def report(self) -> str:
        """Return the sentence, the place, the caller and the registers."""
        what = SENTENCES[self.code].format(address=self.address)
        lines = [f"{self.kind}: the firmware {what}", f"  in {self.place}"]
        if self.caller:
            lines.append(f"  called from {self.caller}")
        lines.append(f"  after {self.cycles} cycles, with")
        items = [f"{name:>4} {value:08x}" for name, value in self.registers.items()]
        lines += ["   " + "  ".join(items[row : row + 4]) for row in range(0, len(items), 4)]
        return "\n".join(lines)
