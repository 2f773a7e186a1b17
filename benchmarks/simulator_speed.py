"""How fast the simulated chip is: cycles in a second of processor time, beside real time and beside the bare engine.

    python benchmarks/simulator_speed.py [--cycles N] [--level LEVEL | ELF]

Without an argument it builds two programs with arm-none-eabi-gcc: one of short blocks, as -Os code has them (calls, a
sort, a checksum by bits), and one of long ones (an unrolled multiply-accumulate kernel). The bare engine runs the same
programs without counting, without peripherals and without looking at the stack.
With --level it builds the bench sketch with that level through arduino-cli and sends it clips of noise: the figure is
that of the whole road, a byte at a time over the simulated serial line.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from unicorn import UC_ARCH_ARM, UC_MODE_MCLASS, UC_MODE_THUMB, Uc, arm_const

from harness import firmware, sketchbook
from harness.boards.arduino_cli import ArduinoCli
from harness.device import Device
from harness.simulator import Nrf52840, Stop
from harness.simulator.engine import NOWHERE
from harness.simulator.firmware import Firmware
from harness.simulator.memory_map import CLOCK_HZ, FLASH, FLASH_BYTES, RAM, RAM_BYTES
from host_models import zoo

AIM = 1.5
"""Times real time that the simulator must reach."""
FQBN = "tinyhil:nrf52:nano33ble"
BAUD = 1_000_000

LINKER_SCRIPT = """
SECTIONS {
  .text 0x0 : { KEEP(*(.vectors)) *(.text*) *(.rodata*) }
  .bss 0x20000000 (NOLOAD) : { *(.bss*) *(COMMON) }
  __StackLimit = 0x2003F000;
}
"""
START = """
#include <stdint.h>
int main(void);
void reset(void) { main(); for (;;) __asm volatile("wfe"); }
__attribute__((section(".vectors"), used)) void *const vectors[2] = {(void *)0x20040000, (void *)reset};
"""
SHORT_BLOCKS = """
static uint8_t text[256];
static uint32_t crc(const uint8_t *data, int count) {
  uint32_t value = ~0u;
  while (count--) {
    value ^= *data++;
    for (int bit = 0; bit < 8; bit++) value = value & 1 ? value >> 1 ^ 0xEDB88320u : value >> 1;
  }
  return ~value;
}
static void sort(uint8_t *data, int count) {
  for (int i = 1; i < count; i++)
    for (int j = i; j > 0 && data[j - 1] > data[j]; j--) {
      uint8_t higher = data[j - 1];
      data[j - 1] = data[j];
      data[j] = higher;
    }
}
__attribute__((noinline)) static uint32_t fibonacci(uint32_t n) {
  return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}
