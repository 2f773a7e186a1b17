"""The thin line through everything: a sketch, arduino-cli, a simulated board, pyserial."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import serial

from harness.boards.arduino_cli import ArduinoCli
from harness.boards.registry import FQBN
from harness.boards.simulated import SimulatedBoard

if TYPE_CHECKING:
    from pathlib import Path

SKETCH = """
void setup() { Serial.begin(1000000); }
void loop() {
  Serial.println("hello from the board");
  delay(50);
}
"""


pytestmark = pytest.mark.usefixtures("own_registry")


def test_a_sketch_says_hello_through_arduino_cli_and_pyserial(tmp_path: Path) -> None:
    """Compiled and uploaded by arduino-cli, run on the simulated board, read by a program that knows only pyserial."""
    sketch = tmp_path / "hello"
    sketch.mkdir()
    (sketch / "hello.ino").write_text(SKETCH)
    build = ArduinoCli().build(sketch, FQBN, {}, tmp_path / "build")
    with SimulatedBoard.start() as board:
        board.upload(build)
        with serial.Serial(board.port, 1_000_000, timeout=10) as port:
            port.readline()  # it may have begun before the port was open
            assert port.readline() == b"hello from the board\r\n"
        assert board.fault() is None


def test_any_serial_program_reads_the_board(tmp_path: Path) -> None:
    """The port is a file like any other: what just opens and reads it hears the board."""
    sketch = tmp_path / "hello"
    sketch.mkdir()
    (sketch / "hello.ino").write_text(SKETCH)
    build = ArduinoCli().build(sketch, FQBN, {}, tmp_path / "build")
    with SimulatedBoard.start() as board:
        board.upload(build)
        command = [sys.executable, "-c", "import sys; sys.stdout.buffer.write(open(sys.argv[1], 'rb').read(60))"]
        heard = subprocess.run([*command, board.port], capture_output=True, timeout=60, check=True).stdout
    assert b"hello from the board\r\n" in heard
