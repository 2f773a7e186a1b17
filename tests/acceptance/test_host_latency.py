"""The whole firmware on boards whose host is late at random: what it measures of itself must not change."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
import pytest

from harness import sketchbook
from harness.boards.arduino_cli import ArduinoCli
from harness.boards.launch import SimulationOptions
from harness.boards.registry import FQBN
from harness.boards.simulated import SimulatedBoard
from harness.device import Device

if TYPE_CHECKING:
    from harness.boards.build import Build
    from harness.link import Port
    from harness.wire.replies import Result

BAUD = 1_000_000
CLIPS = np.random.default_rng(11).integers(-8000, 8000, (2, 16_000)).astype(np.int16)


pytestmark = pytest.mark.usefixtures("own_registry")


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """Build kws_bench with the sketch's own model."""
    return ArduinoCli().build(sketchbook.sketch("kws_bench"), FQBN, {}, tmp_path_factory.mktemp("bench"))


def _results(bench: Build, options: SimulationOptions) -> list[Result]:
    with SimulatedBoard.start(options) as board:
        board.flash(bench.elf)
        with board.open(BAUD) as port:
            device = Device(cast("Port", port))
            device.hello()
            return [device.infer(clip) for clip in CLIPS]


def test_no_stage_shows_how_late_the_host_is(bench: Build) -> None:
    """Each slice, nn and postprocess takes the same cycles, and gives the same logits, with bytes up to 25 ms late."""
    expected = _results(bench, SimulationOptions())
    for seed in (1, 2):
        assert _results(bench, SimulationOptions(jitter_ms=25, seed=seed)) == expected
