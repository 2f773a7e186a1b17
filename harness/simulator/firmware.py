"""An ELF file for the chip: what goes into flash, and which function and source line an address belongs to."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO, Any

from elftools.common.exceptions import DWARFError, ELFError
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from harness.errors import MisuseError
from harness.simulator.faults import Place
from harness.simulator.memory_map import FLASH, FLASH_BYTES, RAM, RAM_BYTES

STACK_LIMIT = "__StackLimit"
"""The symbol that linker scripts for Cortex-M give to the lowest address of the stack (CMSIS)."""


class FirmwareError(MisuseError):
    """A file is no firmware for this chip."""


@dataclass(frozen=True)
class Segment:
    """Bytes that the file wants in flash from `address`."""

    address: int
    data: bytes


@dataclass(frozen=True)
class Function:
    """A function of the symbol table."""

    address: int
    size: int
    name: str


class Firmware:
    """A validated ELF file for a Cortex-M with this chip's flash."""

    def __init__(self, path: Path) -> None:
        """Read and check `path`; raises FirmwareError that names the file and what is wrong with it."""
        self.path = Path(path)
        try:
            with self.path.open("rb") as file:
                self._read(file)
        except OSError as error:
            raise FirmwareError(f"{self.path}: {error.strerror}; build the firmware first") from error
        except ELFError as error:
            raise FirmwareError(f"{self.path} is no ELF file, or a damaged one ({error})") from error

    def _read(self, file: IO[bytes]) -> None:
        elf = ELFFile(file)
        if elf["e_machine"] != "EM_ARM" or elf.elfclass != 32 or not elf.little_endian:  # noqa: PLR2004
            raise FirmwareError(
                f"{self.path} is for {elf.get_machine_arch()}, not for a 32-bit little-endian Arm Cortex-M"
            )
        self.segments = self._segments(elf)
        self.functions, self.symbols = self._symbols(elf)
        self.vectors = self.segments[0].address

    def _segments(self, elf: ELFFile) -> tuple[Segment, ...]:
        found = []
        for segment in elf.iter_segments("PT_LOAD"):
            data = segment.data()
            if not data:
                continue
            if len(data) != segment["p_filesz"]:
                raise FirmwareError(f"{self.path} is truncated: a segment ends behind the end of the file")
            found.append(Segment(segment["p_paddr"], data))
        found.sort(key=lambda segment: segment.address)
        if not found:
            raise FirmwareError(f"{self.path} holds nothing to load")
        end = FLASH
        for segment in found:
            if segment.address < end:
                raise FirmwareError(f"{self.path}: two segments overlap at 0x{segment.address:08X}")
            end = segment.address + len(segment.data)
            if end > FLASH + FLASH_BYTES:
                raise FirmwareError(
                    f"{self.path} wants 0x{segment.address:08X} to 0x{end:08X} loaded; "
                    f"flash ends at 0x{FLASH + FLASH_BYTES:08X}"
                )
        return tuple(found)

    @staticmethod
    def _symbols(elf: ELFFile) -> tuple[tuple[Function, ...], dict[str, int]]:
        functions = []
        values = {}
        for section in elf.iter_sections():
            if not isinstance(section, SymbolTableSection):
                continue
            for symbol in section.iter_symbols():
                values[symbol.name] = int(symbol["st_value"])
                if symbol["st_info"]["type"] == "STT_FUNC":
                    functions.append(Function(symbol["st_value"] & ~1, symbol["st_size"], symbol.name))
        functions.sort(key=lambda function: (function.address, function.size))
        return tuple(functions), values

    @property
    def stack_limit(self) -> int | None:
        """The lowest address of the stack, where the file tells it by `__StackLimit`."""
        limit = self.symbols.get(STACK_LIMIT)
        return limit if limit is not None and RAM <= limit <= RAM + RAM_BYTES else None

    def place(self, address: int) -> Place:
        """Return function and source line of the code at `address`."""
        index = bisect_right(self.functions, address, key=lambda function: function.address) - 1
        name = None
        if index >= 0:
            function = self.functions[index]
            if address < function.address + max(function.size, 2):
                name = self._names.get(function.address, function.name)
        return Place(address, name, self._line(address))

    def _line(self, address: int) -> str | None:
        index = bisect_right(self._lines, address, key=lambda line: line[0]) - 1
        if index < 0 or self._lines[index][1] is None:
            return None
        return self._lines[index][1]

    @cached_property
    def _lines(self) -> list[tuple[int, str | None]]:
        """(address, `file:line`) at each address where the line changes; None where a sequence ends."""
        return self._debug[0]

    @cached_property
    def _names(self) -> dict[int, str]:
        """Names of functions as the source writes them, by address."""
        return self._debug[1]

    @cached_property
    def _debug(self) -> tuple[list[tuple[int, str | None]], dict[int, str]]:
        lines: list[tuple[int, str | None]] = []
        names: dict[int, str] = {}
        with self.path.open("rb") as file:
            elf = ELFFile(file)
            if not elf.has_dwarf_info():
                return lines, names
            dwarf = elf.get_dwarf_info()
            for unit in dwarf.iter_CUs():
                try:
                    lines += _unit_lines(dwarf, unit)
                    names |= _unit_names(unit)
                except (DWARFError, KeyError, ValueError):
                    continue
        lines.sort(key=lambda line: (line[0], line[1] is not None))
        return lines, names


def _unit_lines(dwarf: Any, unit: Any) -> list[tuple[int, str | None]]:  # noqa: ANN401 - elftools has no types
    program = dwarf.line_program_for_CU(unit)
    if program is None:
        return []
    files = program["file_entry"]
    first = 0 if program["version"] >= 5 else 1  # noqa: PLR2004 - DWARF 5 counts files from 0
    found: list[tuple[int, str | None]] = []
    for entry in program.get_entries():
        state = entry.state
        if state is None:
            continue
        if state.end_sequence:
            found.append((state.address, None))
        elif 0 <= state.file - first < len(files):
            name = files[state.file - first].name.decode(errors="replace")
            found.append((state.address, f"{Path(name).name}:{state.line}"))
    return found


def _unit_names(unit: Any) -> dict[int, str]:  # noqa: ANN401
    names = {}
    for die in unit.iter_DIEs():
        if die.tag == "DW_TAG_subprogram" and "DW_AT_low_pc" in die.attributes:
            name = _qualified(die)
            if name:
                names[die.attributes["DW_AT_low_pc"].value & ~1] = name
    return names


def _qualified(die: Any) -> str | None:  # noqa: ANN401
    for reference in ("DW_AT_abstract_origin", "DW_AT_specification"):
        while reference in die.attributes:
            die = die.get_DIE_from_attribute(reference)
    if "DW_AT_specification" in die.attributes:
        die = die.get_DIE_from_attribute("DW_AT_specification")
    if "DW_AT_name" not in die.attributes:
        return None
    parts = []
    while die is not None and die.tag != "DW_TAG_compile_unit":
        if "DW_AT_name" in die.attributes:
            parts.append(die.attributes["DW_AT_name"].value.decode(errors="replace"))
        die = die.get_parent()
    return "::".join(reversed(parts))
