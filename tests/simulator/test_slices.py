"""The same firmware and input give the same cycles, however the host cuts the run."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from harness.simulator import Nrf52840, Stop

if TYPE_CHECKING:
    from collections.abc import Callable

ECHO = """
static uint8_t ring[64], out[64];
int main(void) {
  REG(UARTE + 0x50C) = 6; REG(UARTE + 0x514) = 8; REG(UARTE + 0x524) = 0x10000000; REG(UARTE + 0x500) = 8;
  REG(UARTE + 0x534) = (uint32_t)ring; REG(UARTE + 0x538) = 64; REG(UARTE + 0x200) = 1u << 5;
  REG(UARTE + 0x304) = 1u << 2; REG(UARTE) = 1;
  REG(TIMER(1) + 0x504) = 1; REG(TIMER(1) + 0x508) = 3; REG(TIMER(1)) = 1;
  REG(PPI + 0x510) = UARTE + 0x108; REG(PPI + 0x514) = TIMER(1) + 8; REG(PPI + 0x504) = 1;
  REG(0xE000ED10) = 1u << 4;
  uint32_t read = 0, sum = 0, sent = 0;
  for (;;) {
    REG(UARTE + 0x108) = 0;
    REG(0xE000E280) = 1u << 2;
    REG(TIMER(1) + 0x40) = 1;
    uint32_t count = REG(TIMER(1) + 0x540);
    if (count == read) { __asm volatile("wfe"); continue; }
    while (read != count) { sum = sum * 31 + ring[read++ & 63]; out[sent++ & 63] = sum; }
    result[0] = sum; result[1] = CYCCNT; result[2]++;
    if ((read & 15) == 0) {
      while (sent && REG(UARTE + 0x150) && !REG(UARTE + 0x120)) {}
      REG(UARTE + 0x120) = 0; REG(UARTE + 0x150) = 0;
      REG(UARTE + 0x544) = (uint32_t)out; REG(UARTE + 0x548) = sent; sent = 0; REG(UARTE + 8) = 1;
    }
  }
}
"""

CONDITIONAL_AT_A_PAGE = """
int main(void) {
  __asm volatile(
    "movs r0, #0\\n movs r1, #0\\n movs r3, #200\\n b 1f\\n .balign 1024\\n .rept 508\\n nop\\n .endr\\n"
    "1: adds r0, #1\\n lsls r2, r0, #31\\n .balign 1024, 0, 0\\n b 2f\\n"
    ".balign 1024\\n .rept 508\\n nop\\n .endr\\n 2: lsls r2, r0, #31\\n itete ne\\n addne r1, #3\\n addeq r1, #5\\n"
    "addne r1, #7\\n addeq r1, #11\\n cmp r0, r3\\n bne 1b\\n ldr r2, =result\\n str r1, [r2]\\n"
    "b 3f\\n .ltorg\\n 3:\\n"
    ::: "r0", "r1", "r2", "r3", "cc", "memory");
  result[1] = CYCCNT;
  return 0;
}
"""


def run_in_slices(chip: Nrf52840, cycles: int, slice_cycles: Callable[[], int]) -> None:
    """Run to `cycles` in steps of what `slice_cycles` gives."""
    while chip.cycles < cycles:
        if chip.run(min(slice_cycles(), cycles - chip.cycles)) is Stop.IDLE:
            return


def echo(load: Callable, slice_cycles: Callable[[], int]) -> list[object]:
    """Return what the echo firmware does with 160 bytes, told at a fixed time."""
    ready = load(ECHO)
    ready.chip.run(64_000)
    ready.chip.uart.feed(bytes(range(160)))
    run_in_slices(ready.chip, 250_000, slice_cycles)
    assert ready.chip.uart.lost == 0
    assert ready.chip.uart.received == 160
    return [*ready.results(3), ready.chip.awake_cycles, ready.chip.uart.take()]


def test_an_echo_is_the_same_in_any_slices(load: Callable) -> None:
    """Bytes, sums, wake-ups and the cycle counter do not depend on how often the host looks."""
    whole = echo(load, lambda: 10**9)
    assert len(whole[-1]) == 160
    chance = random.Random(7)  # noqa: S311 - a cut anywhere
    assert echo(load, lambda: 1) == whole
    assert echo(load, lambda: 97) == whole
    assert echo(load, lambda: chance.choice([1, 10, 1000, 12_345])) == whole


@pytest.mark.parametrize("step", [10**9, 1, 3])
def test_a_conditional_block_survives_a_stop_inside(load: Callable, step: int) -> None:
    """A run that ends between an IT and its instructions, where a page ends, goes on in the same condition."""
    ready = load(CONDITIONAL_AT_A_PAGE)
    run_in_slices(ready.chip, 1_000_000, lambda: step)
    assert ready.results(1) == [100 * (3 + 7) + 100 * (5 + 11)]


def test_three_runs_are_identical(load: Callable) -> None:
    """A chip that is reset, and a new one, count the same as the first time."""
    counts = []
    ready = load(CONDITIONAL_AT_A_PAGE)
    for _ in range(2):
        ready.chip.reset()
        ready.chip.run(1_000_000)
        counts.append((ready.results(2), ready.chip.cycles))
    other = load(CONDITIONAL_AT_A_PAGE)
    other.chip.run(1_000_000)
    counts.append((other.results(2), other.chip.cycles))
    assert counts[0] == counts[1] == counts[2]


def test_a_budget_is_overrun_by_no_more_than_a_block(load: Callable) -> None:
    """A run of 1000 cycles ends within a block of it."""
    ready = load("int main(void) { for (;;) { result[0]++; result[1] += 3; } }")
    ready.chip.run(500)
    before = ready.chip.cycles
    assert ready.chip.run(1000) is Stop.BUDGET
    assert 1000 <= ready.chip.cycles - before < 1000 + 32
