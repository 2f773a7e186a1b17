"""The cycle counter shows what the Cortex-M4's manual says that instructions take."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

SEQUENCES = {
    # Arm Cortex-M4 TRM, table 3-1 and section 3.3.3; P, the pipeline refill of a taken branch, is 2 here.
    "nop": ("nop", 1),
    "four adds": ("add r0, r0, r1\n add r0, r0, r1\n add r0, r0, r1\n add r0, r0, r1", 4),
    "multiply and accumulate": ("mla r0, r1, r2, r0", 1),
    "long multiply": ("smull r0, r1, r2, r3", 1),
    "dual multiply and accumulate": ("smlad r0, r1, r2, r0", 1),
    "a load": ("ldr r0, [r4]", 2),
    "two loads, pipelined": ("ldr r0, [r4]\n ldr r1, [r4, #4]", 3),
    "a load whose address is loaded": ("ldr r0, [r4]\n ldr r1, [r0]", 4),
    "a store": ("str r0, [r4]", 1),
    "a store by register offset": ("str r0, [r4, r5]", 2),
    "a load of four": ("ldm r4, {r0, r1, r2, r3}", 5),
    "a store of two": ("strd r0, r1, [r4]", 3),
    "push and pop": ("push {r0, r1, r2}\n pop {r0, r1, r2}", 8),
    "a taken branch": ("b 1f\n nop\n 1: nop", 4),
    "a branch not taken": ("cmp r5, #1\n beq 1f\n 1: nop", 3),
    "a call and its return": ("bl 2f\n b 1f\n 2: bx lr\n 1: nop", 10),
    "a loop of three": ("movs r0, #3\n 1: subs r0, #1\n bne 1b", 11),
    "a folded IT": ("cmp r5, #0\n it ne\n addne r0, #1", 2),
    "divide": ("udiv r0, r1, r2", 7),
    "a float sum": ("vadd.f32 s0, s1, s2", 1),
    "a float multiply and accumulate": ("vmla.f32 s0, s1, s2", 3),
    "a float quotient": ("vdiv.f32 s0, s1, s2", 14),
    "a float load": ("vldr s0, [r4]", 2),
    "a float load of three": ("vldmia r4, {s0, s1, s2}", 4),
    "a move of two words to the FPU": ("vmov d0, r0, r1", 2),
}

FIRMWARE = """
uint32_t memory[16] = {{0x20000000, 1, 2, 3}};
int main(void) {{
  __asm volatile(
    ".syntax unified\\n ldr r6, =0xE0001004\\n ldr r4, =memory\\n movs r5, #0\\n movs r1, #9\\n movs r2, #3\\n"
    "b 8f\\n .ltorg\\n 8: ldr r7, [r6]\\n"
    {body}
    "ldr r8, [r6]\\n subs r0, r8, r7\\n ldr r1, =result\\n str r0, [r1]\\n"
    ::: "r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "lr", "memory");
  return 0;
}}
"""


@pytest.mark.parametrize("name", SEQUENCES)
def test_a_sequence_takes_the_manuals_cycles(run: Callable, name: str) -> None:
    """Between two reads of CYCCNT lie the first read's own cycles and those of the sequence."""
    body, cycles = SEQUENCES[name]
    lines = "".join(f'"{line.strip()}\\n"\n' for line in body.splitlines())
    # The read is a load too: one that follows it is pipelined.
    read = 1 if body.startswith(("ldr", "str r0, [r4, r5]")) else 2
    assert run(FIRMWARE.format(body=lines)).results(1) == [cycles + read]


def test_two_reads_in_a_row_are_one_load_apart(run: Callable) -> None:
    """The counter is read at the cycle of the instruction that reads it, not at the border of its block."""
    assert run(FIRMWARE.format(body='""')).results(1) == [2]


def test_code_in_ram_costs_the_same(run: Callable) -> None:
    """A function that the start-up code copied to RAM is counted as in flash."""
    source = """
    #define LOOP { uint32_t start = CYCCNT; for (volatile int i = 0; i < 50; i++) {} return CYCCNT - start; }
    __attribute__((noinline)) uint32_t in_flash(void) LOOP
    __attribute__((noinline, section(".data.code"), long_call)) uint32_t in_ram(void) LOOP
    int main(void) { result[0] = in_flash(); result[1] = in_ram(); return 0; }
    """
    in_flash, in_ram = run(source).results(2)
    assert in_flash == in_ram > 50


def test_sleep_does_not_count(run: Callable) -> None:
    """CYCCNT stands still in WFE, whose core clock is off, while TIMER goes on."""
    source = """
    int main(void) {
      REG(TIMER(0) + 0x504) = 0; REG(TIMER(0) + 0x508) = 3; REG(TIMER(0) + 0x510) = 4;
      REG(TIMER(0) + 0x540) = 1000; REG(TIMER(0) + 0x304) = 1u << 16; REG(0xE000ED10) = 1u << 4;
      uint32_t start = CYCCNT; REG(TIMER(0)) = 1;
      while (!REG(TIMER(0) + 0x140)) __asm volatile("wfe");
      result[0] = CYCCNT - start; REG(TIMER(0) + 0x44) = 1; result[1] = REG(TIMER(0) + 0x544);
      return 0;
    }
    """
    awake, microseconds = run(source).results(2)
    assert awake < 100
    assert microseconds == 1000
