"""The programs that a build needs: where they are found, which versions will do, and the commands that get them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import ToolchainError

if TYPE_CHECKING:
    from collections.abc import Sequence

ANSWER_S = 60.0
"""No tool takes that long to tell its version."""

ARDUINO_CLI_MINIMUM = (1, 0)
"""The first arduino-cli that knows `--json`, and that wraps what it lists in objects such as `detected_ports`.

Its UPGRADING.md tells so under 1.0.0; within 1.x nothing of that may change (its versioning.md). 0.35.3 was seen to
refuse `--json`, 1.0.4 and 1.4.1 to do all that is needed here.
"""
ARM_COMPILER_MINIMUM = (12, 2)
"""The first Arm GNU toolchain whose linker, of binutils 2.39, knows the `--no-warn-rwx-segments` of our platform.txt.

The sketches themselves ask for less: gnu++14, which is whole since GCC 5.
"""

_GCC, _GXX = "arm-none-eabi-gcc", "arm-none-eabi-g++"
_GET = {
    "arduino-cli": "`./tinyhil` builds it, as does `go build -C tools -o DIRECTORY github.com/arduino/arduino-cli` "
    "in a clone",
    **dict.fromkeys(
        (_GCC, _GXX),
        "get it with `apt-get install gcc-arm-none-eabi libnewlib-arm-none-eabi`, on macOS with "
        "`brew install --cask gcc-arm-embedded`",
    ),
    "arduino-ctags": "get it with `apt-get install arduino-ctags`, or let `arduino-cli core update-index` download it",
    "tinyhil": "install the package into this Python with `python -m pip install .` in a clone",
}
_NEWER = {
    "arduino-cli": "put a newer one before it on the PATH, such as `go build -C tools -o DIRECTORY "
    "github.com/arduino/arduino-cli` makes in a clone",
    _GXX: "put a newer Arm GNU toolchain before it on the PATH (Debian 12 and Ubuntu 24.04 have one that will do)",
}
_NEWLIB = "get it with `apt-get install libnewlib-arm-none-eabi`"
_NUMBERS = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?")


@dataclass(frozen=True)
class Tool:
    """A program that will do, and the version that it tells."""

    path: Path
    version: str


def search_path() -> str:
    """Return the PATH on which tools are looked for: this Python's own directory, then the user's PATH."""
    return os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])


def find(tool: str) -> Path:
    """Where `tool` is. Raises ToolchainError that says how to get it."""
    found = shutil.which(tool, path=search_path())
    if found is None:
        raise ToolchainError(f"{tool} is not on the PATH; {_GET[tool]}")
    return Path(found)


def arduino_cli() -> Tool:
    """Find the arduino-cli that is used. Raises ToolchainError where there is none, or it is too old."""
    path = find("arduino-cli")
    return _new_enough(Tool(path, _arduino_cli_version(path)), ARDUINO_CLI_MINIMUM)


def arm_compiler() -> Tool:
    """Find the C++ compiler for the simulated boards. Raises ToolchainError where there is none, or it is too old."""
    find(_GCC)
    path = find(_GXX)
    # A GCC before 7 does not know the first question and answers the second.
    told = _first_line_once((str(path), "-dumpfullversion", "-dumpversion"))
    return _new_enough(Tool(path, told), ARM_COMPILER_MINIMUM)


def newlib() -> Path:
    """Find the C library of that compiler by its nano.specs. Raises ToolchainError where it is missing."""
    compiler = find(_GCC)
    specs = Path(_first_line_once((str(compiler), "-print-file-name=nano.specs")))
    if not specs.is_absolute():
        raise ToolchainError(f"{compiler} has no newlib-nano (nano.specs); {_NEWLIB}")
    return specs


def require_arm_compiler() -> None:
    """Check that compiler and C library for the simulated boards will do.

    Raises ToolchainError that names what is missing or too old.
    """
    newlib()
    arm_compiler()


def numbers(version: str) -> tuple[int, ...] | None:
    """Give the numbers with which a version begins, None for a build that has no version, such as 0.0.0-git."""
    match = _NUMBERS.match(version)
    found = tuple(int(number) for number in match.groups(default="0")) if match else ()
    return found if any(found) else None


def _new_enough(tool: Tool, minimum: tuple[int, ...]) -> Tool:
    """Return `tool`, or raise ToolchainError where it tells a version below `minimum`; one without a version passes."""
    found = numbers(tool.version)
    if found is not None and found < minimum:
        least = ".".join(str(number) for number in minimum)
        raise ToolchainError(
            f"{tool.path} is version {tool.version}, but tinyhil needs {least} or newer; {_NEWER[tool.path.name]}"
        )
    return tool


@lru_cache
def _arduino_cli_version(path: Path) -> str:
    """Ask an arduino-cli of any age for its version; what it writes when it starts goes into a folder of ours."""
    with tempfile.TemporaryDirectory(prefix="tinyhil-") as data:
        told = _output((str(path), "version", "--format", "json"), {"ARDUINO_DIRECTORIES_DATA": data})
    try:
        return str(json.loads(told)["VersionString"])
    except (ValueError, KeyError, TypeError):
        raise ToolchainError(f"{path} does not tell its version, so it is no arduino-cli; {_GET[path.name]}") from None


@lru_cache
def _first_line_once(command: tuple[str, ...]) -> str:
    """First line of what `command` prints, which is the same as long as this process lives."""
    return first_line(command)


def version(compiler: str) -> str:
    """First line that `compiler --version` prints."""
    return _first_line_once((compiler, "--version"))


def first_line(command: Sequence[str]) -> str:
    """First line of what `command` prints. Raises ToolchainError where it fails or takes too long."""
    return _output(command, {}).partition("\n")[0].strip()


def _output(command: Sequence[str], environment: dict[str, str]) -> str:
    """Return what `command` prints, run with `environment` beside our own. Raises ToolchainError as above."""
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            timeout=ANSWER_S,
            check=True,
            env=os.environ | {"PATH": search_path(), "LC_ALL": "C"} | environment,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise ToolchainError(f"`{' '.join(command)}` did not answer: {error}") from error
    return done.stdout
