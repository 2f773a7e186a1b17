"""A simulated board as a process: its port, its uploads, its end."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import serial

from harness.boards import registry
from harness.deadline import Deadline
from harness.errors import BoardError

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import StartBoard
    from harness.boards.build import Build
    from harness.boards.simulated import SimulatedBoard

BAUD = 1_000_000
RAM = 0x2000_0000


def _echoes(port: serial.SerialBase, data: bytes) -> None:
    """Write `data`, in pieces that fit the board's ring buffer, and see it come back."""
    for start in range(0, len(data), 512):
        port.write(data[start : start + 512])
        assert port.read(len(data[start : start + 512])) == data[start : start + 512]


@pytest.mark.parametrize("transport", ["pty", "socket"])
def test_what_is_written_comes_back_by_either_transport(echo_board: SimulatedBoard, transport: str) -> None:
    """The firmware gets each byte unchanged and so does the host."""
    echo_board.transport = "pty" if transport == "pty" else "socket"
    with echo_board.open(BAUD) as port:
        port.timeout = 10
        _echoes(port, bytes(range(256)) * 16)


def test_a_client_may_come_and_go_many_times(echo_board: SimulatedBoard) -> None:
    """Each of thirty programs that open the port is served."""
    for i in range(30):
        with echo_board.open(BAUD) as port:
            port.timeout = 10
            _echoes(port, f"client {i}".encode())


@pytest.mark.parametrize("transport", ["pty", "socket"])
def test_a_client_that_is_slow_to_read_misses_nothing(
    start_board: StartBoard, build_of: Callable[[str], Build], transport: str
) -> None:
    """Simulated time stands still for it, so every line is there, however long it slept."""
    board = start_board()
    board.transport = "pty" if transport == "pty" else "socket"
    board.flash(build_of("flood").elf)
    with board.open(BAUD) as port:
        port.timeout = 10
        data = port.read(1000)
        _until(lambda: _stands_still(board))
        for _ in range(3):
            time.sleep(0.2)
            data += port.read(100_000)
    numbers = [int(line) for line in data.split(b"\r\n")[1:-1]]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def _stands_still(board: SimulatedBoard) -> bool:
    """Whether no simulated time passes in a twentieth of a second."""
    before = board.info().cycles
    time.sleep(0.05)
    return board.info().cycles == before


def test_the_board_is_reached_by_a_sim_url(echo_board: SimulatedBoard) -> None:
    """A program that adds the handler's package finds the board by name."""
    serial.protocol_handler_packages.append("harness.boards")
    try:
        with serial.serial_for_url(f"sim://{echo_board.name}", BAUD, timeout=10) as port:
            _echoes(port, b"by name")
        with pytest.raises(serial.SerialException, match="no simulated board"):
            serial.serial_for_url("sim://nobody")
    finally:
        serial.protocol_handler_packages.remove("harness.boards")


def test_the_port_goes_at_an_upload_and_comes_back_under_its_name(
    echo_board: SimulatedBoard, build_of: Callable[[str], Build]
) -> None:
    """Whoever had it open sees the end; the board then runs the new program at the same port and URL."""
    before = echo_board.info()
    with echo_board.open(BAUD) as port, echo_board.control() as control:
        port.timeout = 10
        control.upload(build_of("echo").elf)
        assert not os.path.lexists(before.port)
        assert control.info().state == "away"
        with pytest.raises(serial.SerialException):
            port.read(1)
    with echo_board.open(BAUD) as port:
        port.timeout = 10
        _echoes(port, b"again")
    after = echo_board.info()
    assert (after.port, after.url, after.uploads) == (before.port, before.url, before.uploads + 1)


def test_the_port_comes_back_under_another_name_if_asked(
    start_board: StartBoard, build_of: Callable[[str], Build]
) -> None:
    """As a board does whose system gives its serial ports the next free number."""
    board = start_board(rename_port=True)
    ports = [board.port]
    for _ in range(2):
        board.flash(build_of("echo").elf)
        with board.open(BAUD) as port:
            port.timeout = 10
            _echoes(port, b"here")
        ports.append(board.port)
    assert len(set(ports)) == 3
    assert [os.path.lexists(port) for port in ports] == [False, False, True]


