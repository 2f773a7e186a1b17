"""TIMER, RTC, CLOCK and PPI keep time and pass events on as the product specification says."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

TIMER_SETUP = """
#define TIMER_AT(n) ((n) < 3 ? TIMER(n) : 0x4001A000u + 0x1000u * ((n) - 3))
#define SET(n, mode, bits, prescaler) \\
  REG(TIMER_AT(n) + 0x504) = mode; REG(TIMER_AT(n) + 0x508) = bits; REG(TIMER_AT(n) + 0x510) = prescaler
#define CAPTURE(n, channel) (REG(TIMER_AT(n) + 0x40 + 4 * (channel)) = 1, REG(TIMER_AT(n) + 0x540 + 4 * (channel)))
"""


def test_a_timer_counts_16_mhz_over_two_to_its_prescaler(run: Callable) -> None:
    """With prescaler 4 a count is a microsecond, 64 cycles."""
    source = (
        TIMER_SETUP
        + """
    int main(void) {
      SET(0, 0, 3, 4); REG(TIMER(0)) = 1; uint32_t start = CYCCNT;
      while (CYCCNT - start < 6400) {}
      result[0] = CAPTURE(0, 0);
      REG(TIMER(0) + 4) = 1; uint32_t stopped = CAPTURE(0, 1);
      while (CYCCNT - start < 12800) {}
      result[1] = CAPTURE(0, 2) - stopped; REG(TIMER(0) + 0xC) = 1; result[2] = CAPTURE(0, 2);
      return 0;
    }"""
    )
    counted, while_stopped, cleared = run(source).results(3)
    assert counted == 100
    assert (while_stopped, cleared) == (0, 0)


def test_a_timer_wraps_at_its_width(run: Callable) -> None:
    """BITMODE 1, 0, 2 and 3 are 8, 16, 24 and 32 bits."""
    source = (
        TIMER_SETUP
        + """
    int main(void) {
      const uint8_t modes[4] = {1, 0, 2, 3};
      for (int i = 0; i < 4; i++) { SET(i, 1, modes[i], 0); REG(TIMER_AT(i)) = 1; }
      for (int i = 0; i < 4; i++) {
        for (uint32_t n = 0; n < 70000; n++) REG(TIMER_AT(i) + 8) = 1;
        result[i] = CAPTURE(i, 0);
      }
      return 0;
    }"""
    )
    assert run(source).results(4) == [70_000 & 0xFF, 70_000 & 0xFFFF, 70_000, 70_000]


def test_compare_clears_or_stops_by_a_shortcut(run: Callable) -> None:
    """COMPARE0_CLEAR makes a period; COMPARE1_STOP ends it."""
    source = (
        TIMER_SETUP
        + """
    int main(void) {
      SET(1, 0, 3, 4); REG(TIMER(1) + 0x540) = 10; REG(TIMER(1) + 0x200) = 1; REG(TIMER(1)) = 1;
      uint32_t start = CYCCNT; while (CYCCNT - start < 64 * 25) {} result[0] = CAPTURE(1, 3);
      REG(TIMER(1) + 4) = 1; REG(TIMER(1) + 0xC) = 1;
      REG(TIMER(1) + 0x544) = 7; REG(TIMER(1) + 0x200) = 1u << 9; REG(TIMER(1)) = 1;
      start = CYCCNT; while (CYCCNT - start < 64 * 50) {} result[1] = CAPTURE(1, 3);
      return 0;
    }"""
    )
    assert run(source).results(2) == [5, 7]


def test_a_wrap_counts_another_timer_by_ppi(run: Callable) -> None:
    """COMPARE at 0 of one TIMER is COUNT of the other: a 16-bit clock with a high word."""
    source = (
        TIMER_SETUP
        + """
    int main(void) {
            SET(3, 0, 1, 0); SET(4, 1, 3, 0); REG(TIMER_AT(4)) = 1; REG(TIMER_AT(3) + 0x540) = 0;
      REG(PPI + 0x510 + 8 * 5) = TIMER_AT(3) + 0x140; REG(PPI + 0x514 + 8 * 5) = TIMER_AT(4) + 8;
      REG(PPI + 0x504) = 1u << 5;
      uint32_t start = CYCCNT; REG(TIMER_AT(3)) = 1;
      while (CYCCNT - start < 4 * 256 * 10 + 40) {}
      result[0] = CAPTURE(4, 0);
      return 0;
    }"""
    )
    assert run(source).results(1) == [10]


def test_a_fork_and_a_group_follow_ppi(run: Callable) -> None:
    """FORK.TEP triggers a second task; a group's DIS task switches its channels off."""
    source = (
        TIMER_SETUP
        + """
    int main(void) {
      for (int i = 0; i < 3; i++) { SET(i, 1, 3, 0); REG(TIMER(i)) = 1; }
      REG(TIMER(0) + 0x540) = 1;
      REG(PPI + 0x510) = TIMER(0) + 0x140; REG(PPI + 0x514) = TIMER(1) + 8; REG(PPI + 0x910) = TIMER(2) + 8;
      REG(PPI + 0x800) = 1; REG(PPI + 0x504) = 1;
      REG(TIMER(0) + 8) = 1; result[0] = CAPTURE(1, 0); result[1] = CAPTURE(2, 0);
      REG(PPI + 4) = 1; result[2] = REG(PPI + 0x500);
      REG(TIMER(0) + 0xC) = 1; REG(TIMER(0) + 8) = 1; result[3] = CAPTURE(1, 0);
      REG(PPI + 0) = 1; result[4] = REG(PPI + 0x508);
      return 0;
    }"""
    )
    assert run(source).results(5) == [1, 1, 0, 1, 1]


