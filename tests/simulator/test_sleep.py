"""WFE, WFI and SEV: what keeps the core awake, what wakes it, and what it costs."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from harness.simulator import Stop

if TYPE_CHECKING:
    from collections.abc import Callable

DELAY = """
#define WAIT_A_SECOND \\
  REG(TIMER(0) + 0x508) = 3; REG(TIMER(0) + 0x510) = 4; REG(TIMER(0) + 0x540) = 1000000; \\
  REG(TIMER(0) + 0x304) = 1u << 16; REG(0xE000ED10) = 1u << 4; REG(TIMER(0)) = 1; \\
  while (!REG(TIMER(0) + 0x140)) __asm volatile("wfe"); \\
  REG(TIMER(0) + 0x308) = 1u << 16; REG(TIMER(0) + 4) = 1
"""


def test_a_sleeping_second_costs_the_host_nothing(load: Callable) -> None:
    """A hundred seconds of simulated sleep pass in well under one of the host's."""
    ready = load(
        DELAY
        + """
    int main(void) { for (int i = 0; i < 100; i++) {
        WAIT_A_SECOND; REG(TIMER(0) + 0xC) = 1; REG(TIMER(0) + 0x140) = 0; REG(0xE000E280) = 1u << 8;
      }
      return 0;
    }
    """
    )
    start = time.monotonic()
    assert ready.chip.run(200 * 64_000_000) is Stop.IDLE
    assert time.monotonic() - start < 1
    assert ready.chip.cycles == pytest.approx(100 * 64_000_000, rel=1e-4)


def test_a_core_that_nothing_can_wake_is_idle_and_time_stands(load: Callable) -> None:
    """IDLE comes at once, again and again, without time passing; a free-running TIMER does not count as something."""
    ready = load("""
    int main(void) { REG(TIMER(2) + 0x508) = 3; REG(TIMER(2) + 0x510) = 4; REG(TIMER(2)) = 1; return 0; }
    """)
    assert ready.chip.run(64_000_000) is Stop.IDLE
    assert ready.chip.asleep
    at = ready.chip.cycles
    assert at < 1000
    assert ready.chip.run(64_000_000) is Stop.IDLE
    assert ready.chip.cycles == at


def test_a_timer_that_counts_another_by_ppi_is_nothing_to_wake_for(load: Callable) -> None:
    """The chain matters only where an interrupt is enabled at its end."""
    source = """
    int main(void) {
      REG(TIMER(1) + 0x504) = 1; REG(TIMER(1) + 0x508) = 3; REG(TIMER(1) + 0x540) = 3; REG(TIMER(1)) = 1;
      REG(PPI + 0x510) = TIMER(0) + 0x140; REG(PPI + 0x514) = TIMER(1) + 8; REG(PPI + 0x504) = 1;
      REG(TIMER(0) + 0x508) = 1; REG(TIMER(0)) = 1; REG(0xE000ED10) = 1u << 4;
      %s
      __asm volatile("wfe"); result[0] = REG(TIMER(1) + 0x140);
      return 0;
    }"""
    assert load(source % "").chip.run(64_000_000) is Stop.IDLE
    ready = load(source % "REG(TIMER(1) + 0x304) = 1u << 16;")
    ready.chip.run(64_000_000)
    assert ready.results(1) == [1]


def test_an_event_before_wfe_is_not_missed(run: Callable) -> None:
    """SEV, or an interrupt that became pending, lets the next WFE pass; only that one."""
    ready = run("""
    int main(void) {
      __asm volatile("sev\\n wfe"); result[0] = 1;
      REG(0xE000ED10) = 1u << 4; REG(0xE000E200) = 1u << 5; __asm volatile("wfe"); result[0] = 2;
      REG(0xE000E200) = 1u << 5; __asm volatile("wfe"); result[0] = 3;
      return 0;
    }""")
    assert ready.results(1) == [2]  # the interrupt was pending already: no new event
    assert ready.chip.asleep


def test_without_sevonpend_a_disabled_interrupt_wakes_nobody(run: Callable) -> None:
    """SCR.SEVONPEND is what makes pending an event."""
    ready = run('int main(void) { REG(0xE000E200) = 1u << 5; __asm volatile("wfe"); result[0] = 1; return 0; }')
    assert ready.results(1) == [0]


def test_a_request_that_stands_keeps_its_interrupt_pending(run: Callable) -> None:
    """ICPR does not clear an interrupt whose event is still set, and makes no new event of it."""
    ready = run("""
    int main(void) {
      REG(0xE000ED10) = 1u << 4; REG(TIMER(0) + 0x504) = 1; REG(TIMER(0) + 0x540) = 1; REG(TIMER(0) + 0x304) = 1u << 16;
      REG(TIMER(0)) = 1; REG(TIMER(0) + 8) = 1; __asm volatile("wfe");
      REG(0xE000E280) = 1u << 8; result[0] = REG(0xE000E200);
      REG(TIMER(0) + 0x140) = 0; REG(0xE000E280) = 1u << 8; result[1] = REG(0xE000E200);
      return 0;
    }""")
    assert ready.results(2) == [1 << 8, 0]


def test_wfi_sleeps_until_an_enabled_interrupt_is_pending(run: Callable) -> None:
    """PRIMASK keeps the handler away and lets WFI end."""
    ready = run(
        DELAY
        + """
    int main(void) {
      __asm volatile("cpsid i"); REG(0xE000E100) = 1u << 8;
      REG(TIMER(0) + 0x508) = 3; REG(TIMER(0) + 0x510) = 4; REG(TIMER(0) + 0x540) = 500000;
      REG(TIMER(0) + 0x304) = 1u << 16; REG(TIMER(0)) = 1; __asm volatile("wfi");
      REG(TIMER(0) + 0x44) = 1; result[0] = REG(TIMER(0) + 0x544);
      REG(TIMER(0) + 0x308) = 1u << 16; REG(0xE000E180) = 1u << 8;
      return 0;
    }"""
    )
    assert ready.results(1) == [500_000]
    assert ready.chip.awake_cycles < 1000


def test_bytes_wake_a_core_that_was_idle(load: Callable) -> None:
    """RXDRDY with its interrupt enabled ends an idle sleep, one byte time after the host spoke."""
    ready = load("""
    static uint8_t a[4];
    int main(void) {
      REG(UARTE + 0x514) = 8; REG(UARTE + 0x524) = 0x10000000; REG(UARTE + 0x500) = 8; REG(UARTE + 0x304) = 1u << 2;
      REG(UARTE + 0x534) = (uint32_t)a; REG(UARTE + 0x538) = 4; REG(UARTE) = 1; REG(0xE000ED10) = 1u << 4;
      __asm volatile("wfe"); result[0] = a[0];
      return 0;
    }""")
    assert ready.chip.run(1_000_000) is Stop.IDLE
    at = ready.chip.cycles
    ready.chip.uart.feed(b"!")
    assert ready.chip.run(1_000_000) is Stop.IDLE
    assert ready.results(1) == [ord("!")]
    assert 640 <= ready.chip.cycles - at < 700
