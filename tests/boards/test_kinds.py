"""The table of board kinds, and its twin for people."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.boards import kinds

ROOT = Path(__file__).parents[2]
(NANO,) = kinds.KINDS


def test_a_kind_is_told_by_its_usb_numbers_in_the_bootloader_too() -> None:
    """Other numbers, or none, tell nothing."""
    assert [kinds.by_usb(numbers) for numbers in NANO.usb + NANO.bootloader_usb] == [NANO, NANO]
    assert kinds.by_usb((0x2341, 0x0043)) is None
    assert kinds.by_usb((None, None)) is None


@pytest.mark.parametrize(
    ("platform", "fqbn"),
    [
        ("nano33ble", NANO.fqbn),
        ("arduino_nano_33_ble", NANO.fqbn),
        ("arduino_nano_33_ble/nrf52840/sense", NANO.fqbn),
        ("arduino:avr:mega:cpu=atmega2560", "arduino:avr:mega:cpu=atmega2560"),
        ("frdm_k64f", None),
    ],
)
def test_a_platform_of_a_hardware_map_has_its_fqbn(platform: str, fqbn: str | None) -> None:
    """By a kind's name, by Zephyr's name with or without qualifiers, or as it stands."""
    assert kinds.fqbn_of(platform) == fqbn


@pytest.mark.parametrize("kind", kinds.KINDS, ids=lambda kind: kind.name)
def test_the_documentation_has_each_kind(kind: kinds.BoardKind) -> None:
    """Row for row."""

    def told(numbers: tuple[tuple[int, int], ...]) -> str:
        return ", ".join(f"{vendor:04X}:{product:04X}" for vendor, product in numbers)

    platforms = ", ".join(f"`{platform}`" for platform in kind.platforms)
    row = f"| `{kind.name}` | `{kind.fqbn}` | {platforms} | {told(kind.usb)} | {told(kind.bootloader_usb)} |"
    assert row in (ROOT / "docs" / "boards.md").read_text(encoding="utf-8")
