"""Whether the simulator's native parts load, and where they are kept."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from harness.doctor.finding import Finding, ok

if TYPE_CHECKING:
    from pathlib import Path

COMPILING_S = 180.0
"""The first load on a machine compiles them: 20 s, a minute on a loaded machine."""


def native_parts() -> Finding:
    """Load them, which compiles what is not compiled yet, and make a chip."""
    started, begin = time.time(), time.monotonic()
    from harness.simulator import Nrf52840, native  # noqa: PLC0415 - to load them is the check

    Nrf52840()
    how = "compiled" if _any_since(started, native.CACHE) else "loaded"
    return ok("simulator", f"native parts {how} in {time.monotonic() - begin:.1f} s, kept in {native.CACHE}")


def _any_since(moment: float, folder: Path) -> bool:
    """Whether a compiled function was put into `folder` after `moment`, in seconds since the epoch."""
    return any(path.stat().st_mtime > moment for path in folder.rglob("*.nbc"))
