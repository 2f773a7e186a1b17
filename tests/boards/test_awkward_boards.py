"""Uploads to boards that do what real ones do at times; simulated boards play them."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from harness.boards import ports, registry
from harness.boards.attached import AttachedBoard
from harness.boards.file_lock import file_lock
from harness.boards.registry import FQBN
from harness.deadline import Deadline
from harness.errors import BoardError, ToolchainError

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import StartBoard
    from harness.boards.board import Board
    from harness.boards.build import Build

BAUD = 1_000_000


def _answers(board: Board) -> bool:
    """Ask until the echo comes: what reaches a board before its `Serial.begin` is lost, as on any line."""
    deadline = Deadline(10)
    with board.open(BAUD) as port:
        port.timeout = 0.5
        while not deadline.passed:
            port.reset_input_buffer()
            port.write(b"anybody?")
            if port.read(8) == b"anybody?":
                return True
    return False


def test_a_board_that_comes_back_late_under_another_name_is_known_by_its_serial_number(
    start_board: StartBoard, build_of: Callable[[str], Build]
) -> None:
    """Even when arduino-cli has given up on it and tells the old port."""
    simulated = start_board(rename_port=True, return_ms=9000)
    board = AttachedBoard(simulated.port, FQBN)
    before = board.port
    board.upload(build_of("echo"))
    assert board.port == simulated.port != before
    assert _answers(board)


def test_a_board_that_never_comes_back_is_named_with_the_remedy(
    start_board: StartBoard, build_of: Callable[[str], Build], monkeypatch: pytest.MonkeyPatch
) -> None:
    """After arduino-cli's own wait and ours."""
    monkeypatch.setattr("harness.boards.uploading._RETURN_S", 0.5)
    board = AttachedBoard(start_board(no_return=True).port, FQBN)
    with pytest.raises(BoardError, match=f"{board.port} did not come back .* press the board's reset button"):
        board.upload(build_of("echo"))


def test_a_board_that_refuses_once_gets_a_second_try(start_board: StartBoard, build_of: Callable[[str], Build]) -> None:
    """The second succeeds, and nobody hears of the first."""
    simulated = start_board(refused_uploads=1)
    board = AttachedBoard(simulated.port, FQBN)
    board.upload(build_of("echo"))
    assert simulated.info().uploads == 1
    assert _answers(board)


def test_a_board_that_refuses_twice_fails_with_the_tools_words(
    start_board: StartBoard, build_of: Callable[[str], Build]
) -> None:
    """There is no third try."""
    simulated = start_board(refused_uploads=2)
    with pytest.raises(ToolchainError, match="no answer from the bootloader"):
        AttachedBoard(simulated.port, FQBN).upload(build_of("echo"))
    assert simulated.info().uploads == 0


def test_a_bootloader_that_stays_once_gets_the_build_again(
    start_board: StartBoard, build_of: Callable[[str], Build], monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the second upload the program runs."""
    monkeypatch.setattr("harness.boards.uploading._RETURN_S", 0.5)
    simulated = start_board(bootloader_stays=1)
    board = AttachedBoard(simulated.port, FQBN)
    board.upload(build_of("echo"))
    assert simulated.info().uploads == 2
    assert _answers(board)


def test_a_bootloader_that_stays_is_named_until_the_reset_button_is_pushed(
    start_board: StartBoard, build_of: Callable[[str], Build], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sentence says so, and the button helps."""
    monkeypatch.setattr("harness.boards.uploading._RETURN_S", 0.5)
    simulated = start_board(bootloader_stays=2)
    board = AttachedBoard(simulated.port, FQBN)
    with pytest.raises(BoardError, match=f"the board at {board.port} stays in its bootloader .* reset button"):
        board.upload(build_of("echo"))
    assert simulated.info().state == "bootloader"
    with simulated.control() as control:
        control.reset()
    assert _answers(board)


def test_a_board_says_its_boot_text_to_whoever_opens_the_port_first(
    start_board: StartBoard, build_of: Callable[[str], Build]
) -> None:
    """Then the program's own bytes follow."""
    simulated = start_board(boot_text="ROM 1.0\n")
    simulated.flash(build_of("echo").elf)
    with simulated.open(BAUD) as port:
        port.timeout = 10
        assert port.read(8) == b"ROM 1.0\n"
    assert _answers(simulated)


def test_a_board_is_found_by_its_serial_number_before_its_port(start_board: StartBoard) -> None:
    """A number stays, a port is whose it is at the moment."""
    one, other = start_board(), start_board()
    assert ports.find(one.port, f"sim-{other.name}") == ports.find("/dev/nowhere", f"sim-{other.name}")
    assert ports.find(one.port, "sim-nobody") == ports.find(one.port, None)
    assert ports.find("/dev/nowhere", None) is None


def test_uploads_wait_for_each_other(
    start_board: StartBoard, build_of: Callable[[str], Build], monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the deadline a sentence tells for what."""
    monkeypatch.setattr("harness.boards.attached._OTHER_UPLOADS_S", 0.2)
    board = AttachedBoard(start_board().port, FQBN)
    with (
        file_lock(registry.directory() / ".uploads", Deadline(1), "upload"),
        pytest.raises(ToolchainError, match="another upload has held"),
    ):
        board.upload(build_of("echo"))
    board.upload(build_of("echo"))


def test_an_upload_whose_owner_is_killed_keeps_others_away_until_it_is_done(
    start_board: StartBoard, build_of: Callable[[str], Build]
) -> None:
    """The tool that it started goes on for a while; then the board is free."""
    simulated = start_board(return_ms=60_000)
    program = (
        "import pickle, sys; from harness.boards.attached import AttachedBoard\n"
        "build = pickle.load(sys.stdin.buffer); AttachedBoard(sys.argv[1], build.fqbn).upload(build)"
    )
    with subprocess.Popen([sys.executable, "-c", program, simulated.port], stdin=subprocess.PIPE) as uploader:
        assert uploader.stdin is not None
        pickle.dump(build_of("echo"), uploader.stdin)
        uploader.stdin.close()
        deadline = Deadline(30)
        while simulated.info().uploads == 0 and not deadline.passed:
            deadline.pause(0.02)
        os.kill(uploader.pid, signal.SIGKILL)
    path = registry.directory() / ".uploads"
    with pytest.raises(ToolchainError, match="another upload has held"), file_lock(path, Deadline(0.5), "upload"):
        pass
    with file_lock(path, Deadline(30), "upload"):
        assert simulated.info().uploads == 1


def test_the_lock_of_an_upload_that_was_killed_is_free() -> None:
    """The system drops it with the process."""
    path = registry.directory() / ".uploads"
    program = (
        "import sys, time; from pathlib import Path; from harness.boards.file_lock import file_lock\n"
        "from harness.deadline import Deadline\n"
        "with file_lock(Path(sys.argv[1]), Deadline(1), 'upload'): print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        os.kill(holder.pid, signal.SIGKILL)
    started = time.monotonic()
    with file_lock(path, Deadline(1), "upload"):
        assert time.monotonic() - started < 1
