"""The verbs of `tinyhil sim`, run as a person runs them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from harness.boards import registry
from harness.deadline import Deadline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from harness.boards.build import Build


def _command(*words: str) -> list[str]:
    return [sys.executable, "-c", "from harness.cli import main; main()", "sim", *words]


def _sim(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(_command(*words), capture_output=True, text=True, check=False, timeout=100)


@pytest.fixture(autouse=True)
def nothing_left_running() -> Iterator[None]:
    """Stop what a test that failed has left."""
    yield
    _sim("stop", "--all")


def test_a_board_is_started_listed_and_stopped() -> None:
    """It outlives the command that started it, and ends by the command that stops it."""
    started = _sim("start", "--name", "desk")
    assert started.returncode == 0, started.stderr
    assert "desk is at " in started.stdout
    (board,) = json.loads(_sim("list", "--json").stdout)
    assert (board["name"], board["state"]) == ("desk", "empty")
    assert os.path.lexists(board["port"])
    assert board["url"] in started.stdout
    assert _sim("stop").stdout == "desk stopped\n"
    assert _sim("list").stdout == "no simulated board runs; start one with: tinyhil sim start\n"


def test_upload_runs_a_program(build_of: Callable[[str], Build]) -> None:
    """The upload tool takes what arduino-cli knows: the port and the file."""
    _sim("start")
    (board,) = registry.running()
    uploaded = _sim("upload", "--port", board.port, "--file", str(build_of("echo").elf))
    assert (uploaded.returncode, uploaded.stdout) == (0, "nano33ble runs echo.ino.elf\n")


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("upload", "--port", "/dev/nowhere", "--file", "x.elf"), 3, "no simulated board has the name or port"),
        (("stop", "nobody"), 3, "no simulated board has the name or port nobody"),
        (("stop",), 2, "say which board to stop"),
        (("start", "--name", "Ä"), 2, "can't name a board"),
        (("start", "--return-ms", "-1"), 2, "must lie between"),
    ],
)
def test_misuse_ends_with_one_sentence_and_its_exit_code(words: tuple[str, ...], code: int, sentence: str) -> None:
    """2 for what can't be asked, 3 for a board that is not there; never a traceback."""
    ended = _sim(*words)
    assert ended.returncode == code
    assert sentence in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_stop_without_a_name_stops_only_the_only_board() -> None:
    """With two boards it asks which."""
    _sim("start")
    _sim("start")
    refused = _sim("stop")
    assert refused.returncode == 2
    assert "nano33ble, nano33ble-2" in refused.stderr
    assert _sim("stop", "--all").stdout == "nano33ble stopped\nnano33ble-2 stopped\n"


def test_a_foreground_board_ends_with_its_command(own_registry: Path) -> None:
    """By kill -9 as by ctrl-C."""
    for number, code in ((signal.SIGKILL, -9), (signal.SIGINT, 130)):
        command = subprocess.Popen(_command("start", "--foreground"), stdout=subprocess.PIPE, text=True)
        assert command.stdout
        assert "nano33ble is at" in command.stdout.readline()
        command.send_signal(number)
        assert command.wait(10) == code
        command.stdout.close()
        deadline = Deadline(2)
        while registry.running() and not deadline.passed:
            deadline.pause(0.01)
        assert not (own_registry / "nano33ble").is_symlink()
        assert registry.running() == ()
