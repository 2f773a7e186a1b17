"""How many cycles each instruction takes on a Cortex-M4 whose memory never waits.

Source: Arm Cortex-M4 Technical Reference Manual r0p1 (100166), 3.3.1 instruction set summary, 3.3.3 load/store timings,
7.2.3 floating-point instruction set. P, the pipeline refill of a taken branch, is charged where a block does not
follow the one before it; N is the number of registers that a multiple transfer moves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import capstone
from capstone import arm

if TYPE_CHECKING:
    from collections.abc import Iterable

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
RARE = LOWERS_STACK | SELF_BRANCH | NO_FPU

_decoder = capstone.Cs(capstone.CS_ARCH_ARM, capstone.CS_MODE_THUMB | capstone.CS_MODE_MCLASS)
_decoder.detail = True


@dataclass(frozen=True)
class Block:
    """A run of instructions that is entered at its start and left at its end."""

    costs: tuple[tuple[int, int], ...]
    """(offset in bytes, cycles) of each instruction."""
    lowers_stack: bool
    self_branch: bool
    uses_fpu: bool

    @property
    def cycles(self) -> int:
        """Cycles of the whole block, without a refill."""
        return sum(cycles for _, cycles in self.costs)


def _stem(instruction: capstone.CsInsn) -> str:
    """The mnemonic without width and condition: `ldreq.w` is `ldr`, `vldmia` is `vldm`."""
    name = instruction.mnemonic.split(".")[0] if instruction.mnemonic[0] != "v" else instruction.mnemonic
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
    registers = sum(operand.type == arm.ARM_OP_REG for operand in instruction.operands)
    if stem in {"ldm", "stm", "vldm", "vstm"}:
        registers -= 1
    if stem in {"ldrd", "strd"}:
        return 2
    doubles = stem in {"vldm", "vstm", "vpush", "vpop"} and " d" in f" {instruction.op_str}".replace("{", " ")
    return registers * (2 if doubles else 1)


def _memory_operand(instruction: capstone.CsInsn) -> arm.ArmOpMem | None:
    return next((operand.mem for operand in instruction.operands if operand.type == arm.ARM_OP_MEM), None)


def instruction_cycles(instruction: capstone.CsInsn, previous: capstone.CsInsn | None) -> int:
    """Cycles of `instruction` when it follows `previous` in a straight line."""
    stem = _stem(instruction)
    if stem in _LOADS or stem in _STORES:
        memory = _memory_operand(instruction)
        follows_load = previous is not None and _stem(previous) in _LOADS
        if follows_load and memory is not None:
            loaded = previous.operands[0].reg
            follows_load = loaded not in (memory.base, memory.index)
        if stem in _LOADS:
            return LOAD - follows_load
        return STORE_INDEXED - follows_load if memory is not None and memory.index else STORE
    if stem in MULTIPLE:
        return 1 + _registers_moved(instruction, stem)
    if stem.startswith("it") and instruction.id == arm.ARM_INS_IT:
        # Folds onto a 16-bit instruction before it (3.3.1, footnote on IT).
        return 0 if previous is not None and previous.size == 2 else 1  # noqa: PLR2004
    if stem == "vmov" and sum(operand.type == arm.ARM_OP_REG for operand in instruction.operands) > 2:  # noqa: PLR2004
        return VMOV_TWO_WORDS
    if stem.startswith(("vldr", "vstr")):
        return CYCLES[stem[:4]] + (" d" in f" {instruction.op_str}")
    return CYCLES.get(stem, 1)


def _lowers_stack(instruction: capstone.CsInsn, stem: str) -> bool:
    if stem in {"push", "vpush"}:
        return True
    text = instruction.op_str
    return (stem in {"sub", "subw", "mov", "stm", "strd", "str", "add", "msr"}) and (
        text.startswith(("sp,", "sp!", "msp")) or "[sp, #-" in text
    )


def decode(code: bytes, address: int) -> Block:
    """Take the block `code` at `address` apart.

    An instruction that the decoder does not know costs 1: the processor will say what it thinks of it.
    """
    costs = []
    previous: capstone.CsInsn | None = None
    lowers = fpu = branch = False
    offset = 0
    while offset < len(code):
        instruction = next(_decoder.disasm(code[offset:], address + offset, 1), None)
        if instruction is None:
            wide = code[offset + 1] >> 3 in (0b11101, 0b11110, 0b11111)
            costs.append((offset, 1))
            previous = None
            offset += 4 if wide else 2
            continue
        stem = _stem(instruction)
        costs.append((offset, instruction_cycles(instruction, previous)))
        lowers |= _lowers_stack(instruction, stem)
        fpu |= stem.startswith("v")
        branch = stem == "b" and instruction.operands[0].imm == address
        previous = instruction
        offset += instruction.size
    return Block(tuple(costs), lowers, branch and len(costs) == 1, fpu)


def word(block: Block, size: int, *, fpu_on: bool) -> int:
    """The word for `State.blocks` that describes `block` of `size` bytes."""
    flags = (LOWERS_STACK if block.lowers_stack else 0) | (SELF_BRANCH if block.self_branch else 0)
    if block.uses_fpu and not fpu_on:
        flags |= NO_FPU
    return min(block.cycles, COST_MASK) | (size // 2) << SIZE_SHIFT | flags


def total(blocks: Iterable[Block]) -> int:
    """Cycles of `blocks` run one after another without a branch."""
    return sum(block.cycles for block in blocks)
