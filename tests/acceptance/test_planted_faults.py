"""Faults planted in a board's firmware, each of which a campaign must catch and name.

Flash is damaged on the running board; wrong code is planted in a copy of the sketchbook, which is then built, uploaded
and run like any other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness import verdict
from harness.boards.arduino_cli import ArduinoCli
from harness.boards.simulated import SimulatedBoard
from harness.campaign import Campaign, LevelRun, Streaming
from harness.comparison import Stage
from harness.device import Device
from harness.errors import TinyhilError
from harness.expectation import Expectation
from host_models import dataset, export, features, zoo
from host_models.model import QuantizedModel
from tests.acceptance.conftest import blob_address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.boards.build import Build
    from harness.link import Port

LEVEL = "int8-tflite"
pytestmark = pytest.mark.usefixtures("own_places")
BAUD = 1_000_000
CLIPS = dataset.choose(dataset.shipped(), 4)


class Silent:
    """An observer that has nothing to say."""

    def step(self, level: str, doing: str) -> None:
        """Ignore a step."""

    def clip(self, run: LevelRun) -> None:
        """Ignore a clip."""

    def done(self, run: LevelRun) -> None:
        """Ignore the end."""


class Bench:
    """A simulated board under a campaign, with places at which to damage its flash."""

    def __init__(self, board: SimulatedBoard) -> None:
        self._board = board
        self.damage_after_upload: Callable[[], None] = lambda: None
        self.damage_after_hello: Callable[[], None] = lambda: None
        self.build: Build | None = None
        upload, bench = board.upload, self

        def upload_and_damage(build: Build) -> None:
            upload(build)
            bench.build = build
            bench.damage_after_upload()

        board.upload = upload_and_damage  # type: ignore[method-assign]

    def campaign(self, level: str = LEVEL) -> tuple[verdict.Verdict, LevelRun]:
        """Run a level on the clips; the verdict, and what the level came to."""
        expectation = Expectation.of(zoo.load(level), features.extract(CLIPS.samples()))
        campaign = Campaign(
            self._board, CLIPS.clips, (), streaming=Streaming(BAUD), toolchain=ArduinoCli(), connect=self._connected
        )
        try:
            campaign.run([expectation])
        except TinyhilError as error:
            return verdict.failed(error), campaign.runs[0]
        return verdict.judge(campaign.runs, CLIPS.clips), campaign.runs[0]

    def flip(self, array: str, bit: int, index: int = 0) -> None:
        """Flip a bit of one byte of an array in the model blob as it lies in flash."""
        assert self.build is not None
        address = blob_address(self.build) + array_offset(array) + index
        with self._board.control() as control:
            control.poke(address, bytes([control.peek(address, 1)[0] ^ 1 << bit]))

    def _connected(self, port: Port) -> Device:
        bench = self

        class DamagedLater(Device):
            """A device whose board takes damage once it has said hello."""

            def hello(self) -> object:  # type: ignore[override]
                """Greet, then damage."""
                hello = super().hello()
                bench.damage_after_hello()
                return hello

        return DamagedLater(port)


def array_offset(name: str) -> int:
    """Where an array of 8-bit weights begins in the level's blob."""
    model = zoo.load(LEVEL)
    assert isinstance(model, QuantizedModel)
    assert model.weight_bits == 8
    place = export.blob(model).find(getattr(model, name).tobytes())
    assert place > 0
    return place


@pytest.fixture
def bench() -> Iterator[Bench]:
    """Start a simulated board."""
    with SimulatedBoard.start() as board:
        yield Bench(board)


def first_stages(run: LevelRun) -> set[Stage]:
    """Collect the stages that the campaign names as the first to differ."""
    return {difference.stage for difference in run.differing.values()}


def test_sound_firmware_is_found_sound(bench: Bench) -> None:
    """Without a fault the campaign ends in agreement, so what the other tests see is the fault."""
    judged, run = bench.campaign()
    assert judged.code == verdict.AGREEMENT, judged.text
    assert not run.differing


