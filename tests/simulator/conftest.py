"""Builds small firmware for the tests and runs it on a simulated chip."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.simulator import Nrf52840

LINKER_SCRIPT = """
ENTRY(reset)
SECTIONS {
  .text 0x0 : { KEEP(*(.vectors)) *(.text*) *(.rodata*) . = ALIGN(4); __load = .; }
  .data 0x20000000 : AT(__load) { __data = .; *(.data*) . = ALIGN(4); __data_end = .; }
  .bss (NOLOAD) : { __bss = .; *(.bss*) *(COMMON) . = ALIGN(4); __bss_end = .; }
  __StackLimit = 0x2003F000;
  __StackTop = 0x20040000;
}
"""

STARTUP = """
#include <stdint.h>
#define REG(address) (*(volatile uint32_t *)(address))
extern uint32_t __load, __data, __data_end, __StackTop;
int main(void);
void reset(void) {
  uint32_t *from = &__load;
  for (uint32_t *to = &__data; to < &__data_end;) *to++ = *from++;
  REG(0xE000ED88) |= 0xFu << 20;     // CPACR: FPU on
  REG(0xE000EDFC) |= 1u << 24;       // DEMCR.TRCENA
  REG(0xE0001000) |= 1u;             // DWT_CTRL.CYCCNTENA
  main();
  for (;;) __asm volatile("wfe");
}
__attribute__((section(".vectors"), used)) void *const vectors[2] = {&__StackTop, (void *)reset};
#define CYCCNT REG(0xE0001004)
#define UARTE 0x40002000u
#define TIMER(n) (0x40008000u + 0x1000u * (n))
#define RTC 0x4000B000u
#define PPI 0x4001F000u
volatile uint32_t result[64];
"""

COMPILER_FLAGS = (
    *("-g", "-Os", "-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=softfp", "-mfpu=fpv4-sp-d16", "-nostdlib"),
    *("-ffreestanding", "-fno-tree-loop-distribute-patterns", "-Wno-array-bounds"),
)
RESULT = "result"

Build = Callable[..., Path]


class Ran:
    """A chip that has run firmware until it slept for good."""

    def __init__(self, chip: Nrf52840, elf: Path, address: int) -> None:
        self.chip = chip
        self.elf = elf
        self._address = address

    def results(self, count: int) -> list[int]:
        """Return the first words that the firmware left in `result`."""
        raw = self.chip.peek(self._address, 4 * count)
        return [int.from_bytes(raw[at : at + 4], "little") for at in range(0, 4 * count, 4)]


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """Compile C (a `main`, or all of it where it defines `reset`) into an ELF for the chip."""
    folder = tmp_path_factory.mktemp("firmware")
    built: dict[str, Path] = {}

    def compile_source(source: str, *flags: str) -> Path:
        key = source + " ".join(flags)
        if key not in built:
            stem = folder / f"f{len(built)}"
            stem.with_suffix(".ld").write_text(LINKER_SCRIPT)
            stem.with_suffix(".c").write_text(STARTUP + '#line 1 "firmware.c"\n' + source)
            files = [
                "-T",
                str(stem.with_suffix(".ld")),
                str(stem.with_suffix(".c")),
                "-o",
                str(stem.with_suffix(".elf")),
            ]
            subprocess.run(
                ["arm-none-eabi-gcc", *COMPILER_FLAGS, *flags, *files, "-lgcc"],
                check=True,
                capture_output=True,
                text=True,
            )
            built[key] = stem.with_suffix(".elf")
        return built[key]

    return compile_source


@pytest.fixture
def load(build: Build) -> Callable[[str], Ran]:
    """Load C firmware into a fresh chip."""

    def loaded(source: str) -> Ran:
        chip = Nrf52840()
        elf = build(source)
        chip.load(elf)
        assert chip.firmware is not None
        return Ran(chip, elf, chip.firmware.symbols[RESULT])

    return loaded


@pytest.fixture
def run(load: Callable[[str], Ran]) -> Callable[[str], Ran]:
    """Run C firmware on a fresh chip until it sleeps for good, at most a second of its time."""

    def ran(source: str) -> Ran:
        ready = load(source)
        ready.chip.run(64_000_000)
        return ready

    return ran
