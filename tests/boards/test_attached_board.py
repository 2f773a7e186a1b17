"""How an attached board is told from others; the system's list of serial ports is a test's own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from serial.tools import list_ports
from serial.tools.list_ports_common import ListPortInfo

from harness.boards.attached import AttachedBoard
from harness.cli import main
from harness.errors import BoardError, MisuseError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import StartBoard

    Plug = Callable[..., None]

NANO = "arduino:mbed_nano:nano33ble"


@pytest.fixture
def plug(monkeypatch: pytest.MonkeyPatch) -> Plug:
    """Plugger of a USB serial port, a Nano 33 BLE that runs a sketch unless a test says more."""
    plugged: list[ListPortInfo] = []
    monkeypatch.setattr(list_ports, "comports", lambda: plugged)

    def add(port: str, serial_number: str, product_id: int = 0x805A, product: str = "Nano 33 BLE") -> None:
        info = ListPortInfo(port)
        info.vid, info.pid, info.serial_number, info.product = 0x2341, product_id, serial_number, product
        plugged.append(info)

    return add


@pytest.mark.parametrize("word", ["/dev/ttyACM7", "5C18A3FF", "nano33ble", "Nano 33 BLE"])
def test_a_board_is_found_by_port_serial_number_name_and_product(plug: Plug, word: str) -> None:
    """Its USB numbers tell its kind."""
    plug("/dev/ttyS0", "", 0x0001, "UART")
    plug("/dev/ttyACM7", "5C18A3FF")
    board = AttachedBoard.find(word, None)
    assert (board.port, board.fqbn) == ("/dev/ttyACM7", NANO)


def test_of_two_boards_alike_the_serial_numbers_are_told(plug: Plug) -> None:
    """The name alone is not enough then; the serial number is."""
    plug("/dev/ttyACM7", "5C18A3FF")
    plug("/dev/ttyACM8", "0A11B2C3")
    with pytest.raises(MisuseError, match=r"may be /dev/ttyACM7 \(5C18A3FF\), /dev/ttyACM8 \(0A11B2C3\)"):
        AttachedBoard.find("nano33ble", None)
    assert AttachedBoard.find("0A11B2C3", None).port == "/dev/ttyACM8"


def test_a_board_that_is_not_there_is_told_with_those_that_are(plug: Plug) -> None:
    """The sentence has the remedy."""
    plug("/dev/ttyACM7", "5C18A3FF")
    with pytest.raises(BoardError, match=r"name 5C18A3FE \(attached: /dev/ttyACM7 \(5C18A3FF\)\); plug it in"):
        AttachedBoard.find("5C18A3FE", None)


def test_a_board_of_an_unknown_kind_must_be_named(plug: Plug) -> None:
    """Then it is of the kind that was named."""
    plug("/dev/ttyUSB0", "A1", 0x7523, "USB Serial")
    with pytest.raises(MisuseError, match=f"the kind of board at /dev/ttyUSB0 can't be told; .* such as {NANO}"):
        AttachedBoard.find("A1", None)
    assert AttachedBoard.find("A1", "arduino:avr:mega").fqbn == "arduino:avr:mega"


def test_a_port_that_the_system_does_not_list_is_taken_as_it_is(plug: Plug, tmp_path: Path) -> None:
    """Such as a link of the user's own, or a URL."""
    plug("/dev/ttyACM7", "5C18A3FF")
    (tmp_path / "link").touch()
    assert AttachedBoard.find(str(tmp_path / "link"), NANO).port == str(tmp_path / "link")
    assert AttachedBoard.find("socket://desk:7000", NANO).port == "socket://desk:7000"


def test_attached_and_simulated_boards_are_listed(
    plug: Plug, start_board: StartBoard, capsys: pytest.CaptureFixture[str]
) -> None:
    """A line each, or a JSON object; one in its bootloader says so."""
    simulated = start_board()
    plug("/dev/ttyACM7", "5C18A3FF", 0x005A)
    with pytest.raises(SystemExit):
        main(["boards"])
    assert capsys.readouterr().out.splitlines() == [
        f"{simulated.port}  {simulated.fqbn}  sim-nano33ble  Arduino Nano 33 BLE (simulated)",
        f"/dev/ttyACM7  {NANO}  5C18A3FF  Nano 33 BLE  in its bootloader",
    ]
    with pytest.raises(SystemExit):
        main(["boards", "--json"])
    listed = json.loads(capsys.readouterr().out)
    assert [(each["name"], each["in_bootloader"]) for each in listed] == [("nano33ble", False), ("nano33ble", True)]
