"""Sketches written by tests, and the arduino-cli that compiles them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.boards.arduino_cli import ArduinoCli

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from harness.boards.build import Build

FQBN = "tinyhil:nrf52:nano33ble"


def write_sketch(directory: Path, name: str, program: str) -> Path:
    """Make the sketch `name` below `directory`."""
    sketch = directory / name
    sketch.mkdir()
    (sketch / f"{name}.ino").write_text(program)
    return sketch


@pytest.fixture(scope="session")
def arduino_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give a TINYHIL_HOME that starts empty and serves all tests of one process."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TINYHIL_HOME", str(home))
        yield home


@pytest.fixture(scope="session")
def arduino(arduino_home: Path) -> ArduinoCli:
    """arduino-cli with a data directory that starts empty."""
    assert arduino_home.is_dir()
    return ArduinoCli()


@pytest.fixture
def sketch(tmp_path: Path) -> Callable[[str], Path]:
    """Writer of a sketch: text in, directory out."""
    return lambda program: write_sketch(tmp_path, "trial", program)


@pytest.fixture
def compiled(arduino: ArduinoCli, tmp_path: Path, sketch: Callable[[str], Path]) -> Callable[..., Build]:
    """Compiler of a sketch for the simulated Nano 33 BLE: text in, build out."""
    return lambda program, fqbn=FQBN: arduino.build(sketch(program), fqbn, {}, tmp_path / "out")
