"""How many cycles each instruction takes on a Cortex-M4 whose memory never waits.

Source: Arm Cortex-M4 Technical Reference Manual r0p1 (100166), 3.3.1 instruction set summary, 3.3.3 load/store timings,
7.2.3 floating-point instruction set. P, the pipeline refill of a taken branch, is charged where a block does not
follow the one before it; N is the number of registers that a multiple transfer moves.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import capstone
from capstone import arm

from harness.simulator import transfers

REFILL = 2
"""P: the manual says 1 to 3, depending on alignment and width of the target."""

DIVIDE = 7
"""The middle of the 2 to 12 that the manual gives: division ends early, depending on its operands."""

CYCLES: dict[str, int] = {
    "sdiv": DIVIDE,
    "udiv": DIVIDE,
    "ldrex": 2,
    "ldrexb": 2,
    "ldrexh": 2,
    "strex": 2,
    "strexb": 2,
    "strexh": 2,
    "tbb": 2,
    "tbh": 2,
    "cpsid": 1,
    "cpsie": 1,
    "mrs": 2,
    "msr": 2,
    "dmb": 2,
    "dsb": 2,
    "isb": 2,
    "vdiv.f32": 14,
    "vsqrt.f32": 14,
    "vmla.f32": 3,
    "vmls.f32": 3,
    "vnmla.f32": 3,
    "vnmls.f32": 3,
    "vfma.f32": 3,
    "vfms.f32": 3,
    "vfnma.f32": 3,
    "vfnms.f32": 3,
    "vldr": 2,
    "vstr": 2,
}
"""Cycles by mnemonic; what stands neither here nor among the transfers below takes 1."""

MULTIPLE = ("ldm", "stm", "push", "pop", "vldm", "vstm", "vpush", "vpop", "ldrd", "strd")
"""Take 1 + N."""
LOAD = 2
"""A single load; 1 where it follows a load whose result it does not need for its address."""
STORE = 1
"""A single store with an immediate offset: the store buffer takes it."""
STORE_INDEXED = 2
"""A single store with a register offset; 1 where it follows a load."""
VMOV_TWO_WORDS = 2
IT = 1
"""0 where it folds onto a 16-bit instruction before it."""

_NARROW = 2
"""Bytes of a 16-bit instruction."""
_MOVE_OPERANDS = 2

_LOADS = ("ldr", "ldrb", "ldrh", "ldrsb", "ldrsh", "ldrt", "ldrbt", "ldrht", "ldrsbt", "ldrsht")
_STORES = ("str", "strb", "strh", "strt", "strbt", "strht")

# What a word of State.blocks says of the block that begins there.
COST_MASK = 0xFFFF
SIZE_SHIFT = 16
SIZE_MASK = 0x7FF
"""Halfwords in the block."""
LOWERS_STACK = 1 << 28
SELF_BRANCH = 1 << 29
NO_FPU = 1 << 30
ALIGNED = 1 << 31
"""Holds transfers whose alignment is checked."""
RARE = LOWERS_STACK | SELF_BRANCH | NO_FPU | ALIGNED

_WIDE = (0b11101, 0b11110, 0b11111)
"""The five highest bits of the first halfword of a 32-bit instruction (ARMv7-M ARM, A5.1)."""

_decoder = capstone.Cs(capstone.CS_ARCH_ARM, capstone.CS_MODE_THUMB | capstone.CS_MODE_MCLASS)
_decoder.detail = True


@dataclass(frozen=True)
class Instruction:
    """What the chip needs to know of one instruction."""

    offset: int
    """Bytes from the start of its block."""
    size: int
    """Bytes."""
    cycles: int
    transfer: int
    """See transfers; 0 where it neither loads nor stores."""
    address_age: int = 0
    """Halfwords since the block last wrote a register that makes the transfer's address; 0 where it did not."""


@dataclass(frozen=True)
class Block:
    """A run of instructions that is entered at its start and left at its end."""

    instructions: tuple[Instruction, ...]
    lowers_stack: bool
    self_branch: bool
    uses_fpu: bool

    @property
    def cycles(self) -> int:
        """Cycles of the whole block, without a refill."""
        return sum(instruction.cycles for instruction in self.instructions)

    def word(self, *, fpu_on: bool) -> int:
        """Return the word for `State.blocks`; without the FPU, a block that uses it is marked."""
        flags = (LOWERS_STACK if self.lowers_stack else 0) | (SELF_BRANCH if self.self_branch else 0)
        if self.uses_fpu and not fpu_on:
            flags |= NO_FPU
        if any(
            instruction.transfer & transfers.ALIGNED and not instruction.address_age
            for instruction in self.instructions
        ):
            flags |= ALIGNED
        halfwords = sum(instruction.size for instruction in self.instructions) // 2
        return min(self.cycles, COST_MASK) | halfwords << SIZE_SHIFT | flags


def _stem(instruction: capstone.CsInsn) -> str:
    """Return the mnemonic without width and condition: `ldreq.w` is `ldr`, `vldmia` is `vldm`."""
    name: str = instruction.mnemonic
    if name[0] != "v":
        name = name.split(".", maxsplit=1)[0]
    condition = _CONDITIONS.get(instruction.cc, "")
    if condition:
        head, dot, tail = name.partition(".")
        name = head.removesuffix(condition) + dot + tail
    for direction in ("ia", "db"):
        if name.removesuffix(direction) in MULTIPLE:
            return name.removesuffix(direction)
    return name


