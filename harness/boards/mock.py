"""The mock board: a device in Python that speaks the protocol and answers from the golden model, without firmware."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from harness.boards.board import Board
from harness.boards.build import Build
from harness.boards.opening import open_port
from harness.deadline import Deadline
from harness.errors import BoardError, ToolchainError

if TYPE_CHECKING:
    from pathlib import Path

    import serial

SCHEME = "mock"
PACKAGE = "mock"
"""The vendor part of its FQBN, which arduino-cli does not know."""
FQBN = f"{PACKAGE}:python:golden"
QUICK = "quick"
"""What stands in the URL of a mock device that has no level until one is loaded."""
_LOADED_MODEL = "#include <models/loaded.h>"
"""What makes firmware of that kind, in its model.h."""
_URL = re.compile(rf"{SCHEME}://([^/?#\s]+)(?:\?build=(0x[0-9a-f]{{1,8}}))?")
_OPEN_S = 1.0
_PROGRAM = "kws_bench.mock"


def url_of(level: str, build_id: int) -> str:
    """Return the URL of a mock device that runs `level`, or has none where that is QUICK, and tells `build_id`."""
    return f"{SCHEME}://{level}?build=0x{build_id:08x}"


def read_url(url: str) -> tuple[str, int]:
    """Return level and build id of a URL such as `mock://int8-tflite`, whose build id is 0 unless it says another.

    Raises ValueError, a sentence, for anything else.
    """
    found = _URL.fullmatch(url)
    if found is None:
        raise ValueError(f"{url} names no level; write {SCHEME}://LEVEL, such as {SCHEME}://int8-tflite")
    return found[1], int(found[2] or "0", 0)


class MockBoard(Board):
    """A board that lives in this process and runs the level of its last upload."""

    def __init__(self, port: str = f"{SCHEME}://") -> None:
        """Stand for the mock device at `port`; one without a level has to be uploaded to first."""
        self.name = "mock"
        self.fqbn = FQBN
        self._port = port

    @property
    def port(self) -> str:
        """The URL `mock://LEVEL?build=ID`, which any program opens that has pyserial's handler for it."""
        return self._port

    def upload(self, build: Build) -> None:
        """Take the level that `build` names."""
        try:
            self._port = build.elf.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise BoardError(f"{build.elf} is no build for a mock board: {error}") from error

    def open(self, baud: int) -> serial.SerialBase:
        """Open the device at any `baud`, as it was when it was uploaded. Raises BoardError for an unknown level."""
        return open_port(self._port, baud, Deadline(_OPEN_S))

    def fault(self) -> str | None:
        """None: there is no firmware that could fault."""
        return None

    def close(self) -> None:
        """Nothing to let go of."""


class MockToolchain:
    """Makes builds for mock boards: what the generated headers say, without a compiler."""

    def build(self, sketch: Path, fqbn: str, headers: dict[str, str], output: Path) -> Build:
        """Write the level and build id that `headers` define to `output`, as the mock device's URL.

        Raises ToolchainError where they do not define them.
        """
        model = headers["model.h"]
        level = QUICK if _LOADED_MODEL in model.splitlines() else _defined("TINYHIL_LEVEL", model)
        number = _defined("TINYHIL_BUILD_ID", headers["build_identity.h"])
        output.mkdir(parents=True, exist_ok=True)
        program = output / _PROGRAM
        program.write_text(f"{url_of(level, int(number.rstrip('u'), 0))}\n", encoding="utf-8")
        return Build(
            sketch=sketch,
            fqbn=fqbn,
            elf=program,
            flash_bytes=None,
            ram_bytes=None,
            core=f"numpy {np.__version__}",
            compiler=None,
            flags=None,
        )


def _defined(name: str, header: str) -> str:
    """Find what a generated header defines `name` as, without quotes."""
    found = re.search(rf'^#define {name} "?([^"\s]+)"?$', header, re.MULTILINE)
    if found is None:
        raise ToolchainError(f"the generated header does not define {name}; export the level again")
    return found[1]
