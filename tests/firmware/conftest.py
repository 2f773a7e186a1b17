"""Programs that run the library's C++ on the host, under sanitizers."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness import sketchbook

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).parent
SOURCES = sketchbook.root() / "libraries" / "TinyKws" / "src"
FLAGS = ("-std=gnu++14", "-O1", "-g", "-Wall", "-Wextra", "-Werror", "-funsigned-char")
SANITIZERS = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all")


@pytest.fixture(scope="session")
def native(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Compile a driver of this folder with the sources of some of the folders of the library."""
    folder = tmp_path_factory.mktemp("native")

    def compiled(driver: str, *folders: str) -> Path:
        program = folder / Path(driver).stem
        if not program.exists():
            sources = [str(source) for name in folders for source in sorted((SOURCES / name).glob("*.cpp"))]
            command = ["g++", *FLAGS, *SANITIZERS, f"-I{SOURCES}", str(HERE / driver), *sources, "-o", str(program)]
            result = subprocess.run(command, capture_output=True, text=True, check=False)
            assert result.returncode == 0, result.stderr
        return program

    return compiled
