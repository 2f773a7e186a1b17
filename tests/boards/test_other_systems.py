"""Windows and macOS, played on this system as far as it can: what they lack is taken away before tinyhil is imported.

pyserial, click, numpy and the standard library stay those of this system, so what is shown is that tinyhil itself asks
for nothing that is missing there, and goes on with what it has instead.
"""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from harness import firmware, sketchbook
from harness.boards import registry
from harness.boards.arduino_cli import ArduinoCli
from harness.boards.registry import FQBN
from harness.deadline import Deadline
from host_models import zoo

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import StartBoard
    from harness.boards.build import Build
    from harness.boards.simulated import SimulatedBoard

    Python = Callable[..., subprocess.CompletedProcess[str]]

LEVEL = "int8-tflite"
BAUD = 1_000_000

WINDOWS = """
import fcntl, importlib, os, signal, socket, sys, types

for name in (
    "ai_edge_litert.interpreter", "click", "multiprocessing", "numpy", "pyduinocli", "pytest", "rich.progress",
    "serial.tools.list_ports", "serial.urlhandler.protocol_socket", "subprocess",
):
    importlib.import_module(name)


def locking(descriptor, mode, count, posix=fcntl):
    try:
        posix.lockf(descriptor, posix.LOCK_EX | posix.LOCK_NB, count)
    except OSError as error:
        raise PermissionError(13, "Permission denied") from error


sys.modules["msvcrt"] = types.ModuleType("msvcrt")
sys.modules["msvcrt"].__dict__.update(locking=locking, LK_NBLCK=2)
for name in ("fcntl", "grp", "posix", "pty", "pwd", "resource", "syslog", "termios", "tty"):
    sys.modules[name] = None
for module, names in (
    (os, "O_CLOEXEC O_NOCTTY fchmod fchown geteuid getuid getgid killpg mkfifo openpty set_blocking setsid ttyname"),
    (signal, "SIGALRM SIGHUP SIGKILL SIGSTOP"),
    (socket, "AF_UNIX"),
):
    for name in names.split():
        delattr(module, name)
real, sys.platform = sys.platform, "win32"
import harness.boards.operating_system, host_models.exclusive_lock
sys.platform = real
"""
"""Makes a process that has of POSIX what Windows has; the two modules that ask which system it is are told so."""

MACOS = """
import errno, sys, termios
from serial import serialposix

del termios.B1000000
del serialposix.PlatformSpecific.BAUDRATE_CONSTANTS[1000000]


def refuse(port, rate):
    raise OSError(errno.ENOTTY, "Inappropriate ioctl for device")


serialposix.PlatformSpecific._set_special_baudrate = refuse
real, sys.platform = sys.platform, "darwin"
import harness.boards.operating_system, host_models.exclusive_lock
sys.platform = real
"""
"""Makes a process whose pseudo-terminals take no rate beyond the standard ones, as those of macOS."""

TINYHIL = "from harness.cli import main; main(sys.argv[1:])"


@pytest.fixture
def python(tmp_path: Path) -> Python:
    """Run a program on a system; what it wrote, and its exit code."""

    def run(system: str, program: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", system + program, *arguments],
            capture_output=True,
            text=True,
            env={**os.environ, "TINYHIL_DATA": "", **environment},
            cwd=tmp_path,
            check=False,
            timeout=100,
        )

    return run


@pytest.fixture
def bench(start_board: StartBoard, tmp_path: Path) -> SimulatedBoard:
    """Start a board that runs the bench, on this system: for the other one it hangs on a network."""
    _, headers = firmware.headers(zoo.load(LEVEL), FQBN, BAUD)
    build: Build = ArduinoCli().build(sketchbook.sketch(firmware.SKETCH), FQBN, headers, tmp_path / "build")
    board = start_board()
    board.flash(build.elf)
    board.open(BAUD).close()
    return board


def agrees(done: subprocess.CompletedProcess[str], levels: int = 1) -> bool:
    """Whether a run with --json ended in agreement on two clips of each level."""
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)["levels"]
    return [(level["clips"], level["differ"], level["complete"]) for level in found] == [(2, 0, True)] * levels


def test_windows_runs_levels_on_a_mock_board(python: Python, tmp_path: Path) -> None:
    """With its files."""
    done = python(WINDOWS, TINYHIL, "run", "--board", "mock", "--clips", "2", "--json", "--out", "out")
    assert agrees(done, levels=3)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        ".lock",
        "answers.jsonl",
        "junit.xml",
        "results.json",
    ]


def test_windows_has_a_report_in_its_code_page(python: Python) -> None:
    """Where standard output is a file or a pipe, it knows no frames around tables."""
    done = python(
        WINDOWS, TINYHIL, "run", "--board", "mock", "--clips", "2", "--levels", LEVEL, PYTHONIOENCODING="cp1252"
    )
    assert done.returncode == 0, done.stderr
    assert "The board agrees with the golden model on all 2 clips" in done.stdout


