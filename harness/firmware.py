"""How a level, or none, becomes firmware: by which headers it is built, and by which number the build is known."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Protocol

from harness import sketchbook
from host_models import export

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from harness.boards.build import Build
    from host_models.model import Model

SKETCH = "kws_bench"
SIMULATED_PACKAGE = "tinyhil"
"""The vendor part of the FQBNs whose boards run in our simulator."""
QUICK_MODEL_HEADER = """\
// No model in flash: one is loaded over the line into RAM.
#pragma once

#include <models/loaded.h>
"""
_UNIDENTIFIED = 0
"""The number in the sketch's own build_identity.h: a build that was made by hand, outside tinyhil."""


class Toolchain(Protocol):
    """What compiles a sketch: arduino-cli."""

    def build(self, sketch: Path, fqbn: str, headers: dict[str, str], output: Path) -> Build:
        """Compile a copy of `sketch` with `headers` for the board `fqbn`; the ELF goes to `output`."""


def build_id(fqbn: str, headers: Mapping[str, str]) -> int:
    """Give a build a number from 1 to 2^32 - 1, the same for the same sources on any machine.

    It covers the sketch, our libraries and our cores, the board and its options, and the generated headers.
    """
    digest = hashlib.sha256()
    for word in (fqbn, *(part for item in sorted(headers.items()) for part in item)):
        digest.update(word.encode() + b"\0")
    root = sketchbook.root()
    for folder in (root / SKETCH, root / "libraries", root / "hardware"):
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return int.from_bytes(digest.digest()[:4], "big") or 1


def is_unidentified(number: int) -> bool:
    """Whether a board's build number says only that the sketch was built by hand."""
    return number == _UNIDENTIFIED


def headers(model: Model | None, fqbn: str, baud: int) -> tuple[int, dict[str, str]]:
    """Return the build's number and the headers that make `kws_bench` the firmware of this level.

    None makes the quick firmware, which has all kernels and takes any level's model over the line into RAM.
    """
    model_header = QUICK_MODEL_HEADER if model is None else export.header(model)
    number = build_id(fqbn, {"model.h": model_header, "baud": str(baud)})
    identity = (
        "// Which build this is; a host refuses a board that tells another number.\n"
        "#pragma once\n\n"
        f"#define TINYHIL_BUILD_ID 0x{number:08x}u\n"
        f"#define TINYHIL_BAUD {baud}\n"
    )
    return number, {"model.h": model_header, "build_identity.h": identity}


def base_id(fqbn: str) -> int:
    """Give the number of the sources that all levels of a campaign share."""
    return build_id(fqbn, {})
