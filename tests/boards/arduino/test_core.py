"""The core of the simulated Nano 33 BLE: sketches built by arduino-cli, executed instruction by instruction."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

import pytest

from harness.simulator import Fault, Nrf52840, Stop

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.boards.build import Build

    RunningSketch = Callable[[str], Nrf52840]

CLOCK_HZ = 64_000_000
SLICE_CYCLES = CLOCK_HZ // 1000


@pytest.fixture
def running(compiled: Callable[[str], Build]) -> RunningSketch:
    """Starter of a sketch: text in, chip out."""

    def start(program: str) -> Nrf52840:
        chip = Nrf52840()
        chip.load(compiled(program).elf)
        return chip

    return start


def said(chip: Nrf52840, last: bytes, seconds: float = 5.0) -> bytes:
    """Run `chip` until it has sent `last`, or `seconds` of its time have gone by; returns all that it sent."""
    sent = b""
    while last not in sent and seconds > 0:
        chip.run(SLICE_CYCLES)
        sent += chip.uart.take()
        seconds -= 0.001
    return sent


def numbers(text: bytes) -> list[int]:
    """Return the whole numbers of a text, one a line."""
    return [int(line) for line in text.split()]


def test_println_reaches_the_line(running: RunningSketch) -> None:
    """What a sketch prints arrives, with Arduino's line ends."""
    chip = running('void setup() { Serial.begin(1000000); Serial.println("hello"); } void loop() {}')
    assert said(chip, b"\n") == b"hello\r\n"


def test_values_are_printed_as_on_other_boards(running: RunningSketch) -> None:
    """Bases, signs, decimals and F() come out as Arduino's reference says."""
    chip = running("""
        void setup() {
          Serial.begin(1000000);
          Serial.println(-42); Serial.println(42, HEX); Serial.println(5, BIN); Serial.println(-1, HEX);
          Serial.println(3.14159); Serial.println(3.14159, 4); Serial.println(-0.5f, 1); Serial.println(2.5, 0);
          Serial.println(F("flash")); Serial.println('c'); byte b = 200; Serial.println(b); Serial.println(true);
          Serial.println(-9223372036854775807LL); Serial.println(18446744073709551615ULL);
          Serial.println(0.0 / 0.0); Serial.println(1e30); Serial.write(0); Serial.println();
          Serial.println(min(3, 2.5)); Serial.println(max(7u, 5u)); Serial.println(constrain(12, 0, 9));
          Serial.println(map(5, 0, 10, 0, 100)); Serial.println(abs(-2.5f), 1); Serial.println("end");
        }
        void loop() {}
    """)
    assert said(chip, b"end\r\n").decode().split("\r\n")[:-1] == [
        *("-42", "2A", "101", "FFFFFFFF", "3.14", "3.1416", "-0.5", "3", "flash", "c", "200", "1"),
        *("-9223372036854775807", "18446744073709551615", "nan", "ovf", "\0", "2.50", "7", "9", "50", "2.5", "end"),
    ]


def test_bytes_that_come_in_go_back(running: RunningSketch) -> None:
    """An echo sketch returns all 256 values in order."""
    chip = running("""
        void setup() { Serial.begin(1000000); }
        void loop() { while (Serial.available()) Serial.write(Serial.read()); }
    """)
    chip.run(SLICE_CYCLES)
    chip.uart.feed(bytes(range(256)))
    assert said(chip, b"\xff") == bytes(range(256))


def test_a_long_text_leaves_whole_and_without_gaps(running: RunningSketch) -> None:
    """Ten thousand bytes arrive in order, and take as long as the line takes."""
    chip = running("""
        static uint8_t pattern[10000];
        void setup() {
          for (int i = 0; i < 10000; ++i) pattern[i] = i * 7 + (i >> 8);
          Serial.begin(1000000);
          Serial.flush();
          const unsigned long start = micros();
          Serial.write(pattern, sizeof pattern);
          Serial.flush();
          Serial.println(micros() - start);
        }
        void loop() {}
    """)
    sent = said(chip, b"\r\n", seconds=0.2)
    assert sent[:10_000] == bytes((i * 7 + (i >> 8)) & 0xFF for i in range(10_000))
    assert 100_000 <= int(sent[10_000:]) <= 101_000


