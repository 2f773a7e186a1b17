"""A compiled sketch: where its program lies, what it was built with, how much memory it takes."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from elftools.common.exceptions import ELFError
from elftools.elf.constants import SH_FLAGS
from elftools.elf.elffile import ELFFile

from harness.errors import ToolchainError

if TYPE_CHECKING:
    from pathlib import Path

RAM_SECTIONS = (".data", ".bss")
"""Sections that occupy RAM before stack and heap; those by which Arduino's platforms count it, too."""


@dataclass(frozen=True, kw_only=True)
class BuildFigures:
    """What a sketch was compiled with, and the memory that it takes.

    `core` is the platform with its version, such as `tinyhil:nrf52 0.1.0`; `compiler` the first line of its
    `--version`; `flags` those for C++. What needs a compiler is None for a mock board.
    """

    flash_bytes: int | None
    ram_bytes: int | None
    core: str
    compiler: str | None
    flags: str | None

    def change_from(self, before: BuildFigures) -> str | None:
        """Say what is not as `before`, None where all is."""
        for each in fields(BuildFigures):
            was, now = getattr(before, each.name), getattr(self, each.name)
            if was != now:
                return f"{each.name} {was} -> {now}"
        return None


@dataclass(frozen=True, kw_only=True)
class Build(BuildFigures):
    """A sketch, compiled for one board.

    `elf` lies in a directory of its own together with the same program in other formats. For a mock board it is a text
    that names level and build id.
    """

    sketch: Path
    fqbn: str
    elf: Path


def memory_bytes(elf: Path) -> tuple[int, int]:
    """Bytes of flash and of RAM that the program `elf` takes, stack and heap not counted.

    Whatever is loaded with a content occupies flash, `.data` included, which is copied to RAM at start.
    Raises ToolchainError where `elf` is no ELF file.
    """
    flash = ram = 0
    try:
        with elf.open("rb") as file:
            for section in ELFFile(file).iter_sections():
                if section["sh_flags"] & SH_FLAGS.SHF_ALLOC and section["sh_type"] != "SHT_NOBITS":
                    flash += section["sh_size"]
                if section.name in RAM_SECTIONS:
                    ram += section["sh_size"]
    except (OSError, ELFError) as error:
        raise ToolchainError(f"{elf} can't be read as an ELF file ({error}); build the sketch again") from error
    return flash, ram
