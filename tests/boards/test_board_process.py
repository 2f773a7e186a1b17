"""A simulated board's process: what it costs, whom it serves, when it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.boards import registry
from harness.boards.simulated import SimulatedBoard
from harness.boards.stopping import stop_board
from harness.deadline import Deadline
from harness.errors import BoardError, MisuseError

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import StartBoard
    from harness.boards.build import Build

BAUD = 1_000_000


def _until(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = Deadline(seconds)
    while not condition():
        assert not deadline.passed
        deadline.pause(0.01)


def test_an_idle_board_costs_next_to_no_cpu_time(echo_board: SimulatedBoard) -> None:
    """With its firmware asleep the process sleeps too, whether somebody has its port open or not."""
    pid = registry.find(echo_board.name).pid
    with echo_board.open(BAUD) as port:
        port.timeout = 10
        port.write(b"awake")
        assert port.read(5) == b"awake"
        assert _cpu_share(pid) < 0.02
    assert _cpu_share(pid) < 0.02


def _cpu_share(pid: int) -> float:
    """Share of one core that the process takes over two seconds, after half a second to come to rest."""
    time.sleep(0.5)
    before, start = _cpu_s(pid), time.monotonic()
    time.sleep(2)
    return (_cpu_s(pid) - before) / (time.monotonic() - start)


def _state_of(pid: int) -> str:
    try:
        return _stat(pid)[0]
    except FileNotFoundError:
        return "gone"


def _stat(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat from the third, the state, on."""
    return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(") ")[2].split()


def _cpu_s(pid: int) -> float:
    fields = _stat(pid)
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_a_board_that_only_waits_for_time_to_pass_keeps_to_the_clock(
    start_board: StartBoard, build_of: Callable[[str], Build]
) -> None:
    """A sketch that prints ten times a second does so in real time, and costs little."""
    board = start_board()
    board.flash(build_of("hello").elf)
    with board.open(BAUD) as port:
        port.timeout = 10
        port.readline()
        start = time.monotonic()
        for _ in range(10):
            assert port.readline().startswith(b"hello ")
        assert 0.8 < time.monotonic() - start < 5.0
        assert _cpu_share(registry.find(board.name).pid) < 0.1


def test_a_board_that_skips_sleep_takes_no_time_for_it(
    start_board: StartBoard, build_of: Callable[[str], Build]
) -> None:
    """A hundred of a sketch's sleeps, ten seconds of simulated time, pass in a fraction of that."""
    board = start_board(skip_sleep=True)
    board.flash(build_of("hello").elf)
    with board.open(BAUD) as port:
        port.timeout = 10
        first = int(port.readline().split()[1])
        start = time.monotonic()
        while int(port.readline().split()[1]) < first + 100:
            pass
        assert time.monotonic() - start < 5.0


def test_a_closed_board_leaves_nothing_but_its_log(start_board: StartBoard, own_registry: Path) -> None:
    """Port, socket, entry and process are gone."""
    board = start_board(name="short")
    board.close()
    assert [str(path.relative_to(own_registry)) for path in own_registry.rglob("*")] == ["boards", "boards/short.log"]
    with pytest.raises(BoardError, match="gone"):
        board.open(BAUD)


def test_a_taken_name_is_refused(start_board: StartBoard) -> None:
    """The sentence of the board's process is the error here."""
    start_board(name="one")
    with pytest.raises(BoardError, match="one runs already"):
        start_board(name="one")
    with pytest.raises(MisuseError, match="can't name a board"):
        start_board(name="No Name")


_OWNER = """
import sys, time
from harness.boards.simulated import SimulatedBoard
board = SimulatedBoard.start()
print(board.name, flush=True)
time.sleep(60)
"""


def test_a_board_dies_with_its_owner_even_by_kill_9(own_registry: Path) -> None:
    """Two seconds after its owner was killed there is no process, no port and no entry."""
    owner = subprocess.Popen([sys.executable, "-c", _OWNER], stdout=subprocess.PIPE, text=True)
    assert owner.stdout
    board = registry.find(owner.stdout.readline().strip())
    os.kill(owner.pid, signal.SIGKILL)
    owner.communicate()
    _until(lambda: _state_of(board.pid) in ("gone", "Z"), seconds=2)  # Z: dead, and not yet noticed by init
    assert not (own_registry / board.name).is_symlink()
    assert registry.running() == ()


def test_a_killed_board_is_reported_and_leaves_nothing(start_board: StartBoard, own_registry: Path) -> None:
    """Whoever uses it gets a sentence with the log's path; whoever looks next clears up."""
    board = start_board(name="killed")
    os.kill(registry.find("killed").pid, signal.SIGKILL)
    _until(lambda: not registry.running())
    assert "gone" in (board.fault() or "")
    assert [path.name for path in own_registry.rglob("*")] == ["boards", "killed.log"]
    start_board(name="killed")


def test_a_board_that_does_not_answer_is_ended_all_the_same(start_board: StartBoard) -> None:
    """A stopped process is killed after its deadline."""
    start_board(name="stuck")
    board = registry.find("stuck")
    os.kill(board.pid, signal.SIGSTOP)
    stop_board(board)
    assert registry.running() == ()


def test_attaching_leaves_the_board_running(start_board: StartBoard) -> None:
    """Only its owner ends it."""
    start_board(name="shared")
    with SimulatedBoard.attach("shared") as board:
        assert board.info().name == "shared"
    assert registry.find("shared")
