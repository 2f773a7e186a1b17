"""Where the packages depend on the operating system: in two modules, and nowhere else."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness import sketchbook

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
SYSTEM_MODULES = ("harness/boards/operating_system.py", "host_models/exclusive_lock.py")
NOT_EVERYWHERE = {
    *("_posixsubprocess", "crypt", "fcntl", "grp", "msvcrt", "nis", "ossaudiodev", "posix", "pty", "pwd", "resource"),
    *("spwd", "syslog", "termios", "tty", "winreg", "winsound", "_winapi"),
}
"""Modules of the standard library that some of Linux, macOS and Windows lack."""


def dependencies(source: str) -> Iterator[str]:
    """Name what a module has that not every system has: imports, questions which system it is, files of one system."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import():
                yield from (name.name for name in node.names if name.name.partition(".")[0] in NOT_EVERYWHERE)
            case ast.ImportFrom(module=str(module)) if module.partition(".")[0] in NOT_EVERYWHERE:
                yield module
            case (
                ast.Attribute(value=ast.Name(id="sys"), attr="platform")
                | ast.Attribute(value=ast.Name(id="os"), attr="name" | "uname")
            ):
                yield ast.unparse(node)
            case ast.Constant(value=str(text)) if text.startswith(("/proc/", "/sys/")):
                yield text


def sources() -> list[Path]:
    """List the modules of both packages."""
    return sorted(path for package in ("harness", "host_models") for path in (ROOT / package).rglob("*.py"))


def test_only_the_modules_that_are_there_for_it_depend_on_the_system() -> None:
    """Any other module must be importable, and do the same, on Linux, macOS and Windows."""
    found = {
        path.relative_to(ROOT).as_posix(): sorted(set(dependencies(path.read_text("utf-8")))) for path in sources()
    }
    assert {name: what for name, what in found.items() if what and name not in SYSTEM_MODULES} == {}
    assert all(found[name] for name in SYSTEM_MODULES)


@pytest.mark.parametrize(
    "line",
    [
        "import fcntl",
        "import os, pty",
        "from termios import tcflush",
        "def late():\n    import resource",
        "if sys.platform == 'darwin': pass",
        "where = os.name",
        "Path('/proc/self/stat')",
    ],
)
def test_the_look_finds_what_it_looks_for(line: str) -> None:
    """At the top of a module or within a function."""
    assert list(dependencies("import os, sys\n" + line)) != []


def test_a_checkout_without_symbolic_links_has_its_sketchbook(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """On Windows git may write where a link leads to into a file in its place."""
    link = tmp_path / "sketches"
    link.write_text("../sketches")
    monkeypatch.setattr(sketchbook, "_PLACES", (link, *sketchbook._PLACES[1:]))
    assert sketchbook.root() == ROOT / "sketches"
