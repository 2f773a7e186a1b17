"""What `tinyhil run` says when a port is in trouble: one sentence with port and remedy, and exit code 3."""

from __future__ import annotations

import errno
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import serial

from harness import firmware, sketchbook
from harness.boards import opening
from harness.boards.arduino_cli import ArduinoCli
from harness.boards.registry import FQBN
from harness.cli import main
from harness.deadline import Deadline
from host_models import zoo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conftest import StartBoard
    from harness.boards.simulated import SimulatedBoard

    Run = Callable[[str], str]

LEVEL = "int8-tflite"
BAUD = 1_000_000


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run one level on the board at a port, which ends in exit code 3; what was said on the standard error."""
    monkeypatch.setattr("harness.boards.attached._OPEN_S", 0.3)
    monkeypatch.delenv("TINYHIL_DATA", raising=False)

    def to_its_end(port: str) -> str:
        with pytest.raises(SystemExit) as ended:
            main(["run", "--board", port, "--fqbn", FQBN, "--no-upload", "--levels", LEVEL, "--json"])
        assert ended.value.code == 3
        return " ".join(capsys.readouterr().err.split())

    return to_its_end


@pytest.fixture
def pty() -> Iterator[str]:
    """Path of a serial port at which nobody listens."""
    master, slave = os.openpty()
    yield os.ttyname(slave)
    os.close(slave)
    os.close(master)


@pytest.fixture
def bench(start_board: StartBoard, tmp_path: Path) -> SimulatedBoard:
    """Start a board that says something and then runs the bench."""
    _, headers = firmware.headers(zoo.load(LEVEL), FQBN, BAUD)
    build = ArduinoCli().build(sketchbook.sketch(firmware.SKETCH), FQBN, headers, tmp_path / "build")
    board = start_board(boot_text="ROM 1.0\r\nbooting...\r\n")
    board.flash(build.elf)
    board.open(BAUD).close()
    return board


def test_a_port_that_is_not_there(run: Run) -> None:
    """Told at once, with the ports that there are."""
    said = run("/dev/ttyACM99")
    assert "no board has the port, serial number or name /dev/ttyACM99" in said
    assert "plug it in" in said


def test_a_device_that_is_no_port(run: Run) -> None:
    """Told at once."""
    assert "/dev/null is no serial port; see which there are with: tinyhil boards" in run("/dev/null")


def test_a_port_behind_which_nobody_is(run: Run) -> None:
    """The system's words, and what to do."""
    said = run("socket://127.0.0.1:1")
    assert "the port socket://127.0.0.1:1 can't be opened after 0 s" in said
    assert "Connection refused); see that what is behind it runs" in said


def test_a_port_that_is_busy(run: Run, pty: str) -> None:
    """Another program has it open, and keeps it."""
    with serial.Serial(pty, exclusive=True):
        said = run(pty)
    assert f"the port {pty} is still in use by another program after 0 s; close that program" in said


def test_a_port_without_permission(run: Run, pty: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the system says to a user who may not open it, told as a user who may is not refused."""

    def refuse(url: str, _baud: int) -> serial.SerialBase:
        raise serial.SerialException(errno.EACCES, f"could not open port {url}")

    monkeypatch.setattr(opening, "_open", refuse)
    assert f"the port {pty} may not be opened by you; on Linux join its group with: sudo usermod -aG" in run(pty)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (PermissionError(13, "Access is denied.", None, 5), "is still in use by another program"),
        (FileNotFoundError(2, "The system cannot find the file specified.", None, 2), "is not there"),
        (OSError(22, "The semaphore timeout period has expired.", None, 121), "can't be opened"),
    ],
    ids=["busy", "missing", "anything else"],
)
def test_a_port_in_trouble_on_windows(
    run: Run, pty: str, monkeypatch: pytest.MonkeyPatch, error: OSError, sentence: str
) -> None:
    """There pyserial gives no number, but the error in its text."""

    def refuse(url: str, _baud: int) -> serial.SerialBase:
        raise serial.SerialException(f"could not open port {url!r}: {error!r}")

    monkeypatch.setattr(opening, "_open", refuse)
    assert f"the port {pty} {sentence}" in run(pty)


def test_a_board_that_is_silent(run: Run, pty: str) -> None:
    """Not a byte comes."""
    said = run(pty)
    assert f"{pty}: no answer to hello in 10 s and not a byte came; press the board's reset button" in said


def test_a_board_that_goes_away_in_mid_clip(run: Run, bench: SimulatedBoard, tmp_path: Path) -> None:
    """The cable is pulled when some of the audio has arrived; the clips until then are reported."""
    link = tmp_path / "ttyACM0"
    link.symlink_to(Path(bench.port).readlink())
    greeted = bench.info().received_bytes

    def pull() -> None:
        deadline = Deadline(60)
        while bench.info().received_bytes < greeted + 3 * 32_000 and not deadline.passed:
            deadline.pause(0.01)
        bench.close()

    cable = threading.Thread(target=pull)
    cable.start()
    said = run(str(link))
    cable.join()
    assert f"{link} could not be " in said
    assert "see to its cable, plug it in again and repeat the run" in said