def test_an_rtc_counts_32768_a_second_once_its_clock_runs(run: Callable) -> None:
    """The counter stands until LFCLKSTARTED; then 1953.125 cycles are a count, without drift."""
    source = """
    int main(void) {
      REG(RTC) = 1; uint32_t start = CYCCNT; while (CYCCNT - start < 100000) {} result[0] = REG(RTC + 0x504);
      REG(0x40000008) = 1; while (!REG(0x40000104)) {} result[1] = REG(0x40000418);
      start = CYCCNT; while (CYCCNT - start < 1953125) {} result[2] = REG(RTC + 0x504);
      return 0;
    }"""
    before, status, after = run(source).results(3)
    assert before == 0
    assert status == 1 << 16
    assert after == 1000


def test_an_rtc_compare_wakes_a_sleeping_core(run: Callable) -> None:
    """COMPARE with its interrupt enabled ends WFE at its count; time skips there."""
    ready = run("""
    int main(void) {
      REG(0x40000008) = 1; while (!REG(0x40000104)) {}
      REG(RTC + 0x540) = 32768; REG(RTC + 0x304) = 1u << 16; REG(0xE000ED10) = 1u << 4; REG(RTC) = 1;
      while (!REG(RTC + 0x140)) __asm volatile("wfe");
      result[0] = REG(RTC + 0x504); REG(RTC + 0x308) = 1u << 16;
      return 0;
    }""")
    assert ready.results(1) == [0]  # not reached within this second
    ready.chip.run(64_000_000)
    assert ready.results(1) == [32_768]
    assert 64_000_000 < ready.chip.cycles < 64_200_000
    assert ready.chip.awake_cycles < 64_000


def test_the_crystal_takes_its_time(run: Callable) -> None:
    """HFCLKSTARTED comes 0.36 ms behind HFCLKSTART, and HFCLKSTAT then names the crystal."""
    ready = run("""
    int main(void) {
      uint32_t start = CYCCNT; REG(0x40000000) = 1; result[0] = REG(0x4000040C);
      while (!REG(0x40000100)) {}
      result[1] = CYCCNT - start; result[2] = REG(0x4000040C);
      return 0;
    }""")
    before, cycles, after = ready.results(3)
    assert (before, after) == (0x0001_0000, 0x0001_0001)
    assert cycles // 64 == 360
