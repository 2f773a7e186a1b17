"""Which kinds of attached boards are known: a table with one row each."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class BoardKind:
    """What all boards of one kind have in common, and a board can't be asked before it runs our sketch.

    `platforms` are Zephyr's names of it, as hardware maps have them. USB numbers are (vendor, product): those it has
    while a sketch runs, and those it has in its bootloader.
    """

    name: str
    fqbn: str
    platforms: tuple[str, ...]
    usb: tuple[tuple[int, int], ...]
    bootloader_usb: tuple[tuple[int, int], ...]


KINDS = (
    BoardKind(
        name="nano33ble",
        fqbn="arduino:mbed_nano:nano33ble",
        platforms=("arduino_nano_33_ble", "arduino_nano_33_ble_sense"),
        usb=((0x2341, 0x805A),),
        bootloader_usb=((0x2341, 0x005A),),
    ),
)
"""USB numbers are from `boards.txt` of Arduino's mbed core. The Sense is the same board with more sensors."""


def by_usb(numbers: tuple[int | None, int | None]) -> BoardKind | None:
    """Kind of the board with these USB numbers, None where they are not in the table."""
    return next((kind for kind in KINDS if numbers in kind.usb + kind.bootloader_usb), None)


def fqbn_of(platform: str) -> str | None:
    """FQBN of what a hardware map calls `platform`: a Zephyr board, a kind's name, or an FQBN; None for others.

    A Zephyr board may have qualifiers, as in `arduino_nano_33_ble/nrf52840/sense`.
    """
    if platform.count(":") >= len(("package", "architecture")):
        return platform
    name = platform.partition("/")[0]
    return next((kind.fqbn for kind in KINDS if name == kind.name or name in kind.platforms), None)