def test_a_program_that_is_none_is_refused_and_the_board_goes_on(echo_board: SimulatedBoard, tmp_path: Path) -> None:
    """The sentence names the file; the next upload works as ever."""
    with pytest.raises(BoardError, match=r"no program .*missing\.elf"):
        echo_board.flash(tmp_path / "missing.elf")
    (tmp_path / "text.elf").write_text("this is no ELF file")
    with pytest.raises(BoardError, match=r"text\.elf"):
        echo_board.flash(tmp_path / "text.elf")
    with echo_board.open(BAUD) as port:
        port.timeout = 10
        _echoes(port, b"still the old one")


def test_boards_run_side_by_side(start_board: StartBoard, build_of: Callable[[str], Build]) -> None:
    """Each has its own name, port and firmware."""
    boards = [start_board() for _ in range(2)]
    for board in boards:
        board.flash(build_of("echo").elf)
    assert boards[0].name != boards[1].name
    with boards[0].open(BAUD) as one, boards[1].open(BAUD) as other:
        one.timeout = other.timeout = 10
        one.write(b"one")
        other.write(b"two")
        assert (one.read(3), other.read(3)) == (b"one", b"two")


def test_a_fault_closes_the_port_and_is_reported(start_board: StartBoard, build_of: Callable[[str], Build]) -> None:
    """The program at the port gets what the board said before and then the end; the report names the function."""
    board = start_board()
    board.flash(build_of("crash").elf)
    assert board.fault() is None
    with board.open(BAUD) as port:
        port.timeout = 10
        port.write(b"!")
        assert port.readline() == b"about to crash\r\n"
        with pytest.raises(serial.SerialException):
            port.read(1)
    report = board.fault()
    assert report is not None
    assert "write_outside_memory" in report
    assert "crash.ino" in report
    assert report in registry_log(board)
    with pytest.raises(BoardError, match="write_outside_memory"):
        board.open(BAUD)
    assert board.info().state == "faulted"


def registry_log(board: SimulatedBoard) -> str:
    """Return the text of the board's log."""
    return Path(registry.find(board.name).log).read_text(encoding="utf-8")


def test_a_faulted_board_takes_the_next_upload_or_reset(
    start_board: StartBoard, build_of: Callable[[str], Build]
) -> None:
    """A crash does not end the board, as it does not end a real one."""
    board = start_board()
    board.flash(build_of("crash").elf)
    with board.open(BAUD) as port:
        port.write(b"!")
        _until(lambda: board.info().state == "faulted")
    with board.control() as control:
        control.reset()
    _until(lambda: board.info().state == "running")
    assert board.fault() is None
    with board.open(BAUD) as port:
        port.write(b"!")
        _until(lambda: board.info().state == "faulted")
    board.flash(build_of("echo").elf)
    with board.open(BAUD) as port:
        port.timeout = 10
        _echoes(port, b"alive")


def _until(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = Deadline(seconds)
    while not condition():
        assert not deadline.passed
        deadline.pause(0.01)


def test_memory_is_read_and_written_by_the_control_socket(echo_board: SimulatedBoard) -> None:
    """RAM, and flash too: that is how faults are planted."""
    with echo_board.control() as control:
        control.poke(RAM + 0x3_0000, b"\x01\x02\x03\x04")
        assert control.peek(RAM + 0x3_0000, 4) == b"\x01\x02\x03\x04"
        flash = control.peek(0x8_0000, 4)
        control.poke(0x8_0000, bytes(byte ^ 1 for byte in flash))
        assert control.peek(0x8_0000, 4) == bytes(byte ^ 1 for byte in flash)


def test_simulated_time_is_told(echo_board: SimulatedBoard) -> None:
    """A byte takes ten bit times in each direction, whatever the host does."""
    with echo_board.open(BAUD) as port, echo_board.control() as control:
        port.timeout = 10
        before = control.cycles()
        _echoes(port, bytes(1000))
        assert control.cycles() - before >= 1000 * 10 * 64


@pytest.mark.parametrize("request_text", [b"nonsense", b"[1]", b'{"op": "dance"}', b'{"op": "peek"}', b"{}"])
def test_a_request_that_can_not_be_served_is_answered_with_a_sentence(
    start_board: StartBoard, request_text: bytes
) -> None:
    """And the board lives on."""
    board = start_board()
    with board.control() as control:
        control._socket.sendall(request_text + b"\n")
        assert b'"ok": false' in control._line()
        assert control.info().state == "empty"