def test_write_returns_while_its_bytes_are_under_way(running: RunningSketch) -> None:
    """A sketch goes on at once after a write that fits the buffer, and waits in the next one."""
    chip = running("""
        static uint8_t text[200];
        void setup() {
          Serial.begin(115200);
          const unsigned long start = micros();
          Serial.write(text, 200);
          const unsigned long first = micros() - start;
          const int room = Serial.availableForWrite();
          Serial.write(text, 200);
          const unsigned long second = micros() - start;
          Serial.println(); Serial.println(first); Serial.println(second); Serial.println(room);
          Serial.println("end");
        }
        void loop() {}
    """)
    first, second, room = numbers(said(chip, b"end").strip(b"\0").split(b"end")[0])
    assert first < 100
    assert 17_000 < second < 18_000
    assert room == 0


def test_bytes_arrive_while_the_sketch_computes(running: RunningSketch) -> None:
    """The ring wraps many times under a sketch that looks only every five milliseconds, and loses nothing."""
    chip = running("""
        static unsigned long count = 0, sum = 0;
        void setup() { Serial.begin(1000000); }
        void loop() {
          const unsigned long start = micros();
          while (micros() - start < 5000) {}
          while (Serial.available()) sum = sum * 31 + Serial.read(), ++count;
          if (count == 20000) { Serial.println(sum); count = 0; }
        }
    """)
    data = random.Random(1).randbytes(20_000)  # noqa: S311 - no secret
    chip.run(SLICE_CYCLES)
    chip.uart.feed(data)
    expected = 0
    for byte in data:
        expected = (expected * 31 + byte) & 0xFFFFFFFF
    assert int(said(chip, b"\n")) == expected


def test_after_an_overrun_the_newest_bytes_are_there(running: RunningSketch) -> None:
    """What did not fit is lost from the front; what follows is in step again."""
    chip = running("""
        void setup() {
          Serial.begin(1000000);
          delay(50);
          Serial.println(Serial.available());
          while (Serial.available() > 2) Serial.read();
          Serial.println(Serial.read()); Serial.println(Serial.read()); Serial.println(Serial.read());
          Serial.println("end");
        }
        void loop() {}
    """)
    chip.run(SLICE_CYCLES)
    chip.uart.feed(bytes(i % 251 for i in range(3_000)))
    text = said(chip, b"end")
    assert numbers(text.split(b"end")[0]) == [1024, 2_998 % 251, 2_999 % 251, -1]


def test_the_line_has_the_speed_that_the_sketch_asks_for(running: RunningSketch) -> None:
    """Fifty bytes last as long as the rate says, within the 2.5 % that a receiver tolerates."""
    rates = [9_600, 38_400, 115_200, 123_456, 250_000, 460_800, 1_000_000]
    chip = running(f"""
        static uint8_t text[50];
        static const unsigned long rates[] = {{{", ".join(map(str, rates))}}};
        static unsigned long passed[{len(rates)}];

        void setup() {{
          for (int i = 0; i < {len(rates)}; ++i) {{
            Serial.begin(rates[i]);
            const unsigned long start = micros();
            Serial.write(text, 50);
            Serial.flush();
            passed[i] = micros() - start;
          }}
          for (unsigned long time : passed) Serial.println(time);
          Serial.println("end");
        }}
        void loop() {{}}
    """)
    passed = numbers(said(chip, b"end").replace(b"\0", b"").split(b"end")[0])
    assert passed == pytest.approx([50 * 10 * 1e6 / baud for baud in rates], rel=0.025)


def test_parity_and_a_second_stop_bit_make_a_byte_longer(running: RunningSketch) -> None:
    """A frame of 8E2 has 12 bits."""
    chip = running("""
        static uint8_t text[100];
        void setup() {
          Serial.begin(250000, SERIAL_8E2);
          const unsigned long start = micros();
          Serial.write(text, 100);
          Serial.flush();
          Serial.println(micros() - start);
        }
        void loop() {}
    """)
    assert int(said(chip, b"\n").strip(b"\0")) == pytest.approx(100 * 12 * 4, abs=10)


