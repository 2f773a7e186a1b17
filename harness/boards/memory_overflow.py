"""What a linker and arduino-cli say of a program that is bigger than the board's memory."""

from __future__ import annotations

import re
from typing import Any

_REGION = re.compile(r"region .?(\w+).? overflowed by (\d+) byte")
"""GNU ld, once for each memory region of the linker script that is too small."""
_FLASH_REGIONS = ("flash", "text", "rom")
"""What linker scripts call the program's memory; AVR's say `text` and `data`."""
_COUNTED = {
    "flash": re.compile(r"Sketch uses (\d+) bytes.*?Maximum is (\d+) bytes"),
    "RAM": re.compile(r"Global variables use (\d+) bytes.*?Maximum is (\d+) bytes"),
}
"""arduino-cli, where the program was linked and the board's maximum is a number in boards.txt."""


def sentence(result: dict[str, Any], sketch: str, fqbn: str) -> str | None:
    """One sentence with the bytes that are too many, None where the compilation failed for another reason.

    `result` is what arduino-cli printed for the compilation of `sketch` for the board `fqbn`.
    """
    parts = [f"{count:,} bytes too many for its {memory}" for memory, count in _excess_bytes(result).items()]
    if not parts:
        return None
    return (
        f"{sketch} does not fit {fqbn}: {' and '.join(parts)}; take a level whose model is smaller, "
        "or a board with more memory"
    )


def _excess_bytes(result: dict[str, Any]) -> dict[str, int]:
    """By how many bytes each memory is too small, by the words of the linker, or else of arduino-cli."""
    regions = _REGION.findall(str(result.get("compiler_err", "")))
    if regions:
        return {_memory(name): int(count) for name, count in regions}
    told = str(result.get("compiler_out", ""))
    counted = {memory: pattern.search(told) for memory, pattern in _COUNTED.items()}
    excess = {memory: int(match[1]) - int(match[2]) for memory, match in counted.items() if match}
    return {memory: count for memory, count in excess.items() if count > 0}


def _memory(region: str) -> str:
    return "flash" if region.lower() in _FLASH_REGIONS else "RAM"
