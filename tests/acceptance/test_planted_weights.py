"""A packed weight that changes in a board's flash after hello is caught, whichever kernels compute with it.

A level of each kernel family runs with the other tests. Every level of the matrix:

    TINYHIL_PLANTED=all python -m pytest tests/acceptance/test_planted_weights.py
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness import selection, verdict
from harness.boards.arduino_cli import ArduinoCli
from harness.boards.simulated import SimulatedBoard
from harness.campaign import Campaign, Streaming
from harness.comparison import Stage
from harness.device import Device
from harness.expectation import Expectation
from harness.wire.requests import Input
from host_models import dataset, export, features, golden, matrix, zoo
from host_models.errors import HostModelError
from host_models.model import FloatModel
from tests.acceptance.conftest import blob_address

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.boards.build import Build
    from harness.device import Hello
    from harness.link import Port
    from host_models.model import Model

pytestmark = pytest.mark.usefixtures("own_places")

FAMILIES = (
    "fp32",
    "int8-tflite",
    "w8a8-sym-ptq",
    "w4a4-sym-qat",
    "w3a3-asym-qat",
    "w2a2-symw-qat",
    "w8a8-sym-ptq-ch4-ft",
    "w8a8-sym-ptq-un75-ft",
)
LEVELS = map(str, matrix.levels()) if os.environ.get("TINYHIL_PLANTED") == selection.ALL else FAMILIES
CLIPS = dataset.choose(dataset.shipped(), 4)
ROWS = features.extract(CLIPS.samples())
FLOAT_BITS = 32


def telling_weight(model: Model) -> int:
    """Place of a weight of the convolution whose highest bit changes the logits of every clip, by the golden model."""
    right = golden.infer(model, ROWS).logits
    for index in range(model.conv_weights.size):
        weights = model.conv_weights.copy()
        if isinstance(model, FloatModel):
            weights.flat[index] *= -1
        else:
            weights.flat[index] ^= 1 << model.weight_bits - 1
        try:
            wrong = golden.infer(replace(model, conv_weights=weights), ROWS).logits
        except HostModelError:  # no code of this level
            continue
        if (np.abs(wrong.astype(float) - right) > 0.1).any(axis=1).all():
            return index
    pytest.fail(f"no weight of {model.level} tells in every clip")


def bit_of(model: Model, index: int) -> tuple[int, int]:
    """Byte of the model blob, and bit in it, of the highest bit of a weight of the convolution."""
    if isinstance(model, FloatModel):
        behind = (model.conv_weights, model.conv_bias, model.dense_weights, model.dense_bias)
        start, bits = len(export.blob(model)) - sum(each.size * 4 for each in behind), FLOAT_BITS
    else:
        bits = model.weight_bits
        behind = (model.conv_weights, model.dense_weights)
        start = len(export.blob(model)) - sum(len(export.packed(each, bits)) for each in behind)
    return divmod(8 * start + bits * index + bits - 1, 8)


@pytest.fixture(scope="module")
def board(own_places: None) -> Iterator[SimulatedBoard]:
    """Start one board for all levels."""
    del own_places
    with SimulatedBoard.start() as board:
        yield board


@pytest.mark.parametrize("level", LEVELS)
def test_a_weight_that_changes_after_hello_is_caught_and_traced_to_its_layer(board: SimulatedBoard, level: str) -> None:
    """Its own hash was right when the board was greeted; each clip's answer then shows the damage."""
    model = zoo.load(level)
    byte, bit = bit_of(model, telling_weight(model))
    uploaded: list[Build] = []

    class DamagedLater(Device):
        """A device whose board takes damage once it has said hello."""

        def hello(self) -> Hello:
            """Greet, then flip the bit."""
            hello = super().hello()
            address = blob_address(uploaded[-1]) + byte
            with board.control() as control:
                control.poke(address, bytes([control.peek(address, 1)[0] ^ 1 << bit]))
            return hello

    class Cli(ArduinoCli):
        """An arduino-cli that keeps its builds."""

        def build(self, *values: object) -> Build:  # type: ignore[override]
            """Keep it."""
            uploaded.append(super().build(*values))  # type: ignore[arg-type]
            return uploaded[-1]

    def connected(port: Port) -> Device:
        return DamagedLater(port)

    streaming = Streaming(1_000_000, Input.FEATURES)
    campaign = Campaign(board, CLIPS.clips, (), streaming=streaming, toolchain=Cli(), connect=connected)
    campaign.run([Expectation.of(model, ROWS)])
    judged = verdict.judge(campaign.runs, CLIPS.clips)
    assert judged.code == verdict.DIFFERENCE
    (run,) = campaign.runs
    assert run.model_difference is None
    assert [each.stage for each in run.differing.values()] == [Stage.CONVOLUTION] * len(CLIPS)
