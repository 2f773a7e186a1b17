"""The programs that a build needs, where they are found, and the commands that get those that are missing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

from harness.errors import ToolchainError

ANSWER_S = 60.0
"""No tool takes that long to tell its version."""

_GET = {
    "arduino-cli": "`./tinyhil` builds it, as does `go build -C tools -o DIRECTORY github.com/arduino/arduino-cli` "
    "in a clone",
    "arm-none-eabi-gcc": "get it with `apt-get install gcc-arm-none-eabi libnewlib-arm-none-eabi`",
    "arduino-ctags": "get it with `apt-get install arduino-ctags`",
    "tinyhil": "install the package into this Python with `python -m pip install .` in a clone",
}
_NEWLIB = "get it with `apt-get install libnewlib-arm-none-eabi`"


def search_path() -> str:
    """Return the PATH on which tools are looked for: this Python's own directory, then the user's PATH."""
    return os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])


def find(tool: str) -> Path:
    """Where `tool` is. Raises ToolchainError that says how to get it."""
    found = shutil.which(tool, path=search_path())
    if found is None:
        raise ToolchainError(f"{tool} is not on the PATH; {_GET[tool]}")
    return Path(found)


@lru_cache
def require_arm_compiler() -> None:
    """Check that the compiler for the simulated boards and its C library are there.

    Raises ToolchainError that names what is missing.
    """
    compiler = find("arm-none-eabi-gcc")
    specs = first_line([str(compiler), "-print-file-name=nano.specs"])
    if not Path(specs).is_absolute():
        raise ToolchainError(f"{compiler} has no newlib-nano (nano.specs); {_NEWLIB}")


@lru_cache
def version(compiler: str) -> str:
    """First line that `compiler --version` prints."""
    return first_line([compiler, "--version"])


def first_line(command: list[str]) -> str:
    """First line of what `command` prints. Raises ToolchainError where it fails or takes too long."""
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=ANSWER_S,
            check=True,
            env=os.environ | {"PATH": search_path()},
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise ToolchainError(f"{' '.join(command)} did not answer: {error}") from error
    return done.stdout.partition("\n")[0].strip()
