"""Every way of failing ends the run with what happened, where, and the registers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.simulator import Fault, Nrf52840, Stop

if TYPE_CHECKING:
    from collections.abc import Callable

FAILURES = {
    # what the body does: source, kind, words of the report
    "reads where there is no memory": ("result[0] = REG(0x30000000);", "bad read", "0x30000000"),
    "writes where there is no memory": ("REG(0x20040000) = 1;", "bad write", "0x20040000"),
    "writes to flash": ("REG(0x00000100) = 1;", "write to read-only memory", "0x00000100"),
    "reads an absent peripheral space": ("result[0] = REG(0x40080000);", "bad read", "0x40080000"),
    "jumps where there is no memory": ("((void (*)(void))0x08000001)(); result[0] = 1;", "bad jump", "0x08000000"),
    "jumps to an erased pointer": ("((void (*)(void))0xFFFFFFFF)(); result[0] = 1;", "jump into data", "0xFFFFFFFE"),
    "jumps to ARM state": ("((void (*)(void))0x00000100)(); result[0] = 1;", "ARM state", "even address"),
    "executes an undefined instruction": ('__asm volatile("udf #1");', "undefined instruction", "undefined"),
    "stops at a breakpoint": ('__asm volatile("bkpt #3");', "breakpoint", "breakpoint"),
    "calls a supervisor": ('__asm volatile("svc #3");', "supervisor call", "supervisor call"),
    "loops for ever": ("for (;;) {}", "endless loop", "branch to itself"),
    "uses the FPU while it is off": (
        'REG(0xE000ED88) = 0; __asm volatile("dsb\\n isb\\n b 1f\\n 1: vadd.f32 s0, s0, s0");',
        "FPU off",
        "CPACR",
    ),
    "transfers two words from an odd address": (
        '__asm volatile("b 1f\\n 1: ldrd r2, r3, [%0]" :: "r"(0x20000001) : "r2", "r3");',
        "unaligned access",
        "0x20000001",
    ),
    "gives EasyDMA an address in flash": (
        'REG(UARTE + 0x500) = 8; REG(UARTE + 0x544) = 256; REG(UARTE + 0x548) = 4; REG(UARTE + 8) = 1; __asm("nop");',
        "DMA outside RAM",
        "0x00000100",
    ),
    "enables an interrupt that comes": (
        "REG(0xE000E100) = 1u << 2; REG(0xE000E200) = 1u << 2; while (REG(0x20000000) != 77) {}",
        "interrupt",
        "exception entry is not modelled",
    ),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_firmware_that_fails_is_told_so(run: Callable, failure: str) -> None:
    """The report names the kind, the address, function, file and line; it comes within a second of simulated time."""
    body, kind, words = FAILURES[failure]
    source = f"__attribute__((noinline)) void culprit(void) {{\n{body}\n}}\nint main(void) {{ culprit(); return 0; }}"
    with pytest.raises(Fault) as caught:
        run(source)
    fault = caught.value
    assert fault.kind == kind
    assert words in str(fault)
    if "jump" not in kind and kind != "ARM state":
        assert fault.function == "culprit"
        assert fault.line == "firmware.c:2"
    else:
        assert fault.caller is not None
        assert fault.caller.function == "culprit"
    assert fault.registers["pc"] % 2 == 0
    assert f"{fault.registers['sp']:08x}" in str(fault)


def test_a_recursion_without_end_overflows_the_stack(run: Callable) -> None:
    """The stack pointer below __StackLimit ends the run long before other memory is overwritten."""
    source = """
    __attribute__((noinline)) uint32_t deeper(uint32_t n) {
      volatile uint32_t a[8]; a[0] = n; return deeper(n + 1) + a[0];
    }
    int main(void) { return deeper(0); }
    """
    with pytest.raises(Fault, match="overflowed the stack") as caught:
        run(source)
    assert caught.value.function == "deeper"
    assert 0x2003F000 - 64 <= caught.value.registers["sp"] < 0x2003F000


def test_an_address_made_in_front_of_a_loop_is_no_fault(run: Callable) -> None:
    """A block that makes the address of its own transfer is not judged by the registers before it.

    The loop's block is known first, then the longer one that runs into it with a register that was odd.
    """
    source = """
    static uint64_t memory[8];
    int main(void) {
      for (int round = 0; round < 3; round++)
        __asm volatile(
          "movs r4, #1\\n cmp %1, #0\\n beq 2f\\n b 1f\\n 2: mov r4, %0\\n b 3f\\n"
          "1: mov r4, %0\\n 3: movs r5, #3\\n 4: ldrd r2, r3, [r4]\\n adds r4, #8\\n subs r5, #1\\n bne 4b"
          :: "r"(memory), "r"(round) : "r2", "r3", "r4", "r5", "cc");
      result[0] = 1;
      return 0;
    }"""
    assert run(source).results(1) == [1]


def test_the_lowest_stack_pointer_is_known(run: Callable) -> None:
    """A buffer of 1 KB on the stack shows in stack_low."""
    source = """
    __attribute__((noinline)) void fill(void) { volatile char a[1024]; for (int i = 0; i < 1024; i++) a[i] = i; }
    int main(void) { fill(); return 0; }
    """
    assert 1024 <= 0x20040000 - run(source).chip.stack_low < 1024 + 64


def test_erased_flash_is_reported_and_not_executed() -> None:
    """A chip without firmware jumps to 0xFFFFFFFE."""
    with pytest.raises(Fault, match="0xFFFFFFFE"):
        Nrf52840().run(1000)


def test_a_fault_stays_until_the_chip_is_reset(load: Callable) -> None:
    """A second run tells the same; a reset makes the chip start again."""
    ready = load("int main(void) { if (result[0]++ == 0) REG(0x30000000) = 1; return 0; }")
    for _ in range(2):
        with pytest.raises(Fault, match="0x30000000"):
            ready.chip.run(100_000)
    ready.chip.reset()
    assert ready.chip.run(100_000) is Stop.IDLE
    assert ready.results(1) == [2]
