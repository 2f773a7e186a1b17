"""Uploads by arduino-cli: the one road to simulated and attached boards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.boards.arduino_cli import ArduinoCli
from harness.boards.attached import AttachedBoard
from harness.boards.registry import FQBN
from harness.errors import BoardError, ToolchainError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import StartBoard
    from harness.boards.board import Board
    from harness.boards.build import Build

BAUD = 1_000_000


def _answers(board: Board) -> bool:
    with board.open(BAUD) as port:
        port.timeout = 10
        port.write(b"anybody?")
        return bool(port.read(8) == b"anybody?")


def test_arduino_cli_lists_running_boards_by_name(start_board: StartBoard) -> None:
    """Each simulated board is recognised as one of ours."""
    ports = {start_board().port, start_board().port}
    found = {board.port: board.fqbn for board in ArduinoCli().boards()}
    assert {port: found.get(port) for port in ports} == dict.fromkeys(ports, FQBN)


@pytest.mark.parametrize("rename_port", [False, True])
def test_one_board_takes_many_uploads(
    start_board: StartBoard, build_of: Callable[[str], Build], *, rename_port: bool
) -> None:
    """After each it is found again, also under another name, and runs the program."""
    board = start_board(rename_port=rename_port)
    for _ in range(3):
        board.upload(build_of("echo"))
        assert _answers(board)
    assert board.info().uploads == 3


def test_an_attached_board_is_followed_to_the_port_at_which_it_comes_back(
    start_board: StartBoard, build_of: Callable[[str], Build]
) -> None:
    """arduino-cli tells the new port; a simulated board plays the real one here."""
    simulated = start_board(rename_port=True)
    board = AttachedBoard(simulated.port, FQBN)
    before = board.port
    for _ in range(2):
        board.upload(build_of("echo"))
        assert board.port == simulated.port
        assert _answers(board)
    assert board.port != before


def test_a_board_whose_port_comes_back_late_is_waited_for(
    start_board: StartBoard, build_of: Callable[[str], Build]
) -> None:
    """Opening tries again until the port is there."""
    board = start_board(return_ms=2500)
    board.flash(build_of("echo").elf)
    assert _answers(AttachedBoard(board.port, FQBN))


def test_an_upload_to_a_port_without_a_board_fails_with_the_tools_words(build_of: Callable[[str], Build]) -> None:
    """The upload tool's sentence reaches the one who asked."""
    with pytest.raises(ToolchainError, match="no simulated board has the name or port /dev/nowhere"):
        AttachedBoard("/dev/nowhere", FQBN).upload(build_of("echo"))


def test_a_port_that_is_missing_or_busy_is_named(start_board: StartBoard, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each has its own sentence, after the time that a board may take to come back."""
    monkeypatch.setattr("harness.boards.attached._OPEN_S", 0.2)
    with pytest.raises(BoardError, match="port /dev/nowhere is not there"):
        AttachedBoard("/dev/nowhere", FQBN).open(BAUD)
    with pytest.raises(BoardError, match="telepathy://board can't be opened"):
        AttachedBoard("telepathy://board", FQBN).open(BAUD)
    board = AttachedBoard(start_board().port, FQBN)
    with board.open(BAUD), pytest.raises(BoardError, match="in use by another program"):
        board.open(BAUD)


def test_a_file_is_no_serial_port(tmp_path: Path) -> None:
    """It is refused at once, with its name."""
    (tmp_path / "file").touch()
    board = AttachedBoard(str(tmp_path / "file"), FQBN)
    with pytest.raises(BoardError, match="file is a file or a folder, not a serial port"):
        board.open(BAUD)
