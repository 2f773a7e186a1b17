"""A compiled sketch: where its program lies, what it was built with, how much memory it takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile

from harness.errors import ToolchainError

if TYPE_CHECKING:
    from pathlib import Path

FLASH_SECTIONS = (".text", ".ARM.exidx", ".data")
"""Sections that occupy flash; `.data` is copied from there to RAM at start."""
RAM_SECTIONS = (".data", ".bss")
"""Sections that occupy RAM before stack and heap."""


@dataclass(frozen=True)
class Build:
    """A sketch, compiled for one board.

    `elf` lies in a directory of its own together with the same program in other formats. `core` is the platform with
    its version, such as `tinyhil:nrf52 0.1.0`; `compiler` the first line of its `--version`; `flags` those for C++.
    """

    sketch: Path
    fqbn: str
    elf: Path
    flash_bytes: int
    ram_bytes: int
    core: str
    compiler: str
    flags: str


def section_bytes(elf: Path) -> dict[str, int]:
    """Size in bytes of each section of `elf`, by name. Raises ToolchainError where it is no ELF file."""
    try:
        with elf.open("rb") as file:
            return {section.name: int(section["sh_size"]) for section in ELFFile(file).iter_sections()}
    except (OSError, ELFError) as error:
        raise ToolchainError(f"{elf} can't be read as an ELF file ({error}); build the sketch again") from error


def memory_bytes(elf: Path) -> tuple[int, int]:
    """Bytes of flash and of RAM that the program `elf` takes, stack and heap not counted."""
    sizes = section_bytes(elf)
    return sum(sizes.get(name, 0) for name in FLASH_SECTIONS), sum(sizes.get(name, 0) for name in RAM_SECTIONS)
