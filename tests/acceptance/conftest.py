"""What acceptance tests share: places of their own, and faults planted in copies of the sketchbook."""

from __future__ import annotations

import shutil
import tempfile
from typing import TYPE_CHECKING

import pytest
from elftools.elf.elffile import ELFFile

from harness import sketchbook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from harness.boards.build import Build


def blob_address(build: Build) -> int:
    """Where the model lies in the address space of the chip: its blob in flash, or the room for one in RAM."""
    with build.elf.open("rb") as file:
        symbols = ELFFile(file).get_section_by_name(".symtab").iter_symbols()
        return next(int(symbol["st_value"]) for symbol in symbols if "kModel" in symbol.name)


@pytest.fixture
def own_registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Keep this test's boards apart from others."""
    directory = tempfile.mkdtemp(prefix="thl")
    monkeypatch.setenv("XDG_RUNTIME_DIR", directory)
    yield
    shutil.rmtree(directory)


@pytest.fixture(scope="module")
def own_places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the boards and builds of a module apart from others."""
    runtime = tempfile.mkdtemp(prefix="tha")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", runtime)
        patch.setenv("TINYHIL_HOME", str(tmp_path_factory.mktemp("home")))
        yield
    shutil.rmtree(runtime)


@pytest.fixture
def plant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str, str], None]:
    """Build from a copy of the sketchbook in which one text of one of the library's files is replaced."""

    def planted(name: str, right: str, wrong: str) -> None:
        copy = tmp_path / "sketches"
        shutil.copytree(sketchbook.root(), copy)
        path = copy / "libraries" / "TinyKws" / "src" / name
        text = path.read_text()
        assert right in text, f"{name} no longer has the text that this test replaces"
        path.write_text(text.replace(right, wrong, 1))
        monkeypatch.setattr(sketchbook, "_PLACES", (copy,))

    return planted
