"""What the words of a command line stand for: which board, which clips, which levels."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from harness.boards import registry
from harness.boards.arduino_cli import ArduinoCli
from harness.boards.attached import AttachedBoard
from harness.boards.mock import SCHEME, MockBoard, MockToolchain
from harness.boards.simulated import SimulatedBoard
from harness.errors import MisuseError
from host_models import dataset, matrix, zoo

if TYPE_CHECKING:
    from harness.boards.board import Board
    from harness.firmware import Toolchain
    from host_models.dataset import Dataset
    from host_models.model import Model

SIMULATED = "sim"
"""The word for a simulated board that is started for this run alone."""
MOCK = "mock"
"""The word for a mock board; `mock://LEVEL` stands for one that has a level already."""
ALL = "all"
"""The word for every level of the matrix."""
DEFAULT_LEVELS = ("fp32", "w8a8-asym-ptq", "int8-tflite")


def clips(folder: Path | None, number: int | None, seed: int) -> tuple[Dataset, int]:
    """Choose clips of `folder`, or where it is None of TINYHIL_DATA, or of those that ship with tinyhil.

    Returns `number` of them, as many of each label as can be, or all, with the number that there are. Every chosen file
    is read. Raises host_models' DataError where the folder or a file can't be used.
    """
    named = folder or (Path(os.environ["TINYHIL_DATA"]) if os.environ.get("TINYHIL_DATA") else None)
    source = dataset.load(named) if named else dataset.shipped()
    chosen = source if number is None else dataset.choose(source, number, seed)
    chosen.samples()
    return chosen, len(source)


def levels(words: str | None) -> tuple[Model, ...]:
    """Load the levels of a comma-separated list, each once; ALL among them stands for those of the matrix.

    Raises host_models' LevelError for an unknown level, MisuseError where the list names none.
    """
    named = DEFAULT_LEVELS if words is None else tuple(word.strip() for word in words.split(",") if word.strip())
    ids = tuple(level for word in named for level in (map(str, matrix.levels()) if word == ALL else (word,)))
    if not ids:
        raise MisuseError(f"--levels names no level; the zoo has {', '.join(zoo.levels())}")
    models = {model.level: model for model in map(zoo.load, ids)}
    return tuple(models.values())


def board(word: str, fqbn: str | None) -> Board:
    """Start the simulated board, make a mock board, or take the one that `word` names.

    A word is a port, a URL, a serial number or a name.
    Raises BoardError where there is none at that port, MisuseError where its kind can't be told or is not `fqbn`.
    """
    if not word.strip():
        raise MisuseError("--board names no board; see which there are with `tinyhil boards`, or leave it out")
    if _is_mock(word):
        if fqbn is not None:
            raise MisuseError(f"a mock board runs no firmware, so it is of no kind such as {fqbn}; leave --fqbn out")
        return MockBoard() if word == MOCK else MockBoard(word)
    running = next((each for each in registry.running() if each.is_meant_by(word)), None)
    if word != SIMULATED and running is None:
        return AttachedBoard.find(word, fqbn)
    if fqbn is not None and not fqbn.startswith(f"{registry.FQBN}:") and fqbn != registry.FQBN:
        raise MisuseError(f"a simulated board runs builds for {registry.FQBN}, not for {fqbn}; leave --fqbn out")
    simulated = SimulatedBoard.attach(word) if running else SimulatedBoard.start()
    simulated.fqbn = fqbn or simulated.fqbn
    return simulated


def toolchain(word: str) -> Toolchain:
    """Choose what makes builds for the board that `word` names.

    Raises ToolchainError where that is arduino-cli and a tool is missing.
    """
    return MockToolchain() if _is_mock(word) else ArduinoCli()


def _is_mock(word: str) -> bool:
    return word == MOCK or word.startswith(f"{SCHEME}://")
