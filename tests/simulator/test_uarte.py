"""The serial port moves bytes by EasyDMA at the rate that the firmware set."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

SETUP = """
#define START(rate) \\
  REG(UARTE + 0x50C) = 6; REG(UARTE + 0x514) = 8; REG(UARTE + 0x524) = rate; REG(UARTE + 0x500) = 8
static volatile uint8_t a[16], b[16];
#define RECEIVE(buffer, count) REG(UARTE + 0x534) = (uint32_t)(buffer); REG(UARTE + 0x538) = count; REG(UARTE) = 1
#define SEND(buffer, count) \\
  REG(UARTE + 0x120) = 0; REG(UARTE + 0x544) = (uint32_t)(buffer); REG(UARTE + 0x548) = count; REG(UARTE + 8) = 1
"""
MEGABAUD = 0x1000_0000
BYTE_AT_MEGABAUD = 640


def test_bytes_leave_one_by_one_at_the_baud_rate(load: Callable) -> None:
    """Ten bits a byte: after 2.5 byte times, two bytes are out."""
    ready = load(
        SETUP + f'static char text[] = "abcd"; int main(void) {{ START({MEGABAUD}); SEND(text, 4); return 0; }}'
    )
    ready.chip.run(int(2.5 * BYTE_AT_MEGABAUD) + 60)
    assert ready.chip.uart.take() == b"ab"
    ready.chip.run(1_000_000)
    assert ready.chip.uart.take() == b"cd"
    assert ready.chip.uart.take() == b""


@pytest.mark.parametrize(
    ("register", "baud"),
    [
        (0x0027_5000, 9598),
        (0x01D6_0000, 115_108),
        (0x03B0_0000, 231_884),
        (0x0F00_0000, 941_176),
        (MEGABAUD, 1_000_000),
    ],
)
def test_the_actual_rate_is_that_of_the_register_description(load: Callable, register: int, baud: int) -> None:
    """A byte takes 10 bits at the actual rate that Nordic gives for the setting."""
    ready = load(SETUP + f"int main(void) {{ START({register}); RECEIVE(a, 16); return 0; }}")
    ready.chip.run(1000)
    start = ready.chip.cycles
    ready.chip.uart.feed(b"12345678")
    ready.chip.run(64_000_000)
    assert ready.chip.uart.last_received - start == pytest.approx(8 * 10 * 64e6 / baud, rel=1e-4)


def test_received_bytes_fill_a_buffer_and_then_the_next(load: Callable) -> None:
    """PTR may be written for the next buffer once RXSTARTED is out; ENDRX_STARTRX goes on without the CPU."""
    ready = load(
        SETUP
        + f"""
    int main(void) {{
      START({MEGABAUD}); REG(UARTE + 0x200) = 1u << 5; RECEIVE(a, 4); REG(UARTE + 0x534) = (uint32_t)b;
      for (;;) {{
        for (int i = 0; i < 2; i++) {{
          result[i] = ((volatile uint32_t *)a)[i]; result[2 + i] = ((volatile uint32_t *)b)[i];
        }}
        result[4] = REG(UARTE + 0x110); result[5] = REG(UARTE + 0x53C);
      }}
    }}"""
    )
    ready.chip.run(1000)
    ready.chip.uart.feed(b"firstnxt")
    assert ready.chip.uart.pending == 8
    ready.chip.run(9 * BYTE_AT_MEGABAUD)
    assert ready.chip.uart.pending == 0
    words = [int.from_bytes(text, "little") for text in (b"firs", b"\0\0\0\0", b"tnxt", b"\0\0\0\0")]
    assert ready.results(6) == [*words, 1, 4]


def test_the_end_of_a_transmission_is_an_event(run: Callable) -> None:
    """TXSTARTED at once, ENDTX with AMOUNT behind the last byte, TXSTOPPED after STOPTX."""
    ready = run(
        SETUP
        + f"""
    int main(void) {{
      START({MEGABAUD}); uint32_t start = CYCCNT; SEND(a, 3);
      result[0] = REG(UARTE + 0x150); result[1] = REG(UARTE + 0x120);
      while (!REG(UARTE + 0x120)) {{}}
      result[2] = CYCCNT - start; result[3] = REG(UARTE + 0x54C);
      REG(UARTE + 0xC) = 1; result[4] = REG(UARTE + 0x158);
      return 0;
    }}"""
    )
    started, ended, cycles, amount, stopped = ready.results(5)
    assert (started, ended, amount, stopped) == (1, 0, 3, 1)
    assert 3 * BYTE_AT_MEGABAUD <= cycles < 3 * BYTE_AT_MEGABAUD + 40


def test_bytes_for_a_receiver_that_is_off_are_lost(load: Callable) -> None:
    """A line has no memory."""
    ready = load(SETUP + f"int main(void) {{ START({MEGABAUD}); return 0; }}")
    ready.chip.uart.feed(b"hello")
    ready.chip.run(64_000_000)
    assert (ready.chip.uart.received, ready.chip.uart.lost, ready.chip.uart.pending) == (0, 5, 0)


def test_four_bytes_wait_in_the_fifo_and_the_next_overruns(load: Callable) -> None:
    """Between ENDRX and STARTRX nothing is lost until the FIFO is full; then ERROR tells it."""
    ready = load(
        SETUP
        + f"""
    int main(void) {{
      START({MEGABAUD}); RECEIVE(a, 2);
      while (!REG(UARTE + 0x124)) {{}}
      result[0] = REG(UARTE + 0x480); REG(UARTE + 0x480) = 1; result[1] = REG(UARTE + 0x480);
      RECEIVE(b, 4); result[2] = *(volatile uint32_t *)b; result[3] = REG(UARTE + 0x53C);
      return 0;
    }}"""
    )
    ready.chip.run(1000)
    ready.chip.uart.feed(b"ab1234x")
    ready.chip.run(64_000_000)
    assert ready.results(4) == [1, 0, int.from_bytes(b"1234", "little"), 4]
    assert ready.chip.uart.lost == 1


def test_stopping_the_receiver_closes_its_buffer_and_times_out(load: Callable) -> None:
    """STOPRX: ENDRX with the bytes so far, RXTO a few byte times later."""
    ready = load(
        SETUP
        + f"""
    int main(void) {{
      START({MEGABAUD}); RECEIVE(a, 16);
      while (!REG(UARTE + 0x108)) {{}}
      uint32_t start = CYCCNT; REG(UARTE + 4) = 1;
      result[0] = REG(UARTE + 0x110); result[1] = REG(UARTE + 0x53C);
      while (!REG(UARTE + 0x144)) {{}}
      result[2] = CYCCNT - start;
      return 0;
    }}"""
    )
    ready.chip.run(1000)
    ready.chip.uart.feed(b"z")
    ready.chip.run(64_000_000)
    ended, amount, cycles = ready.results(3)
    assert (ended, amount) == (1, 1)
    assert 4 * BYTE_AT_MEGABAUD < cycles < 6 * BYTE_AT_MEGABAUD


def test_a_transmitter_without_a_pin_says_nothing(run: Callable) -> None:
    """PSEL.TXD is disconnected after reset."""
    ready = run(
        SETUP + f"int main(void) {{ START({MEGABAUD}); REG(UARTE + 0x50C) = 0xFFFFFFFF; SEND(a, 3); return 0; }}"
    )
    assert ready.chip.uart.take() == b""


def test_more_bytes_than_the_line_holds_arrive_in_order(load: Callable) -> None:
    """Two megabytes fed at once reach a ring buffer one after another."""
    ready = load(
        SETUP + f"int main(void) {{ START({MEGABAUD}); REG(UARTE + 0x200) = 1u << 5; RECEIVE(a, 16); return 0; }}"
    )
    ready.chip.run(1000)
    data = bytes(n * 7 % 251 for n in range(2_000_000))
    ready.chip.uart.feed(data)
    ready.chip.run(2_000_000 * BYTE_AT_MEGABAUD + 10_000)
    assert (ready.chip.uart.received, ready.chip.uart.pending) == (2_000_000, 0)
    assert ready.chip.firmware is not None
    assert ready.chip.peek(ready.chip.firmware.symbols["a"], 16) == data[-16:]
