"""Where the Arduino sketchbook lies: inside the package, which in a checkout is a link to `sketches/` beside it."""

from __future__ import annotations

from pathlib import Path

from harness.errors import ToolchainError

_SKETCHES = (Path(__file__).parent / "sketches").resolve()


def root() -> Path:
    """Directory that holds `kws_bench/`, `libraries/` and `hardware/`.

    Raises ToolchainError where the installation has lost it.
    """
    if (_SKETCHES / "libraries").is_dir():
        return _SKETCHES
    raise ToolchainError(
        f"the Arduino sketchbook is missing at {_SKETCHES}; install tinyhil again, or work from a clone"
    )


def sketch(name: str) -> Path:
    """Directory of the sketch `name`, such as `kws_bench`."""
    return root() / name