def test_a_port_can_be_opened_again_at_another_speed(running: RunningSketch) -> None:
    """After end() and begin() bytes pass in both directions."""
    chip = running("""
        void setup() {
          Serial.begin(9600); Serial.println("slow"); Serial.end();
          Serial.begin(1000000); Serial.println("fast");
        }
        void loop() { if (Serial.available()) Serial.write(Serial.read()); }
    """)
    assert said(chip, b"fast\r\n") == b"slow\r\nfast\r\n"
    chip.uart.feed(b"!")
    assert said(chip, b"!") == b"!"


def test_micros_and_millis_tell_the_time_and_never_go_back(running: RunningSketch) -> None:
    """Both follow the simulated clock over half a second of looking at them."""
    chip = running("""
        void setup() {
          Serial.begin(1000000);
          unsigned long last = micros(), last_ms = millis(), looks = 0, backward = 0;
          while (last < 500000) {
            const unsigned long now = micros(), now_ms = millis();
            backward += now < last || now_ms < last_ms || now_ms * 1000 > micros();
            last = now; last_ms = now_ms; ++looks;
          }
          Serial.println(backward); Serial.println(looks); Serial.println(millis());
        }
        void loop() {}
    """)
    before = time.monotonic()
    backward, looks, milliseconds = numbers(said(chip, b"500\r\n"))
    assert time.monotonic() - before < 30
    assert backward == 0
    assert looks > 1_000
    assert milliseconds == 500
    assert chip.cycles == pytest.approx(0.5 * CLOCK_HZ, rel=0.01)


def test_delays_are_never_short_and_hardly_long(running: RunningSketch) -> None:
    """Each lasts what it was asked for, plus at most 20 microseconds."""
    delays_ms = [1, 2, 10, 250]
    delays_us = [1, 10, 49, 50, 100, 1_000, 16_000]
    calls = [f"delay({ms});" for ms in delays_ms] + [f"delayMicroseconds({us});" for us in delays_us]
    trials = "".join(f"start = micros(); {call} Serial.println(micros() - start); Serial.flush();" for call in calls)
    chip = running(f"""
        void setup() {{ Serial.begin(1000000); unsigned long start; {trials} Serial.println(F("end")); }}
        void loop() {{}}
    """)
    measured = numbers(said(chip, b"end").split(b"end")[0])
    wanted = [1_000 * ms for ms in delays_ms] + delays_us
    assert all(0 <= got - want <= 20 for got, want in zip(measured, wanted, strict=True)), (measured, wanted)


def test_millis_goes_on_where_micros_wraps(running: RunningSketch) -> None:
    """After 75 minutes micros() has wrapped once and millis() has not."""
    chip = running("""
        void setup() {
          Serial.begin(1000000);
          delay(4500000);
          Serial.println(millis()); Serial.println(micros()); Serial.println("end");
        }
        void loop() {}
    """)
    before = time.monotonic()
    chip.run(CLOCK_HZ * 4_500)
    sent = said(chip, b"end").split(b"end")[0]
    assert time.monotonic() - before < 10
    milliseconds, microseconds = numbers(sent)
    assert milliseconds == pytest.approx(4_500_000, abs=2)
    assert microseconds == pytest.approx(4_500_000_000 - 2**32, abs=2_000)


