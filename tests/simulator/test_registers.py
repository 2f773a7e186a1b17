"""What the chip says of itself, what its memory-like registers keep, and what a reset does."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from harness.simulator import Stop

if TYPE_CHECKING:
    from collections.abc import Callable


def test_the_chip_says_what_it_is(run: Callable) -> None:
    """FICR: part, page size, flash and RAM; CPUID: a Cortex-M4 r0p1."""
    ready = run("""
    int main(void) {
      result[0] = REG(0x10000100); result[1] = REG(0x10000010) * REG(0x10000014); result[2] = REG(0x1000010C);
      result[3] = REG(0xE000ED00); result[4] = REG(0x10001014); result[5] = REG(0x4001E400);
      return 0;
    }""")
    assert ready.results(6) == [0x52840, 1 << 20, 256, 0x410FC241, 0xFFFF_FFFF, 1]


def test_the_caches_switch_can_be_read_back(run: Callable) -> None:
    """NVMC.ICACHECNF is off after reset and keeps what is written."""
    ready = run(
        "int main(void) { result[0] = REG(0x4001E540); REG(0x4001E540) = 1; result[1] = REG(0x4001E540); return 0; }"
    )
    assert ready.results(2) == [0, 1]


def test_ports_set_and_clear(run: Callable) -> None:
    """OUTSET, OUTCLR and DIRSET work on OUT and DIR of both ports."""
    ready = run("""
    int main(void) {
      for (int p = 0; p < 2; p++) {
        uint32_t port = 0x50000000 + 0x300 * p;
        REG(port + 0x508) = 0xF0; REG(port + 0x50C) = 0x30; REG(port + 0x518) = 1u << p; REG(port + 0x700) = 3;
        result[3 * p] = REG(port + 0x504); result[3 * p + 1] = REG(port + 0x514); result[3 * p + 2] = REG(port + 0x700);
      }
      return 0;
    }""")
    assert ready.results(6) == [0xC0, 1, 3, 0xC0, 2, 3]


def test_a_register_that_is_not_modelled_is_memory_and_noted_once(
    run: Callable, caplog: pytest.LogCaptureFixture
) -> None:
    """The note names register, function and line; the second access makes none."""
    with caplog.at_level(logging.WARNING, "harness.simulator"):
        ready = run("""int main(void) {
          REG(0x4000D504) = 5;
          result[0] = REG(0x4000D504);
          return 0;
        }""")
    assert ready.results(1) == [5]
    notes = [record.getMessage() for record in caplog.records]
    assert len(notes) == 1
    assert "RNG+0x504" in notes[0]
    assert "main at firmware.c" in notes[0]


def test_bytes_of_system_registers_can_be_written(run: Callable) -> None:
    """NVIC priorities are bytes."""
    ready = run("""
    int main(void) {
      *(volatile uint8_t *)0xE000E402 = 0x40; *(volatile uint8_t *)0xE000E403 = 0x60; result[0] = REG(0xE000E400);
      result[1] = *(volatile uint8_t *)0xE000E403;
      return 0;
    }""")
    assert ready.results(2) == [0x6040_0000, 0x60]


def test_firmware_can_reset_itself(load: Callable) -> None:
    """SYSRESETREQ starts again with fresh registers and old RAM; time goes on."""
    ready = load("""
    int main(void) {
      REG(TIMER(0)) = 1; REG(0x4000D508) = 7;
      if (result[0]++ < 2) { REG(0xE000ED0C) = 0x05FA0004; for (;;) {} }
      result[1] = 1;
      return 0;
    }""")
    assert ready.chip.run(1_000_000) is Stop.IDLE
    assert ready.results(2) == [3, 1]
    assert ready.chip.cycles > 100


def test_a_debugger_reads_and_plants_bytes(load: Callable) -> None:
    """A poke changes data and code in flash, before and after they were used."""
    ready = load("""
    const uint32_t constant = 0x11223344;
    __attribute__((noinline, noclone)) int answer(void) { __asm volatile(""); return 41; }
    int main(void) { result[0] = REG(&constant); result[1] = answer(); return 0; }""")
    ready.chip.run(1_000_000)
    assert ready.results(2) == [0x1122_3344, 41]
    symbols = ready.chip.firmware.symbols
    ready.chip.poke(symbols["constant"], b"\x45")
    code = symbols["answer"] & ~1
    assert ready.chip.peek(code, 2) == bytes([41, 0x20])
    ready.chip.poke(code, bytes([42]))
    ready.chip.reset()
    ready.chip.run(1_000_000)
    assert ready.results(2) == [0x1122_3345, 42]
    with pytest.raises(ValueError, match="0x30000000"):
        ready.chip.peek(0x3000_0000, 1)
