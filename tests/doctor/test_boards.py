"""What the doctor says of ports, cores and simulated boards; the system's list of serial ports is a test's own."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest
from serial.tools import list_ports
from serial.tools.list_ports_common import ListPortInfo

from harness.boards.simulated import SimulatedBoard
from harness.doctor.finding import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from harness.doctor.finding import Finding

    Look = Callable[[str], tuple[Finding, ...]]

NOBODY = 65534


@pytest.fixture
def nano(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ListPortInfo:
    """Plug in a Nano 33 BLE, whose device file lies in this test's folder, below others that anybody may enter."""
    port = tmp_path / "ttyACM0"
    port.touch(0o600)
    info = ListPortInfo(str(port))
    info.vid, info.pid, info.serial_number, info.product = 0x2341, 0x805A, "5C18A3FF", "Nano 33 BLE"
    monkeypatch.setattr(list_ports, "comports", lambda: [info])
    return info


@pytest.fixture
def as_nobody(tmp_path: Path) -> Iterator[None]:
    """Be a user who owns nothing, where this one may become that."""
    if os.geteuid() != 0:
        os.chmod(tmp_path / "ttyACM0", 0)  # noqa: PTH101 - as strange to its owner as to nobody
        yield
        return
    for folder in (tmp_path, *tmp_path.parents[:3]):
        folder.chmod(folder.stat().st_mode | 0o011)
    os.seteuid(NOBODY)
    yield
    os.seteuid(0)


def test_a_port_is_told_with_kind_and_serial_number(look: Look, nano: ListPortInfo) -> None:
    """And that no board is attached, where none is."""
    (finding,) = look("ports")
    assert (finding.name, finding.status) == (nano.device, Status.OK)
    assert finding.found == "Nano 33 BLE, arduino:mbed_nano:nano33ble, serial number 5C18A3FF"


def test_no_port_is_no_lack(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run starts a simulated board."""
    monkeypatch.setattr(list_ports, "comports", list)
    (finding,) = look("ports")
    assert (finding.status, finding.found) == (Status.OK, "no board attached; a run starts a simulated one")


def test_a_board_in_its_bootloader_and_one_of_unknown_kind_are_told(look: Look, nano: ListPortInfo) -> None:
    """By their USB numbers."""
    nano.pid = 0x005A
    assert look("ports")[0].found.startswith("Nano 33 BLE in its bootloader, arduino:mbed_nano:nano33ble")
    nano.pid = 0x0001
    assert "unknown kind, serial number 5C18A3FF: a run needs --fqbn" in look("ports")[0].found


def test_a_port_that_may_not_be_opened_is_noted_with_the_group_to_join(
    look: Look, nano: ListPortInfo, as_nobody: None
) -> None:
    """The first stumbling block on Linux."""
    assert as_nobody is None
    (finding,) = look("ports")
    assert (finding.name, finding.status) == (nano.device, Status.NOTE)
    assert finding.found.endswith("; it may not be opened by you")
    assert "sudo usermod -aG dialout $USER" in finding.remedy


def test_a_core_is_found_where_the_users_arduino_cli_keeps_its_data(
    look: Look, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With its version; before it is installed, with the command that gets it."""
    data = tmp_path / "arduino15"
    monkeypatch.setenv("ARDUINO_DIRECTORIES_DATA", str(data))
    (finding,) = look("cores")
    assert (finding.name, finding.status) == ("core arduino:mbed_nano", Status.NOTE)
    assert "arduino-cli core update-index && arduino-cli core install arduino:mbed_nano" in finding.remedy
    (data / "packages" / "arduino" / "hardware" / "mbed_nano" / "4.2.1").mkdir(parents=True)
    (finding,) = look("cores")
    assert (finding.status, finding.found) == (Status.OK, "4.2.1")


def test_without_arduino_cli_cores_are_not_looked_for(
    look: Look, machine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A simulated board needs none of them, so that is a note; the lack itself is told by its own check."""
    monkeypatch.setenv("ARDUINO_DIRECTORIES_DATA", str(tmp_path))
    (machine / "arduino-cli").unlink()
    (finding,) = look("cores")
    assert (finding.name, finding.status) == ("cores", Status.NOTE)
    assert look("arduino-cli")[0].status is Status.FAIL


def test_a_simulated_board_that_runs_is_told_and_one_that_is_stuck_is_noted(look: Look) -> None:
    """With the command that ends it."""
    assert look("simulated boards")[0].found == "none runs"
    with SimulatedBoard.start() as board:
        (finding,) = look("simulated boards")
        assert (finding.name, finding.status) == ("nano33ble", Status.OK)
        assert finding.found.startswith("a simulated board, empty, ")
        process = board._process.pid
        os.kill(process, signal.SIGSTOP)
        try:
            (finding,) = look("simulated boards")
        finally:
            os.kill(process, signal.SIGCONT)
        assert (finding.status, finding.remedy) == (Status.NOTE, "`tinyhil sim stop nano33ble`")
