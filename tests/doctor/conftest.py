"""Places of their own for what the doctor looks at, and programs that are installed on a PATH of their own."""

from __future__ import annotations

import shutil
import tempfile
from typing import TYPE_CHECKING

import pytest

from harness.boards import toolchain
from harness.doctor.command import CHECKS
from harness.doctor.examination import examine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from harness.doctor.finding import Finding

TOOLS = ("arduino-cli", "arm-none-eabi-gcc", "arm-none-eabi-g++", "arduino-ctags", "tinyhil")


@pytest.fixture(autouse=True)
def own_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Keep boards, builds and the user's Arduino set-up apart from others; the first has a short path, for sockets."""
    runtime = tempfile.mkdtemp(prefix="thd")
    monkeypatch.setenv("XDG_RUNTIME_DIR", runtime)
    monkeypatch.setenv("TINYHIL_HOME", str(tmp_path / "home"))
    for name in ("TINYHIL_DATA", "ARDUINO_DIRECTORIES_DATA", "ARDUINO_CONFIG_FILE"):
        monkeypatch.delenv(name, raising=False)
    yield
    shutil.rmtree(runtime)


@pytest.fixture
def look() -> Callable[[str], tuple[Finding, ...]]:
    """Carry out the check of a name, as the doctor does."""
    return lambda name: examine(next(check for check in CHECKS if check.name == name))


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a folder that is all of the search path, with this machine's tools in it; returns it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in TOOLS:
        (folder / tool).symlink_to(shutil.which(tool, path=toolchain.search_path()) or pytest.fail(f"no {tool} here"))
    monkeypatch.setattr(toolchain, "search_path", lambda: str(folder))
    return folder


@pytest.fixture
def install(machine: Path) -> Callable[[str, str], None]:
    """Installer of a shell program in the place of the one that is there."""

    def program(name: str, script: str) -> None:
        (machine / name).unlink(missing_ok=True)
        (machine / name).write_text(f"#!/bin/sh\n{script}\n")
        (machine / name).chmod(0o755)

    return program
