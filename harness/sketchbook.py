"""Where the Arduino sketchbook lies: in a checkout beside the package, in an installed wheel inside it."""

from __future__ import annotations

from pathlib import Path

from harness.errors import ToolchainError

_PACKAGE = Path(__file__).resolve().parent


def root() -> Path:
    """Directory that holds `kws_bench/`, `libraries/` and `hardware/`.

    Raises ToolchainError where neither a checkout nor the wheel's copy is there.
    """
    for candidate in (_PACKAGE.parent / "sketches", _PACKAGE / "sketches"):
        if (candidate / "libraries").is_dir():
            return candidate
    raise ToolchainError(
        f"the Arduino sketchbook is missing beside {_PACKAGE}; install tinyhil again, or work from a clone"
    )


def sketch(name: str) -> Path:
    """Directory of the sketch `name`, such as `kws_bench`."""
    return root() / name
