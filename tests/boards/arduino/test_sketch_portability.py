"""kws_bench and its library on a core that is not ours: a stub with the names of Arduino's mbed core and no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness import firmware, sketchbook
from host_models import export, zoo

if TYPE_CHECKING:
    from pathlib import Path

    from harness.boards.arduino_cli import ArduinoCli

MBED = "arduino:mbed_nano:nano33ble"


@pytest.mark.parametrize("level", ["fp32", "int8-tflite"])
def test_the_bench_asks_the_mbed_core_for_nothing_but_serial_and_micros(
    mbed_set_up: Path, arduino: ArduinoCli, tmp_path: Path, level: str
) -> None:
    """It compiles and links where the core has a USB `Serial` and `micros()` alone, for both kinds of network."""
    assert mbed_set_up.is_dir()
    model = zoo.load(level)
    build = arduino.build(sketchbook.sketch("kws_bench"), MBED, {"model.h": export.header(model)}, tmp_path / "out")
    assert build.flash_bytes > len(export.blob(model))


def test_the_quick_firmware_fits_the_mbed_core_too(mbed_set_up: Path, arduino: ArduinoCli, tmp_path: Path) -> None:
    """With the kernels of all levels, and room in RAM for the model of the largest."""
    assert mbed_set_up.is_dir()
    headers = {"model.h": firmware.QUICK_MODEL_HEADER}
    build = arduino.build(sketchbook.sketch("kws_bench"), MBED, headers, tmp_path / "out")
    assert build.flash_bytes < len(export.blob(zoo.load("fp32"))) < build.ram_bytes < 128 * 1024


@pytest.mark.parametrize("sketch", sorted(sketchbook.root().glob("libraries/*/examples/*")), ids=lambda path: path.name)
def test_the_librarys_examples_compile_for_both_cores(
    mbed_set_up: Path, arduino: ArduinoCli, tmp_path: Path, sketch: Path
) -> None:
    """Each example is a sketch that any of the boards takes."""
    assert mbed_set_up.is_dir()
    for fqbn in (MBED, "tinyhil:nrf52:nano33ble"):
        assert arduino.build(sketch, fqbn, {}, tmp_path / fqbn.replace(":", "-")).flash_bytes > 0