_CONDITIONS = {
    arm.ARM_CC_EQ: "eq",
    arm.ARM_CC_NE: "ne",
    arm.ARM_CC_HS: "hs",
    arm.ARM_CC_LO: "lo",
    arm.ARM_CC_MI: "mi",
    arm.ARM_CC_PL: "pl",
    arm.ARM_CC_VS: "vs",
    arm.ARM_CC_VC: "vc",
    arm.ARM_CC_HI: "hi",
    arm.ARM_CC_LS: "ls",
    arm.ARM_CC_GE: "ge",
    arm.ARM_CC_LT: "lt",
    arm.ARM_CC_GT: "gt",
    arm.ARM_CC_LE: "le",
}


def _registers_moved(instruction: capstone.CsInsn, stem: str) -> int:
    registers = sum(1 for operand in instruction.operands if operand.type == arm.ARM_OP_REG)
    if stem in {"ldm", "stm", "vldm", "vstm"}:
        registers -= 1
    if stem in {"ldrd", "strd"}:
        return 2
    return registers * (2 if stem[0] == "v" and _double(instruction) else 1)


def _double(instruction: capstone.CsInsn) -> bool:
    """Whether a transfer of the FPU moves double words."""
    return re.search(r"(^|[ {])d\d", instruction.op_str) is not None


def _memory_operand(instruction: capstone.CsInsn) -> arm.ArmOpMem | None:
    return next((operand.mem for operand in instruction.operands if operand.type == arm.ARM_OP_MEM), None)


def _feeds(load: capstone.CsInsn, memory: arm.ArmOpMem) -> bool:
    """Whether the register that `load` fills is part of the address `memory`."""
    return load.operands[0].reg in (memory.base, memory.index)


def _single_transfer_cycles(instruction: capstone.CsInsn, stem: str, previous: capstone.CsInsn | None) -> int:
    memory = _memory_operand(instruction)
    if memory is None:
        return LOAD
    pipelined = previous is not None and _stem(previous) in _LOADS and not _feeds(previous, memory)
    if stem in _LOADS:
        return LOAD - pipelined
    return STORE_INDEXED - pipelined if memory.index else STORE


def instruction_cycles(instruction: capstone.CsInsn, previous: capstone.CsInsn | None) -> int:
    """Return the cycles of `instruction` when it follows `previous` in a straight line."""
    stem = _stem(instruction)
    if stem in _LOADS or stem in _STORES:
        return _single_transfer_cycles(instruction, stem, previous)
    if stem in MULTIPLE:
        return 1 + _registers_moved(instruction, stem)
    if instruction.id == arm.ARM_INS_IT:
        folded = previous is not None and previous.size == _NARROW
        return IT - folded
    if stem == "vmov" and len(instruction.operands) > _MOVE_OPERANDS:
        return VMOV_TWO_WORDS
    if stem.startswith(("vldr", "vstr")):
        return CYCLES[stem[:4]] + _double(instruction)
    return CYCLES.get(stem, 1)


def _lowers_stack(instruction: capstone.CsInsn, stem: str) -> bool:
    if stem in {"push", "vpush"}:
        return True
    text = instruction.op_str
    return (stem in {"sub", "subw", "mov", "stm", "strd", "str", "add", "msr"}) and (
        text.startswith(("sp,", "sp!", "msp")) or "[sp, #-" in text
    )


def _transfer(instruction: capstone.CsInsn, stem: str) -> int:
    if stem in MULTIPLE:
        load = stem in {"ldm", "pop", "vldm", "vpop", "ldrd"}
        return transfers.word(instruction, stem, _registers_moved(instruction, stem), load=load)
    if stem in _LOADS or stem in _STORES or stem.startswith(("vldr", "vstr", "ldrex", "strex")):
        words = 2 if stem[0] == "v" and _double(instruction) else 1
        return transfers.word(instruction, stem, words, load="ld" in stem[:3])
    return 0


def decode(code: bytes, address: int) -> Block:
    """Take the block `code` at `address` apart.

    An instruction that the decoder does not know costs 1: the processor will say what it thinks of it.
    """
    found = []
    previous: capstone.CsInsn | None = None
    lowers = fpu = branch = False
    written: dict[int, int] = {}
    offset = 0
    while offset < len(code):
        instruction = next(_decoder.disasm(code[offset:], address + offset, 1), None)
        if instruction is None:
            size = min(4 if code[offset + 1] >> 3 in _WIDE else 2, len(code) - offset)
            found.append(Instruction(offset, size, 1, 0))
        else:
            size = instruction.size
            stem = _stem(instruction)
            cycles = instruction_cycles(instruction, previous)
            transfer = _transfer(instruction, stem)
            ages = [(offset - written[read]) // 2 for read in transfers.registers_read(transfer) if read in written]
            found.append(Instruction(offset, size, cycles, transfer, min(ages, default=0)))
            written |= dict.fromkeys(transfers.registers_written(instruction), offset)
            lowers |= _lowers_stack(instruction, stem)
            fpu |= stem.startswith("v")
            branch = stem == "b" and instruction.operands[0].imm == address
        previous = instruction
        offset += size
    return Block(tuple(found), lowers, branch and len(found) == 1, fpu)