volatile uint32_t rounds;
int main(void) {
  for (uint32_t seed = 1;; rounds++) {
    for (int i = 0; i < 256; i++) text[i] = (seed = seed * 1664525u + 1013904223u) >> 24;
    seed ^= crc(text, 256);
    sort(text, 64);
    seed += fibonacci(12);
  }
}
"""
LONG_BLOCKS = """
static int16_t a[512], b[512];
volatile int32_t sum;
volatile uint32_t rounds;
int main(void) {
  for (;; rounds++) {
    int32_t total = 0;
    for (int i = 0; i < 512; i += 16)
#pragma GCC unroll 16
      for (int k = 0; k < 16; k++) total += a[i + k] * b[i + k];
    sum = total;
  }
}
"""


def build(source: str, folder: Path, name: str, optimization: str) -> Path:
    """Compile `source` into an ELF in `folder`."""
    script = folder / "chip.ld"
    script.write_text(LINKER_SCRIPT)
    code = folder / f"{name}.c"
    code.write_text(START + source)
    elf = folder / f"{name}.elf"
    flags = [optimization, "-g", "-mcpu=cortex-m4", "-mthumb", "-nostdlib", "-ffreestanding"]
    subprocess.run(["arm-none-eabi-gcc", *flags, "-T", script, code, "-o", elf], check=True)  # noqa: S607
    return elf


@dataclass(frozen=True)
class Speed:
    """What was measured of one program."""

    cycles_per_second: float
    bare: float | None
    """That the bare engine would have reached, where it can run the program."""

    def row(self, name: str) -> str:
        """Format a line of the table."""
        bare = f"{self.cycles_per_second / self.bare:10.0%}" if self.bare else f"{'':>10}"
        return f"{name:24} {self.cycles_per_second / 1e6:10.1f} {self.cycles_per_second / CLOCK_HZ:12.2f} {bare}"


def measure(elf: Path, cycles: int) -> Speed:
    """Run `elf` for `cycles`; where it counts its `rounds`, run it on the bare engine for as long."""
    chip = Nrf52840()
    chip.load(elf)
    chip.run(CLOCK_HZ // 100)
    rounds = Firmware(elf).symbols.get("rounds")
    first = word(chip.peek(rounds, 4)) if rounds else 0
    before = chip.awake_cycles
    start = time.thread_time()
    stop = chip.run(cycles)
    elapsed = time.thread_time() - start
    executed = chip.awake_cycles - before
    if stop is Stop.IDLE:
        print(f"{elf.name} fell asleep after {executed} cycles; the figure is of little use")
    if not rounds:
        return Speed(executed / elapsed, None)
    cycles_per_round = executed / (word(chip.peek(rounds, 4)) - first)
    return Speed(executed / elapsed, cycles_per_round * bare_rounds_per_second(elf, rounds, elapsed))


def word(data: bytes | bytearray) -> int:
    """Return the little-endian number that `data` holds."""
    return int.from_bytes(data, "little")


def bare_rounds_per_second(elf: Path, rounds: int, seconds: float) -> float:
    """Run `elf` on the engine alone for `seconds`; it counts its rounds at the address `rounds`."""
    engine = Uc(UC_ARCH_ARM, UC_MODE_THUMB | UC_MODE_MCLASS, arm_const.UC_CPU_ARM_CORTEX_M4)
    engine.mem_map(FLASH, FLASH_BYTES)
    engine.mem_map(RAM, RAM_BYTES)
    for segment in Firmware(elf).segments:
        engine.mem_write(segment.address, segment.data)
    engine.reg_write(arm_const.UC_ARM_REG_SP, word(engine.mem_read(FLASH, 4)))
    start = time.thread_time()
    engine.emu_start(word(engine.mem_read(FLASH + 4, 4)), NOWHERE, timeout=int(seconds * 1e6))
    return word(engine.mem_read(rounds, 4)) / (time.thread_time() - start)


class ChipPort:
    """A chip's serial line with the manners of a pyserial port; simulated time passes while someone waits."""

    port: str | None = "the simulated chip"
    baudrate = BAUD
    timeout: float | None = None
    write_timeout: float | None = None

    def __init__(self, chip: Nrf52840) -> None:
        """Speak to `chip`."""
        self._chip = chip
        self._arrived = b""
        self.host_s = 0.0

    @property
    def in_waiting(self) -> int:
        """Bytes that have come."""
        return len(self._arrived)

    def read(self, size: int = 1, /) -> bytes:
        """Return what has come, or what comes in the next two milliseconds."""
        if not self._arrived:
            start = time.thread_time()
            self._chip.run(CLOCK_HZ // 500)
            self.host_s += time.thread_time() - start
            self._arrived = self._chip.uart.take()
        taken, self._arrived = self._arrived[:size], self._arrived[size:]
        return taken

    def write(self, data: bytes, /) -> int:
        """Put bytes on the line."""
        self._chip.uart.feed(data)
        return len(data)


def measure_bench(level: str, folder: Path, clips: int) -> None:
    """Build the bench sketch with `level`, have it judge `clips` clips of noise, and print what that took."""
    _, headers = firmware.headers(zoo.load(level), FQBN, BAUD)
    build = ArduinoCli().build(sketchbook.sketch(firmware.SKETCH), FQBN, headers, folder)
    chip = Nrf52840()
    chip.load(build.elf)
    port = ChipPort(chip)
    device = Device(port)
    device.hello()
    noise = np.random.default_rng(1).integers(-3000, 3000, (clips, 16_000)).astype(np.int16)
    device.infer(noise[0])
    port.host_s, before, awake = 0.0, chip.cycles, chip.awake_cycles
    for clip in noise:
        device.infer(clip)
    print(Speed((chip.awake_cycles - awake) / port.host_s, None).row(f"kws_bench, {level}"))
    simulated_s = (chip.cycles - before) / CLOCK_HZ / clips
    host_s = port.host_s / clips
    print(f"a clip takes {simulated_s:.3f} s of the board, with its sleep, and {host_s:.3f} s here")


def main() -> int:
    """Print the table; 1 where the aim is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("elf", nargs="?", type=Path, help="firmware to run instead of the two programs")
    parser.add_argument("--level", help="a level of the zoo: measure the bench sketch with it")
    parser.add_argument("--cycles", type=int, default=2 * CLOCK_HZ, help="how long to run (default: %(default)s)")
    options = parser.parse_args()
    print(f"{'program':24} {'M cycles/s':>10} {'x real time':>12} {'of bare':>10}")
    with tempfile.TemporaryDirectory() as folder:
        if options.level:
            measure_bench(options.level, Path(folder), clips=10)
            return 0
        if options.elf:
            programs = {options.elf.name: options.elf}
        else:
            programs = {
                "short blocks, -Os": build(SHORT_BLOCKS, Path(folder), "short", "-Os"),
                "long blocks, -O3": build(LONG_BLOCKS, Path(folder), "long", "-O3"),
            }
        speeds = {name: measure(elf, options.cycles) for name, elf in programs.items()}
    for name, speed in speeds.items():
        print(speed.row(name))
    reached = min(speed.cycles_per_second for speed in speeds.values()) >= AIM * CLOCK_HZ
    print(f"the aim is {AIM} x real time: {'reached' if reached else 'missed'}")
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
