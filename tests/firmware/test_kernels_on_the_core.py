"""The fast kernels on the simulated processor, beside their plain twins."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.boards.arduino_cli import ArduinoCli
from harness.simulator import Nrf52840

if TYPE_CHECKING:
    from collections.abc import Iterator

SKETCH = Path(__file__).parent / "kernel_twins"
SECOND = 64_000_000


@pytest.fixture(scope="session")
def arduino(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ArduinoCli]:
    """arduino-cli with a home that starts empty."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TINYHIL_HOME", str(tmp_path_factory.mktemp("home")))
        yield ArduinoCli()


@pytest.mark.parametrize("optimization", ["os", "o3"])
def test_fast_kernels_equal_their_plain_twins(arduino: ArduinoCli, tmp_path: Path, optimization: str) -> None:
    """On random codes, and on codes and zero points at both ends, no round differs."""
    build = arduino.build(SKETCH, f"tinyhil:nrf52:nano33ble:opt={optimization}", {}, tmp_path)
    chip = Nrf52840()
    chip.load(build.elf)
    said = b""
    while b"rounds" not in said and chip.cycles < 10 * SECOND:
        chip.run(SECOND // 10)
        said += chip.uart.take()
    assert said == b"24 rounds, 0 differ\r\n"
