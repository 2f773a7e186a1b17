"""The boards that keep one contract: a simulated and a mock one, or the board at --hil-port in their place."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING, cast

import pytest

from harness import firmware, selection, sketchbook
from harness.device import Device
from harness.expectation import Expectation
from harness.link import Link, Patience
from host_models import dataset, features, zoo

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import serial

    from harness.boards.board import Board
    from harness.boards.build import Build
    from harness.link import Port
    from host_models.dataset import Dataset
    from host_models.model import Model

LEVELS = ("fp32", "int8-tflite")
BAUD = 1_000_000
PATIENCE = Patience()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test on every board, and on every level unless it loads levels itself."""
    if "word" in metafunc.fixturenames:
        port = metafunc.config.getoption("hil_port", None)
        words = [port] if port else [selection.SIMULATED, selection.MOCK]
        metafunc.parametrize("word", words, scope="session")
    if "level" in metafunc.fixturenames:
        metafunc.parametrize("level", LEVELS, scope="session")


class Boards:
    """Boards by the words that `tinyhil run --board` takes, each with the level that was asked for last."""

    def __init__(self, directory: Path, fqbn: str | None) -> None:
        self._directory = directory
        self._fqbn = fqbn
        self._boards: dict[str, Board] = {}
        self._builds: dict[tuple[str, str | None], Build] = {}
        self._levels: dict[str, str | None] = {}

    def with_level(self, word: str, level: str | None) -> Board:
        """Put a level, or None: the quick firmware, onto a board unless it is there, as a campaign does."""
        if word not in self._boards:
            self._boards[word] = selection.board(word, self._fqbn)
        board = self._boards[word]
        if (word, level) not in self._builds:
            _, headers = firmware.headers(zoo.load(level) if level else None, board.fqbn, BAUD)
            sketch = sketchbook.sketch(firmware.SKETCH)
            output = self._directory / f"{len(self._builds)}-{level}"
            self._builds[word, level] = selection.toolchain(word).build(sketch, board.fqbn, headers, output)
        if word not in self._levels or self._levels[word] != level:
            board.upload(self._builds[word, level])
            self._levels[word] = level
        return board

    def close(self) -> None:
        """Let go of all of them."""
        for board in self._boards.values():
            board.close()


@pytest.fixture(scope="session")
def boards(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Boards]:
    """Keep the boards of these tests; simulated ones are registered apart from others, under a short path."""
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory(prefix="thc") as registry:
        if not pytestconfig.getoption("hil_port", None):
            patch.setenv("XDG_RUNTIME_DIR", registry)
        boards = Boards(tmp_path_factory.mktemp("contract"), pytestconfig.getoption("hil_fqbn", None))
        yield boards
        boards.close()


@pytest.fixture
def board(boards: Boards, word: str, level: str) -> Board:
    """Take a board with a level on it."""
    return boards.with_level(word, level)


@pytest.fixture
def quick_board(boards: Boards, word: str) -> Board:
    """Take a board with the quick firmware on it."""
    return boards.with_level(word, None)


@pytest.fixture(scope="session")
def model(level: str) -> Model:
    """Load the level."""
    return zoo.load(level)


@pytest.fixture
def port(board: Board) -> Iterator[serial.SerialBase]:
    """Open the board's port for one test."""
    with board.open(BAUD) as port:
        yield port


@pytest.fixture
def device(port: serial.SerialBase) -> Device:
    """Ask the board as a campaign does."""
    return Device(cast("Port", port))


@pytest.fixture
def link(port: serial.SerialBase) -> Link:
    """Send the board frames in any order, in a session that has just begun."""
    link = Link(cast("Port", port), PATIENCE)
    link.greet()
    return link


@pytest.fixture(scope="session")
def clips() -> Dataset:
    """Choose a clip of each label."""
    return dataset.choose(dataset.shipped(), 4)


@pytest.fixture(scope="session")
def expectation(model: Model, clips: Dataset) -> Expectation:
    """Ask the golden model about them."""
    return Expectation.of(model, features.extract(clips.samples()))