def test_a_sleeping_board_costs_the_host_nothing(running: RunningSketch) -> None:
    """An hour of delay() is over in less than a second, and a board that waits for a byte says that it is idle."""
    chip = running("""
        void setup() { Serial.begin(1000000); delay(3600000); }
        void loop() { if (Serial.available()) Serial.write(Serial.read()); else __asm volatile("wfe"); }
    """)
    chip.run(CLOCK_HZ // 100)
    before = time.monotonic()
    assert chip.run(CLOCK_HZ * 3_601) is Stop.IDLE
    assert time.monotonic() - before < 1
    chip.uart.feed(b"?")
    assert said(chip, b"?") == b"?"
    assert chip.run(CLOCK_HZ) is Stop.IDLE


def test_no_byte_is_slept_through(running: RunningSketch) -> None:
    """A sketch that sleeps between bytes answers each of 500 that come at random moments."""
    chip = running("""
        void setup() { Serial.begin(1000000); }
        void loop() { if (Serial.available()) Serial.write(Serial.read() ^ 0x55); else __asm volatile("wfe"); }
    """)
    chip.run(SLICE_CYCLES)
    moments = random.Random(2)  # noqa: S311 - no secret
    for number in range(500):
        chip.uart.feed(bytes([number & 0xFF]))
        chip.run(moments.randrange(1, 3_000))
    sent = chip.uart.take()
    for _ in range(600):
        chip.run(SLICE_CYCLES)
    assert sent + chip.uart.take() == bytes((number & 0xFF) ^ 0x55 for number in range(500))


def test_read_bytes_waits_no_longer_than_its_timeout(running: RunningSketch) -> None:
    """Three bytes of ten come, then the time limit."""
    chip = running("""
        void setup() {
          Serial.begin(1000000); Serial.setTimeout(50);
          char text[10];
          const size_t count = Serial.readBytes(text, 10);
          const unsigned long now = millis();
          Serial.println(count); Serial.println(now);
        }
        void loop() {}
    """)
    chip.run(SLICE_CYCLES)
    chip.uart.feed(b"abc")
    count, now = numbers(said(chip, b"\n5"))
    assert count == 3
    assert 50 <= now <= 53


def test_numbers_and_words_are_found_in_what_comes_in(running: RunningSketch) -> None:
    """find() and parseInt() read as on other boards, also where a match starts inside a failed one."""
    chip = running("""
        void setup() {
          Serial.begin(1000000);
          Serial.println(Serial.find("aab") ? Serial.parseInt() : 0);
          Serial.println(Serial.parseFloat(), 3);
        }
        void loop() {}
    """)
    chip.run(SLICE_CYCLES)
    chip.uart.feed(b"xaaab: -123, 45.625;")
    assert said(chip, b"625\r\n") == b"-123\r\n45.625\r\n"


def test_a_pin_keeps_what_was_written(running: RunningSketch) -> None:
    """digitalRead() of an output gives the level; pins that do not exist are harmless."""
    chip = running("""
        void setup() {
          Serial.begin(1000000);
          pinMode(LED_BUILTIN, OUTPUT); pinMode(2, OUTPUT); pinMode(200, OUTPUT);
          digitalWrite(LED_BUILTIN, HIGH); digitalWrite(2, LOW); digitalWrite(200, HIGH);
          Serial.println(digitalRead(LED_BUILTIN)); Serial.println(digitalRead(2)); Serial.println(digitalRead(200));
          digitalWrite(LED_BUILTIN, !digitalRead(LED_BUILTIN));
          Serial.println(digitalRead(LED_BUILTIN)); Serial.println("end");
        }
        void loop() {}
    """)
    assert numbers(said(chip, b"end").split(b"end")[0]) == [1, 0, 0, 0]


def test_a_failed_assertion_stops_and_is_named(running: RunningSketch) -> None:
    """The report leads to the line of the assert()."""
    chip = running("""
        #include <assert.h>
        void setup() { Serial.begin(1000000); }
        void loop() { assert(!Serial); }
    """)
    with pytest.raises(Fault, match=r"(?s)__assert_func.*trial\.ino:4"):
        chip.run(CLOCK_HZ)


def test_a_stack_that_grows_too_far_is_named(running: RunningSketch) -> None:
    """Endless recursion ends at the limit that the linker script sets, before it reaches the sketch's data."""
    chip = running("""
        volatile int depth = 0;

        int deeper(int level) {
          volatile char frame[100];
          frame[0] = level;
          depth = level;
          return deeper(level + 1) + frame[0];
        }
        void setup() { deeper(0); }
        void loop() {}
    """)
    with pytest.raises(Fault, match=r"(?s)stack.*deeper.*trial\.ino"):
        chip.run(CLOCK_HZ)


def test_memory_runs_out_with_a_null_pointer_not_into_the_stack(running: RunningSketch) -> None:
    """malloc() gives what lies below the stack's limit, then nothing."""
    chip = running("""
        void setup() {
          Serial.begin(1000000);
          unsigned long blocks = 0;
          while (malloc(1024) != nullptr) ++blocks;
          Serial.println(blocks);
        }
        void loop() {}
    """)
    blocks = int(said(chip, b"\n"))
    assert 230 <= blocks <= 238
