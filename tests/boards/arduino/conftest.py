"""Sketches written by tests, and the arduino-cli that compiles them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.boards.arduino_cli import ArduinoCli

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.boards.build import Build

FQBN = "tinyhil:nrf52:nano33ble"
MBED_LIKE = Path(__file__).parent / "mbed_like"


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


@pytest.fixture
def mbed_set_up(tmp_path: Path, arduino: ArduinoCli, arduino_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make an Arduino set-up of the user's own, in which a core like mbed's is installed."""
    data = tmp_path / "arduino15"
    shutil.copytree(MBED_LIKE, data / "packages" / "arduino" / "hardware" / "mbed_nano" / "0.0.1")
    tools = next(arduino_home.glob("arduino-*/data/packages/builtin"))
    shutil.copytree(tools, data / "packages" / "builtin", symlinks=True)
    for index in ("package_index.json", "library_index.json"):
        shutil.copy(tools.parent.parent / index, data)
    assert arduino is not None
    monkeypatch.setenv("ARDUINO_DIRECTORIES_DATA", str(data))
    monkeypatch.setenv("ARDUINO_DIRECTORIES_USER", str(tmp_path / "Arduino"))
    return data
