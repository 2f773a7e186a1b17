"""Which of the folders that a run reads and writes can be used."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from harness import sketchbook
from harness.boards import arduino_home, registry
from harness.doctor.finding import Finding, fail, ok
from harness.firmware import SKETCH

BUILDS_BYTES = 50_000_000
"""Room for builds: core, library and some levels take 8 MB, and compilers need as much for a while."""
_MEGABYTE = 1_000_000


def sketches() -> Finding:
    """Look for our sketchbook and its sketch."""
    root = sketchbook.root()
    for part in (root / SKETCH / f"{SKETCH}.ino", root / "hardware" / "tinyhil" / "nrf52" / "platform.txt"):
        if not part.is_file():
            return fail("sketchbook", f"{part} is missing", "install tinyhil again, or work from a clone")
    return ok("sketchbook", str(root))


def builds() -> Finding:
    """See that firmware can be built: in TINYHIL_HOME, or else the user's cache."""
    return _writable("builds", arduino_home.base(), "TINYHIL_HOME")


def temporary() -> Finding:
    """See that there is room for what a run keeps only while it runs."""
    return _writable("temporary files", Path(tempfile.gettempdir()), "TMPDIR")


def running_boards() -> Finding:
    """See that a simulated board can be registered: take a free name, and give it back."""
    registry.Claim.take_free().release()
    return ok("running boards", str(registry.directory()))


def _writable(name: str, folder: Path, variable: str) -> Finding:
    """Write a file to `folder`, which `variable` names, and see what room is left."""
    remedy = f"set {variable} to a folder that can be written, with {BUILDS_BYTES // _MEGABYTE} MB free"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(65536))
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return fail(name, f"{folder} can't be written: {error.strerror}", remedy)
    if free < BUILDS_BYTES:
        return fail(name, f"{folder} has only {free / _MEGABYTE:,.1f} MB free", f"make room, or {remedy}")
    return ok(name, f"{folder}, {free // _MEGABYTE:,} MB free")
