"""Simulated boards in a directory of their own for each test, and programs for them."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.boards.arduino_cli import ArduinoCli
from harness.boards.launch import SimulationOptions
from harness.boards.registry import FQBN
from harness.boards.simulated import SimulatedBoard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.boards.build import Build

    StartBoard = Callable[..., SimulatedBoard]

SKETCHES = Path(__file__).parent / "sketches"
BAUD = 1_000_000


@pytest.fixture(autouse=True)
def own_registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Directory in which no boards but this test's are registered; short, for the control sockets' paths."""
    directory = Path(tempfile.mkdtemp(prefix="thl"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(directory))
    yield directory / "tinyhil"
    shutil.rmtree(directory)


@pytest.fixture(scope="session")
def build_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Build]:
    """Builder of the sketch with a given name, each once."""
    builds: dict[str, Build] = {}

    def build(name: str) -> Build:
        if name not in builds:
            builds[name] = ArduinoCli().build(SKETCHES / name, FQBN, {}, tmp_path_factory.mktemp(name))
        return builds[name]

    return build


@pytest.fixture
def start_board() -> Iterator[StartBoard]:
    """Starter of boards that are closed at the end, whatever they are doing then."""
    boards: list[SimulatedBoard] = []

    def start(**options: Any) -> SimulatedBoard:  # noqa: ANN401 - those of SimulationOptions
        boards.append(SimulatedBoard.start(SimulationOptions(**options)))
        return boards[-1]

    yield start
    for board in boards:
        board.close()


@pytest.fixture
def echo_board(start_board: StartBoard, build_of: Callable[[str], Build]) -> SimulatedBoard:
    """Board that sends back what it gets."""
    board = start_board()
    board.flash(build_of("echo").elf)
    board.open(BAUD).close()
    return board