def test_a_bit_flipped_before_hello_shows_in_the_model_hash(bench: Bench) -> None:
    """A bit of a packed weight that flips before the board is greeted is told by its own hash over its flash."""
    bench.damage_after_upload = lambda: bench.flip("dense_weights", 7)
    judged, run = bench.campaign()
    assert judged.code == verdict.DIFFERENCE
    assert "the model in the board's memory has hash" in judged.text
    assert run.hello is not None
    assert run.hello.model_hash != export.model_hash(zoo.load(LEVEL))


def liveliest_activation() -> int:
    """Index of the dense layer's input that is never near 0 in these clips, so that its weight counts in each."""
    activations = Expectation.of(zoo.load(LEVEL), features.extract(CLIPS.samples())).activations.convolution
    return int(activations.reshape(len(CLIPS), -1).min(axis=0).argmax())


@pytest.mark.parametrize(("array", "stage"), [("conv_weights", Stage.CONVOLUTION), ("dense_weights", Stage.LOGITS)])
def test_a_bit_flipped_after_hello_shows_in_the_stage_that_reads_it(bench: Bench, array: str, stage: Stage) -> None:
    """A weight is read from flash at each inference, so the damaged layer is the first that differs."""
    index = liveliest_activation() if array == "dense_weights" else 0
    bench.damage_after_hello = lambda: bench.flip(array, 7, index)
    judged, run = bench.campaign()
    assert judged.code == verdict.DIFFERENCE
    assert run.model_difference is None
    assert first_stages(run) == {stage}
    assert f"in {stage}:" in judged.text


def test_swapped_label_names_are_refused(bench: Bench) -> None:
    """A board whose labels stand in another order is not the one that was meant, and both orders are told."""
    text = b"silence\0unknown\0yes\0no\0"
    swapped = b"silence\0unknown\0no\0yes\0"

    def swap() -> None:
        assert bench.build is not None
        address = blob_address(bench.build) + export.blob(zoo.load(LEVEL)).find(text)
        with bench._board.control() as control:
            control.poke(address, swapped)

    bench.damage_after_upload = swap
    judged, _ = bench.campaign()
    assert judged.code == 3
    assert "silence, unknown, no, yes" in judged.text
    assert "silence, unknown, yes, no" in judged.text


def test_a_swapped_label_of_the_answer_is_a_fault_of_postprocess(
    bench: Bench, plant: Callable[[str, str, str], None]
) -> None:
    """With right logits and a wrong label, the last stage is named."""
    plant("network/postprocess.h", "  return best;\n}\n\n}  // namespace", "  return best ^ 1;\n}\n\n}  // namespace")
    judged, run = bench.campaign()
    assert judged.code == verdict.DIFFERENCE
    assert len(run.differing) == len(CLIPS)
    assert first_stages(run) == {Stage.POSTPROCESS}


def test_a_wrong_shift_in_a_kernel_shows_in_the_convolution(
    bench: Bench, plant: Callable[[str, str, str], None]
) -> None:
    """One rounding bit less in the requantization is seen at once, in the layer that it is in."""
    plant("kernels/requantize.h", "half_((uint32_t{1} << shift_) >> 1)", "half_((uint32_t{1} << shift_) >> 2)")
    judged, run = bench.campaign()
    assert judged.code == verdict.DIFFERENCE
    assert first_stages(run) == {Stage.CONVOLUTION}
    assert "in convolution:" in judged.text


@pytest.mark.parametrize("level", ["w8a8-asym-ptq", "int8-tflite", "fp32"])
def test_a_wrong_weight_of_the_filter_bank_shows_in_the_features(
    bench: Bench, plant: Callable[[str, str, str], None], level: str
) -> None:
    """A weight of the frontend that is off by one tenth changes features, and no later stage is blamed.

    A feature that is off by one is lost in the logits of int8, which are coarse; the features' checksum tells.
    """
    plant("frontend/filter_table.h", "{321, 3775}", "{352, 3775}")
    judged, run = bench.campaign(level)
    assert judged.code == verdict.DIFFERENCE
    assert first_stages(run) == {Stage.FEATURES}
    assert "in features:" in judged.text


def test_the_clips_of_these_tests_cover_each_label() -> None:
    """A fault that only one label shows would be missed by clips of another."""
    assert set(CLIPS.labels().tolist()) == {0, 1, 2, 3}
