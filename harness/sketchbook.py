"""Where the Arduino sketchbook lies: inside the package, or in a checkout beside it, where a link leads to it.

A checkout on Windows may have a text file in place of the link.
"""

from __future__ import annotations

from pathlib import Path

from harness.errors import ToolchainError

_PLACES = tuple((folder / "sketches").resolve() for folder in Path(__file__).parents[:2])


def root() -> Path:
    """Directory that holds `kws_bench/`, `libraries/` and `hardware/`.

    Raises ToolchainError where the installation has lost it.
    """
    for place in _PLACES:
        if (place / "libraries").is_dir():
            return place
    raise ToolchainError(
        f"the Arduino sketchbook is missing at {_PLACES[0]}; install tinyhil again, or work from a clone"
    )


def sketch(name: str) -> Path:
    """Directory of the sketch `name`, such as `kws_bench`."""
    return root() / name
