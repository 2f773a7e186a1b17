"""A copy of a sketch with generated headers, brought up to date so that only what changed is compiled again."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.errors import MisuseError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def update(copy: Path, sketch: Path, headers: Mapping[str, str]) -> None:
    """Make `copy` hold the files of `sketch`, and `headers` (name: text) in place of or beside them.

    A file whose content is the same is not touched; one that changed gets the present time, since compilers' dependency
    checks compare times. Raises MisuseError where `sketch` is no sketch.
    """
    if not (sketch / f"{sketch.name}.ino").is_file():
        raise MisuseError(f"{sketch} is no Arduino sketch: it has no {sketch.name}.ino")
    wanted = {path.relative_to(sketch).as_posix(): path.read_bytes() for path in _files(sketch)}
    wanted |= {name: text.encode() for name, text in headers.items()}
    if copy.is_dir():
        for path in _files(copy):
            if path.relative_to(copy).as_posix() not in wanted:
                path.unlink()
    for name, content in wanted.items():
        path = copy / name
        if not path.is_file() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


def original_names(text: str, copy: Path, sketch: Path, headers: Mapping[str, str]) -> str:
    """Put the names of the sketch's own files into what a compiler said about `copy`; generated headers keep theirs."""

    def name(match: re.Match[str]) -> str:
        return match[0] if match[1] in headers else str(sketch / match[1])

    return re.sub(re.escape(str(copy)) + r"[/\\]([^\s:]+)", name, text)


def _files(directory: Path) -> list[Path]:
    """Files below `directory`, hidden ones left out."""
    return [
        path
        for path in sorted(directory.rglob("*"))
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(directory).parts)
    ]
