"""Which Python runs, and which packages it has of those that tinyhil asks for."""

from __future__ import annotations

import importlib.metadata
import platform
import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.boards.toolchain import numbers
from harness.doctor.finding import Finding, fail, note, ok

if TYPE_CHECKING:
    from collections.abc import Iterator

DISTRIBUTION = "tinyhil"
MINIMUM = (3, 11)
_REQUIREMENT = re.compile(
    r"(?P<name>[\w.-]+)\s*(?:>=\s*(?P<least>[\d.]+))?\s*(?:;\s*extra\s*==\s*[\"'](?P<extra>\w+)[\"'])?"
)
"""What pyproject.toml's requirements look like: a name, a least version, an extra."""
_LEFT_OUT = {
    "torch": "PyTorch's voice is left out of reports, and levels can't be trained",
    "tensorflow": "levels can't be converted to TensorFlow Lite; those that ship have their files",
}
"""What goes without each extra."""


@dataclass(frozen=True)
class Requirement:
    """A package that tinyhil asks for: `least` is its least version, `extra` what it is asked for by, or None."""

    name: str
    least: str
    extra: str | None

    def __str__(self) -> str:
        """Write it as pip takes it."""
        return f"{self.name}>={self.least}" if self.least else self.name

    def lack(self) -> str | None:
        """Say what is wrong with it here, None where it will do."""
        try:
            version = importlib.metadata.version(self.name)
        except importlib.metadata.PackageNotFoundError:
            return f"{self.name} is not installed"
        if (numbers(f"{version}.0") or ()) < (numbers(f"{self.least}.0") or ()):
            return f"{self.name} is {version}, needed is {self.least}"
        return None


def requirements() -> Iterator[Requirement]:
    """List what the installed distribution asks for. Raises PackageNotFoundError where it is not installed."""
    for text in importlib.metadata.requires(DISTRIBUTION) or ():
        match = _REQUIREMENT.fullmatch(text)
        if match is None:
            raise ValueError(f"the requirement {text!r} of {DISTRIBUTION} is of an unknown form")
        yield Requirement(match["name"], match["least"] or "", match["extra"])


def interpreter() -> Finding:
    """Look at the Python that runs this."""
    found = f"{platform.python_version()}, {sys.executable}"
    if sys.version_info < MINIMUM:
        return fail("Python", found, f"make an environment with Python {'.'.join(map(str, MINIMUM))} or newer")
    return ok("Python", found)


def packages() -> Finding:
    """Look for the packages without which nothing runs."""
    try:
        needed = [each for each in requirements() if each.extra is None]
    except importlib.metadata.PackageNotFoundError:
        return fail(
            "packages", "tinyhil itself is not installed in this Python", "`python -m pip install .` in a clone"
        )
    lacks = {each: lack for each in needed if (lack := each.lack())}
    if lacks:
        words = " ".join(f"'{each}'" for each in lacks)
        return fail("packages", "; ".join(lacks.values()), f"`python -m pip install {words}`")
    version = importlib.metadata.version(DISTRIBUTION)
    return ok("packages", f"tinyhil {version} and the {len(needed)} packages that it needs")


def extras() -> tuple[Finding, ...]:
    """Look for the packages that add a voice."""
    return tuple(_extra(each) for each in requirements() if each.extra in _LEFT_OUT)


def _extra(requirement: Requirement) -> Finding:
    if lack := requirement.lack():
        return note(
            requirement.name,
            f"{lack}: {_LEFT_OUT[requirement.name]}",
            f"where you want it: `python -m pip install '{requirement}'`",
        )
    return ok(requirement.name, importlib.metadata.version(requirement.name))
