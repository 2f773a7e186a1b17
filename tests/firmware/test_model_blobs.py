"""What the library makes of model blobs that are not sound: a reason, and never a step outside them."""

from __future__ import annotations

import struct
import subprocess
from typing import TYPE_CHECKING

import numpy as np
import pytest

from host_models import export, zoo

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def reason(native: Callable[..., Path], tmp_path: Path) -> Callable[[bytes], str]:
    """Run a blob on one clip; the reason why it was refused, or an empty text."""
    program = native("network_driver.cpp", "network", "kernels")
    (tmp_path / "features").write_bytes(bytes(49 * 40))

    def run(blob: bytes) -> str:
        (tmp_path / "blob").write_bytes(blob)
        command = [program, "fast", tmp_path / "blob", tmp_path / "features"]
        result = subprocess.run(command, capture_output=True, check=False)
        text = result.stderr.decode()
        assert result.returncode == (3 if text else 0), text
        return text

    return run


def changed(blob: bytes, offset: int, value: bytes) -> bytes:
    """Replace the bytes at `offset`."""
    return blob[:offset] + value + blob[offset + len(value) :]


@pytest.mark.parametrize(
    ("offset", "value", "words"),
    [
        (0, b"TKWX", "does not start with TKWM"),
        (4, b"\x02", "format version"),
        (5, b"\x07", "kind is unknown"),
        (6, b"\x00", "weight bits"),
        (7, b"\x09", "activation bits"),
        (8, b"\x09", "filters are not 1 to 8"),
        (8, b"\x07", "length does not fit"),
        (9, b"\x00", "labels are not 1 to 12"),
        (10, b"\x02", "int32 or int8 logits"),
        (12, struct.pack("<I", 2**31), "cut short"),
        (16, struct.pack("<I", 3), "labels' text"),
        (20, struct.pack("<i", 256), "activation code"),
        (24, struct.pack("<i", -1), "activation code"),
        (28, struct.pack("<i", 300), "highest activation"),
        (32, struct.pack("<i", 256), "weight code"),
        (44, struct.pack("<i", 32), "shift of the logits"),
        (64, b"\0" * 8, "one name for each label"),
    ],
)
def test_a_damaged_header_is_refused_with_its_reason(
    reason: Callable[[bytes], str], offset: int, value: bytes, words: str
) -> None:
    """Each field that the arithmetic relies on is checked, and the reason names it."""
    assert words in reason(changed(export.blob(zoo.load("int8-tflite")), offset, value))


def test_a_shift_or_multiplier_out_of_range_is_refused(reason: Callable[[bytes], str]) -> None:
    """The arrays that requantize are checked as well, since a shift by 40 has no meaning."""
    model = zoo.load("w8a8-asym-ptq")
    blob = export.blob(model)
    labels = struct.unpack_from("<I", blob, 16)[0]
    multipliers = 64 + labels + 256 + 4 * 8
    assert "multiplier" in reason(changed(blob, multipliers, struct.pack("<i", -1)))
    assert "shift" in reason(changed(blob, multipliers + 4 * 8, struct.pack("<i", 40)))


@pytest.mark.parametrize("level", ["int8-tflite", "fp32"])
def test_a_blob_cut_short_anywhere_is_refused(reason: Callable[[bytes], str], level: str) -> None:
    """No length but the full one is taken."""
    blob = export.blob(zoo.load(level))
    assert reason(blob) == ""
    for length in (0, 1, 63, 64, 80, len(blob) // 2, len(blob) - 1):
        assert reason(blob[:length])


def test_random_damage_never_leads_outside_the_blob(reason: Callable[[bytes], str]) -> None:
    """Random bytes anywhere in the first 600 give a reason or a result, and the sanitizers stay silent."""
    random = np.random.default_rng(1)
    blob = export.blob(zoo.load("int8-tflite"))
    for _ in range(60):
        damaged = bytearray(blob)
        for place in random.integers(0, 600, random.integers(1, 4)):
            damaged[place] = random.integers(256)
        reason(bytes(damaged))
