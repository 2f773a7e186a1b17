"""The mock board: its URLs, its port, and what it makes of a build."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import serial

from harness import firmware, selection
from harness.boards.mock import FQBN, MockBoard, MockToolchain, read_url, url_of
from harness.boards.opening import URL_PACKAGE
from harness.device import Device
from harness.errors import BoardError, MisuseError, ToolchainError
from host_models import export, zoo

BAUD = 1_000_000
PAGE = Path(__file__).parents[2] / "docs" / "boards.md"


@pytest.fixture
def handlers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tell pyserial of our URLs, as any program can."""
    monkeypatch.setattr(serial, "protocol_handler_packages", [URL_PACKAGE])


@pytest.mark.usefixtures("handlers")
def test_any_pyserial_program_can_talk_to_a_mock_board() -> None:
    """A URL is enough; such a board says that nobody built it."""
    with serial.serial_for_url("mock://int8-tflite", BAUD) as port:
        hello = Device(port).hello()
    assert (hello.board, hello.level, hello.build_id) == ("mock", "int8-tflite", 0)
    assert firmware.is_unidentified(hello.build_id)


def test_a_board_tells_the_build_that_was_uploaded(tmp_path: Path) -> None:
    """Level and build id of the headers, whatever was on it before; there is nothing that has a size."""
    number, headers = firmware.headers(zoo.load("fp32"), FQBN, BAUD)
    build = MockToolchain().build(tmp_path, FQBN, headers, tmp_path / "out")
    with MockBoard("mock://int8-tflite") as board:
        board.upload(build)
        with board.open(BAUD) as port:
            hello = Device(port).hello()
        assert board.port == f"mock://fp32?build=0x{number:08x}"
    assert (hello.level, hello.build_id) == ("fp32", number)
    assert (build.flash_bytes, build.ram_bytes, build.compiler, build.flags) == (None, None, None, None)


def test_a_build_without_a_level_takes_one_over_the_line(tmp_path: Path) -> None:
    """As the quick firmware does; only levels of the zoo can be run, and each opening is a device without one."""
    number, headers = firmware.headers(None, FQBN, BAUD)
    model = zoo.load("int8-tflite")
    with MockBoard() as board:
        board.upload(MockToolchain().build(tmp_path, FQBN, headers, tmp_path / "out"))
        assert board.port == f"mock://quick?build=0x{number:08x}"
        with board.open(BAUD) as port:
            assert Device(port).load("int8-tflite", export.blob(model)).level == "int8-tflite"
            with pytest.raises(BoardError, match="this is not its fp32"):
                Device(port).load("fp32", export.blob(model))
        with board.open(BAUD) as port:
            assert Device(port).hello().level == ""


def test_headers_without_a_level_make_no_build(tmp_path: Path) -> None:
    """As a compiler would refuse them."""
    with pytest.raises(ToolchainError, match="does not define TINYHIL_LEVEL"):
        MockToolchain().build(tmp_path, FQBN, {"model.h": "", "build_identity.h": ""}, tmp_path)


def test_what_is_no_build_for_it_is_refused(tmp_path: Path) -> None:
    """Such as one whose files are gone."""
    _, headers = firmware.headers(zoo.load("fp32"), FQBN, BAUD)
    build = MockToolchain().build(tmp_path, FQBN, headers, tmp_path)
    build.elf.unlink()
    with pytest.raises(BoardError, match="is no build for a mock board"):
        MockBoard().upload(build)


def test_urls_are_read_as_they_are_written() -> None:
    """With a build id or without."""
    assert read_url(url_of("w8a8-sym-ptq-un12.5-ft", 0xBEEF)) == ("w8a8-sym-ptq-un12.5-ft", 0xBEEF)
    assert read_url("mock://fp32") == ("fp32", 0)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mock://", "names no level; write mock://LEVEL, such as mock://int8-tflite"),
        ("mock://fp32/x", "names no level"),
        ("mock://fp32?build=7", "names no level"),
        ("mock://nonsense", "'nonsense' is no level"),
        ("mock://w2a2-sym-ptq-ch1", "is not in the zoo"),
    ],
)
def test_a_url_that_names_no_level_is_refused_at_once(url: str, words: str) -> None:
    """With what would be right."""
    begin = time.monotonic()
    with pytest.raises(BoardError, match=words):
        MockBoard(url).open(BAUD)
    assert time.monotonic() - begin < 1


def test_words_of_the_command_line_choose_it() -> None:
    """It has no kind that arduino-cli knows."""
    assert selection.board("mock", None).port == "mock://"
    assert selection.board("mock://fp32", None).port == "mock://fp32"
    assert isinstance(selection.toolchain("mock://fp32"), MockToolchain)
    with pytest.raises(MisuseError, match="leave --fqbn out"):
        selection.board("mock", "arduino:mbed_nano:nano33ble")


@pytest.mark.usefixtures("handlers")
def test_its_port_keeps_to_pyserial_s_rules() -> None:
    """Timeouts, buffers, and what a closed port may not be asked."""
    port = serial.serial_for_url("mock://fp32", timeout=0.05)
    begin = time.monotonic()
    assert port.read() == b""
    assert time.monotonic() - begin >= 0.05
    port.write(b"\x01\0")
    assert port.in_waiting > 4
    assert port.read(2) == b"\0\x02"
    port.reset_input_buffer()
    assert port.in_waiting == 0
    with pytest.raises(serial.SerialException, match="is open already"):
        port.open()
    port.close()
    port.close()
    for forbidden in (port.read, port.reset_input_buffer, port.reset_output_buffer, lambda: port.write(b"x")):
        with pytest.raises(serial.PortNotOpenError):
            forbidden()


@pytest.mark.usefixtures("handlers")
def test_a_read_that_waits_ends_when_another_thread_closes_the_port() -> None:
    """Without a timeout it would wait for ever."""
    port = serial.serial_for_url("mock://fp32")
    timer = threading.Timer(0.1, port.close)
    timer.start()
    assert port.read() == b""
    timer.join()


def test_the_page_s_example_runs_as_it_stands() -> None:
    """A program of its own, with nothing but what the page says."""
    (example,) = re.findall(r"```python\n(import serial.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    done = subprocess.run([sys.executable, "-c", example], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.startswith("Result(clip=1, label=0,")
