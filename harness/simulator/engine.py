"""The processor: Unicorn set up as a Cortex-M4 whose hooks are native functions."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING

from unicorn import UC_ARCH_ARM, UC_MODE_MCLASS, UC_MODE_THUMB, Uc, UcError, arm_const
from unicorn.unicorn_py3.unicorn import uclib

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

REGISTERS: dict[str, int] = {
    **{f"r{n}": getattr(arm_const, f"UC_ARM_REG_R{n}") for n in range(13)},
    "sp": arm_const.UC_ARM_REG_SP,
    "lr": arm_const.UC_ARM_REG_LR,
    "pc": arm_const.UC_ARM_REG_PC,
    "xpsr": arm_const.UC_ARM_REG_XPSR,
    "msp": arm_const.UC_ARM_REG_MSP,
    "psp": arm_const.UC_ARM_REG_PSP,
    "primask": arm_const.UC_ARM_REG_PRIMASK,
    "control": arm_const.UC_ARM_REG_CONTROL,
}
SP: int = arm_const.UC_ARM_REG_SP
PC: int = arm_const.UC_ARM_REG_PC
XPSR: int = arm_const.UC_ARM_REG_XPSR
PRIMASK: int = arm_const.UC_ARM_REG_PRIMASK

NOWHERE = 0xFFFF_FFFE
"""An address that is never reached: runs end by request."""


def symbol(name: str) -> int:
    """Return the address of a function of Unicorn's library, for native code to call."""
    return int(ctypes.cast(getattr(uclib, name), ctypes.c_void_p).value or 0)


class Engine:
    """One Cortex-M4 with its memories and hooks."""

    def __init__(self) -> None:
        """Make a processor without memory."""
        self.unicorn = Uc(UC_ARCH_ARM, UC_MODE_THUMB | UC_MODE_MCLASS, arm_const.UC_CPU_ARM_CORTEX_M4)
        self.handle = int(self.unicorn._uch.value)  # noqa: SLF001 - native code calls the library with it
        self._hooks: list[int] = []

    def map_memory(self, address: int, memory: NDArray[np.uint8], permissions: int) -> None:
        """Let `memory`, whose bytes stay in this process, appear at `address`."""
        self.unicorn.mem_map_ptr(address, memory.nbytes, permissions, ctypes.c_void_p(memory.ctypes.data))

    def map_registers(self, address: int, size: int, read: int, write: int, user: int) -> None:
        """Have native functions answer accesses to `size` bytes from `address`."""
        _check(uclib.uc_mmio_map(self.unicorn._uch, address, size, read, user, write, user))  # noqa: SLF001

    def hook(self, kind: int, function: int, user: int, first: int = 1, last: int = 0) -> None:
        """Call the native `function` on `kind`, for addresses from `first` to `last` (all where first > last)."""
        handle = ctypes.c_size_t()
        _check(
            uclib.uc_hook_add(
                self.unicorn._uch,  # noqa: SLF001
                ctypes.byref(handle),
                kind,
                ctypes.c_void_p(function),
                ctypes.c_void_p(user),
                ctypes.c_uint64(first),
                ctypes.c_uint64(last),
            )
        )
        self._hooks.append(int(handle.value))

    def unhook(self, count: int) -> None:
        """Remove all hooks but the first `count`."""
        for handle in self._hooks[count:]:
            _check(uclib.uc_hook_del(self.unicorn._uch, handle))  # noqa: SLF001 - the binding knows only its own hooks
        del self._hooks[count:]

    def run(self, address: int) -> int:
        """Execute from `address` until asked to stop; return Unicorn's error number, 0 for none."""
        try:
            self.unicorn.emu_start(address | 1, NOWHERE)
        except UcError as error:
            return int(error.errno)
        return 0

    def read_register(self, register: int) -> int:
        """Return the value of a register (one of REGISTERS)."""
        return int(self.unicorn.reg_read(register))

    def write_register(self, register: int, value: int) -> None:
        """Set a register (one of REGISTERS)."""
        self.unicorn.reg_write(register, value)

    def forget_code(self) -> None:
        """Drop translated code, since memory changed behind the processor's back."""
        self.unicorn.ctl_flush_tb()


def _check(status: int) -> None:
    if status != 0:
        raise UcError(status)
