"""How a load or store is remembered in a word: direction, base, index, offset, length."""

from __future__ import annotations

from typing import TYPE_CHECKING

from capstone import arm

if TYPE_CHECKING:
    import capstone

OFFSET_MASK = 0x1FFF
OFFSET_BIAS = 0x1000
"""Bits 0 to 12: the immediate offset, -4096 to 4095, plus this."""
BASE_SHIFT = 13
INDEX_SHIFT = 17
REGISTER_MASK = 15
NO_REGISTER = 15
"""As index: none. The program counter is never a base here, since literals lie in flash."""
SCALE_SHIFT = 21
SCALE_MASK = 3
WORDS_SHIFT = 23
WORDS_MASK = 31
LOAD = 1 << 28
VALID = 1 << 29
ALIGNED = 1 << 30
"""The transfer faults where it does not begin at a word (ARMv7-M ARM, A3.2.1), which is looked after."""
REGISTERS_MASK = (1 << WORDS_SHIFT) - (1 << BASE_SHIFT)
"""The bits that say which registers make the address."""

_STACK_POINTER = 13
_REGISTERS = {getattr(arm, f"ARM_REG_R{n}"): n for n in range(13)} | {
    arm.ARM_REG_SP: _STACK_POINTER,
    arm.ARM_REG_LR: 14,
}


def word(instruction: capstone.CsInsn, stem: str, words: int, *, load: bool) -> int:
    """Return the word for `instruction`, whose mnemonic is `stem` and which moves `words` words; 0 for a literal."""
    flags = VALID | (LOAD if load else 0) | words << WORDS_SHIFT
    memory = next((operand.mem for operand in instruction.operands if operand.type == arm.ARM_OP_MEM), None)
    if memory is None:
        base = _REGISTERS.get(instruction.operands[0].reg)
        if base is None or stem in {"push", "pop", "vpush", "vpop"}:
            return 0
        offset = -4 * words if "db" in instruction.mnemonic else 0
        flags |= ALIGNED if _checked(instruction, base) else 0
        return flags | base << BASE_SHIFT | NO_REGISTER << INDEX_SHIFT | offset + OFFSET_BIAS
    if memory.base not in _REGISTERS:
        return 0
    if (words > 1 or stem[0] == "v" or "ex" in stem) and _checked(instruction, _REGISTERS[memory.base]):
        flags |= ALIGNED
    index = _REGISTERS.get(memory.index, NO_REGISTER)
    offset = 0 if _post_indexed(instruction) else memory.disp
    if not -OFFSET_BIAS <= offset < OFFSET_BIAS:
        return 0
    scale = next((operand.shift.value for operand in instruction.operands if operand.type == arm.ARM_OP_MEM), 0)
    place = _REGISTERS[memory.base] << BASE_SHIFT | index << INDEX_SHIFT | (scale & SCALE_MASK) << SCALE_SHIFT
    return flags | place | offset + OFFSET_BIAS


def _checked(instruction: capstone.CsInsn, base: int) -> bool:
    """Whether the alignment of a transfer needs a look: the stack pointer is aligned, a condition may not hold."""
    return base != _STACK_POINTER and instruction.cc in {arm.ARM_CC_AL, arm.ARM_CC_INVALID}


def _post_indexed(instruction: capstone.CsInsn) -> bool:
    return "], #" in instruction.op_str


def registers_read(transfer: int) -> set[int]:
    """Return the numbers of the registers that make the address of `transfer`."""
    return {transfer >> BASE_SHIFT & REGISTER_MASK, transfer >> INDEX_SHIFT & REGISTER_MASK} - {NO_REGISTER}


def registers_written(instruction: capstone.CsInsn) -> set[int]:
    """Return the numbers of the core registers that `instruction` changes."""
    _, written = instruction.regs_access()
    return {_REGISTERS[register] for register in written if register in _REGISTERS}