def test_windows_runs_a_level_on_an_attached_board_that_has_it(python: Python, bench: SimulatedBoard) -> None:
    """No tool is started."""
    url = registry.find(bench.name).url
    options = ("--fqbn", FQBN, "--no-upload", "--levels", LEVEL, "--clips", "2", "--json")
    assert agrees(python(WINDOWS, TINYHIL, "run", "--board", url, *options))


def test_windows_builds_and_uploads_to_an_attached_board(python: Python, start_board: StartBoard) -> None:
    """With its own lock on uploads; arduino-cli and what it starts are those of this system."""
    board = start_board()
    url = registry.find(board.name).url
    done = python(WINDOWS, TINYHIL, "run", "--board", url, "--fqbn", FQBN, "--levels", LEVEL, "--clips", "2", "--json")
    assert agrees(done)
    assert board.info().uploads == 1


def test_windows_has_a_suite_that_asks_a_mock_board(python: Python, tmp_path: Path) -> None:
    """The plugin needs no more than the command."""
    (tmp_path / "test_mock.py").write_text("def test_it(hil_campaign): assert hil_campaign.difference is None\n")
    options = ["-p", "harness.pytest_plugin", "-p", "no:cacheprovider", "--hil-board", "mock", "--hil-clips", "2"]
    program = "import pytest; sys.exit(pytest.main(sys.argv[1:]))"
    done = python(WINDOWS, program, *options, PYTEST_DISABLE_PLUGIN_AUTOLOAD="1")  # others need what is missing there
    assert "3 passed" in done.stdout, done.stdout + done.stderr


def test_windows_lists_the_ports_that_pyserial_lists(python: Python, bench: SimulatedBoard) -> None:
    """There are no simulated boards there, even where this system has one."""
    done = python(WINDOWS, TINYHIL, "boards")
    assert (done.returncode, bench.name in done.stdout) == (0, False), done.stderr


@pytest.mark.parametrize("arguments", [("run", "--clips", "2"), ("sim", "start")], ids=" ".join)
def test_windows_refuses_a_simulated_board_with_what_to_do(python: Python, arguments: tuple[str, ...]) -> None:
    """In a sentence, and with the exit code of boards."""
    done = python(WINDOWS, TINYHIL, *arguments)
    assert done.returncode == 3
    assert "which Windows does not have; name an attached board with --board, use --board mock" in done.stderr


def test_windows_has_one_upload_at_a_time(python: Python, own_registry: Path) -> None:
    """While another process has the first byte of the file locked, which is what Windows has for flock."""
    program = (
        "from pathlib import Path; from harness.deadline import Deadline\n"
        "from harness.boards.file_lock import file_lock\n"
        "with file_lock(Path(sys.argv[1]), Deadline(0.2), 'upload'): print('mine')"
    )
    own_registry.mkdir()
    path = own_registry / ".uploads"
    assert python(WINDOWS, program, str(path)).stdout == "mine\n"
    with path.open("r+b") as file:
        fcntl.lockf(file, fcntl.LOCK_EX, 1)
        assert "another upload has held" in python(WINDOWS, program, str(path)).stderr


def test_windows_ends_a_late_tool_with_all_that_it_started(python: Python, tmp_path: Path) -> None:
    """By taskkill, which a script plays here."""
    taskkill = tmp_path / "taskkill"
    taskkill.write_text('#!/bin/sh\n[ "$1 $2 $3" = "/T /F /PID" ] && kill -s KILL -- "-$4"\n')
    taskkill.chmod(0o755)
    program = (
        "from harness.boards import arduino_commands\n"
        "arduino_commands.run(['sh', '-c', 'sleep 60 & echo $! > child; wait'], 0.5)"
    )
    done = python(WINDOWS, program, PATH=f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert "was not done within" in done.stderr
    child = int((tmp_path / "child").read_text())
    deadline = Deadline(5)
    while _runs(child):
        assert not deadline.passed
        deadline.pause(0.01)


def _runs(pid: int) -> bool:
    """Whether a process is there and not only waits to be reaped."""
    done = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False, timeout=10
    )
    return done.stdout.strip()[:1] not in ("", "Z")


def test_macos_runs_levels_on_a_simulated_board_that_no_pseudo_terminal_leads_to(python: Python) -> None:
    """It is talked to through its socket, at a rate that the pseudo-terminal refuses."""
    done = python(MACOS, TINYHIL, "run", "--levels", LEVEL, "--clips", "2", "--json")
    assert agrees(done)


def test_macos_reaches_a_simulated_board_by_its_url(python: Python, bench: SimulatedBoard) -> None:
    """Any program that has pyserial's handler does."""
    program = (
        "import serial; serial.protocol_handler_packages.append('harness.boards')\n"
        "from harness.device import Device\n"
        f"with serial.serial_for_url('sim://{bench.name}', {BAUD}) as port: print(Device(port).hello().level)"
    )
    done = python(MACOS, program)
    assert done.stdout == f"{LEVEL}\n", done.stderr
