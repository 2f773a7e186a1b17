"""What a wheel of this project carries."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """List the files of a wheel that was built just now."""
    folder = tmp_path_factory.mktemp("wheel")
    (wheel,) = WheelBuilder(str(ROOT)).build(directory=str(folder), versions=["standard"])
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.mark.parametrize(
    "name",
    [
        "harness/sketches/kws_bench/kws_bench.ino",
        "harness/sketches/libraries/TinyKws/library.properties",
        "harness/sketches/hardware/tinyhil/nrf52/platform.txt",
        "harness/sketches/hardware/tinyhil/nrf52/boards.txt",
        "harness/baseline/baseline.schema.json",
        "harness/report/results.schema.json",
        "host_models/zoo/int8-tflite.npz",
        "host_models/zoo/int8-tflite.tflite",
        "host_models/zoo/MODEL_CARD.md",
        "host_models/zoo/SHA256SUMS",
        "host_models/dataset/clips/LICENSE.md",
    ],
)
def test_a_wheel_carries_all_that_a_run_needs(names: set[str], name: str) -> None:
    """Sketchbook, platform, models and clips come with the package."""
    assert name in names


def test_a_wheel_carries_every_file_of_the_sketchbook(names: set[str]) -> None:
    """Nothing of `sketches/` is left behind, whatever it is called."""
    files = {str(path.relative_to(ROOT)) for path in (ROOT / "sketches").rglob("*") if path.is_file()}
    assert {f"harness/{file}" for file in files} <= names
