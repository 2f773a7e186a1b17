"""Quick mode on the simulated board: every level from one upload, what is damaged in RAM caught, resets survived."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness import verdict
from harness.boards.arduino_cli import ArduinoCli
from harness.boards.simulated import SimulatedBoard
from harness.campaign import Campaign, Streaming
from harness.comparison import Stage
from harness.device import Device
from harness.errors import BoardError
from harness.expectation import Expectation
from harness.link import Link, Patience
from harness.wire import requests
from harness.wire.replies import ErrorCode, Reply
from harness.wire.requests import Input, Request
from host_models import dataset, export, features, zoo
from tests.acceptance.conftest import blob_address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.boards.build import Build
    from harness.campaign import LevelRun
    from harness.device import Hello
    from harness.link import Port

pytestmark = [pytest.mark.usefixtures("own_places"), pytest.mark.timeout(600)]

TINYHIL = Path(sys.executable).parent / "tinyhil"
BAUD = 1_000_000
LEVEL = "int8-tflite"
CLIPS = dataset.choose(dataset.shipped(), 4)
ROWS = features.extract(CLIPS.samples())
DISPATCH_CYCLES = 20
"""What it may take to choose a network at run time, in an inference of half a million cycles."""


class Bench:
    """A simulated board under a campaign in quick mode, with places at which something happens to it."""

    def __init__(self, board: SimulatedBoard) -> None:
        self.board = board
        self.rooms: list[int] = []  # where each upload has its model, loaded or not
        self.after_load: Callable[[], None] = lambda: None
        self.after_clip: Callable[[LevelRun], None] = lambda _run: None
        upload = board.upload

        def noted(build: Build) -> None:
            upload(build)
            self.rooms.append(blob_address(build))

        board.upload = noted  # type: ignore[method-assign]

    def campaign(self, *levels: str, quick: bool = True) -> tuple[verdict.Verdict, list[LevelRun]]:
        """Run levels on the features of the clips; the verdict, and what each came to."""
        streaming = Streaming(BAUD, Input.FEATURES, quick)
        campaign = Campaign(
            self.board, CLIPS.clips, (self,), streaming=streaming, toolchain=ArduinoCli(), connect=self._connected
        )
        campaign.run(Expectation.of(zoo.load(level), ROWS) for level in levels)
        return verdict.judge(campaign.runs, CLIPS.clips), campaign.runs

    def flip(self, array: str, index: int, bit: int = 7) -> None:
        """Flip a bit of one of LEVEL's weights, which have 8, as they lie in RAM."""
        model = zoo.load(LEVEL)
        place = export.blob(model).find(getattr(model, array).tobytes())
        assert place > 0
        address = self.rooms[-1] + place + index
        assert address >= 0x2000_0000, "the model does not lie in RAM"
        with self.board.control() as control:
            control.poke(address, bytes([control.peek(address, 1)[0] ^ 1 << bit]))

    def reset(self) -> None:
        """Press the board's button."""
        with self.board.control() as control:
            control.reset()

    def step(self, level: str, doing: str) -> None:
        """Ignore a step."""

    def clip(self, run: LevelRun) -> None:
        """Let something happen."""
        self.after_clip(run)

    def done(self, run: LevelRun) -> None:
        """Ignore the end."""

    def _connected(self, port: Port) -> Device:
        bench = self

        class DamagedLater(Device):
            """A device to whose board something happens once its model is loaded."""

            def load(self, level: str, blob: bytes) -> Hello:
                """Load, then let it happen."""
                hello = super().load(level, blob)
                bench.after_load()
                return hello

        return DamagedLater(port)


@pytest.fixture
def bench() -> Iterator[Bench]:
    """Start a simulated board."""
    with SimulatedBoard.start() as board:
        yield Bench(board)


@pytest.fixture
def port(bench: Bench) -> Iterator[Port]:
    """Put the quick firmware onto the board and open its port."""
    bench.campaign(LEVEL)
    with bench.board.open(BAUD) as port:
        yield port


def test_every_level_of_the_zoo_agrees_from_one_upload(bench: Bench) -> None:
    """Integer levels bit for bit, whatever model lay in the same memory before."""
    judged, runs = bench.campaign(*zoo.levels())
    assert judged.code == verdict.AGREEMENT, judged.text
    assert [run.level for run in runs] == list(zoo.levels())
    assert all(run.complete and not run.differing and run.model_difference is None for run in runs)
    assert len(bench.rooms) == 1


@pytest.mark.parametrize("level", ["fp32", LEVEL])
def test_without_memory_waits_a_model_in_ram_takes_the_cycles_of_one_in_flash(bench: Bench, level: str) -> None:
    """But for the choice of the network: the simulator counts no waits of flash, which a real board has."""
    _, (loaded,) = bench.campaign(level)
    _, (flashed,) = bench.campaign(level, quick=False)
    assert (loaded.hello.takes_models, flashed.hello.takes_models) == (True, False)
    for in_ram, in_flash in zip(loaded.answers, flashed.answers, strict=True):
        assert in_ram.logits == in_flash.logits
        assert abs(in_ram.nn_cycles - in_flash.nn_cycles) <= DISPATCH_CYCLES


def liveliest_activation() -> int:
    """Index of the dense layer's input that is never near 0 in these clips, so that its weight counts in each."""
    activations = Expectation.of(zoo.load(LEVEL), ROWS).activations.convolution
    return int(activations.reshape(len(CLIPS), -1).min(axis=0).argmax())


@pytest.mark.parametrize(("array", "stage"), [("conv_weights", Stage.CONVOLUTION), ("dense_weights", Stage.LOGITS)])
def test_a_bit_flipped_after_the_load_shows_in_the_stage_that_reads_it(bench: Bench, array: str, stage: Stage) -> None:
    """The model is read from RAM at each inference."""
    index = liveliest_activation() if array == "dense_weights" else 0
    bench.after_load = lambda: bench.flip(array, index)
    judged, (run,) = bench.campaign(LEVEL)
    assert judged.code == verdict.DIFFERENCE
    assert run.model_difference is None
    assert {difference.stage for difference in run.differing.values()} == {stage}
    assert f"in {stage}:" in judged.text


def test_a_bit_flipped_after_the_load_shows_in_the_next_hello_s_hash(bench: Bench, port: Port) -> None:
    """It is taken anew over what lies in RAM."""
    model = zoo.load(LEVEL)
    device = Device(port)
    assert device.load(LEVEL, export.blob(model)).model_hash == export.model_hash(model)
    bench.flip("dense_weights", 0)
    assert device.hello().model_hash != export.model_hash(model)


def test_a_bit_flipped_during_the_load_is_refused(bench: Bench, port: Port) -> None:
    """Though each frame arrived whole: the hash is taken over RAM, once all is there."""
    model = zoo.load(LEVEL)
    blob = export.blob(model)
    link = Link(port, Patience())
    link.greet()
    link.send(Request.LOAD, requests.load(len(blob), export.model_hash(model), len(LEVEL)))
    data = LEVEL.encode() + blob
    for start in range(0, len(data), 500):
        link.send(Request.MODEL, data[start : start + 500])
    link.ask(Request.STATS, b"", Reply.STATS_REPLY)
    bench.flip("conv_weights", 5)
    with pytest.raises(BoardError, match=f"error {ErrorCode.DAMAGED:d}.*does not have the announced hash"):
        link.ask(Request.USE, b"", Reply.LOADED)


class ResetAfter:
    """A port whose board is reset once, when so many bytes have been written to it."""

    def __init__(self, port: Port, reset: Callable[[], None], count: int) -> None:
        self._port, self._reset, self._left = port, reset, count

    def __getattr__(self, name: str) -> object:
        """Be the port in all else."""
        return getattr(self._port, name)

    def write(self, data: bytes) -> int | None:
        """Count them."""
        written = self._port.write(data)
        if self._left > 0:
            self._left -= len(data)
            if self._left <= 0:
                self._reset()
        return written


@pytest.mark.parametrize("count", [300, 9_000, 17_000])
def test_a_reset_in_the_middle_of_a_load_begins_it_again(bench: Bench, port: Port, count: int) -> None:
    """And the board runs with the model in the end."""
    model = zoo.load(LEVEL)
    frames_before = Device(port).stats().frames_accepted
    device = Device(ResetAfter(port, bench.reset, count))  # type: ignore[arg-type]
    assert device.load(LEVEL, export.blob(model)).model_hash == export.model_hash(model)
    assert device.infer_features(ROWS[0]).label == Expectation.of(model, ROWS).clip(0).label
    assert device.stats().frames_accepted < frames_before + len(export.blob(model)) // 500, "the board was not reset"


def test_a_reset_in_the_middle_of_a_campaign_costs_no_answer(bench: Bench) -> None:
    """The board has forgotten its model; it gets it again before the next clip."""
    resets: list[str] = []

    def reset_once(run: LevelRun) -> None:
        if len(run.answers) == 2:
            bench.reset()
            resets.append(run.level)

    bench.after_clip = reset_once
    judged, runs = bench.campaign("fp32", LEVEL)
    assert judged.code == verdict.AGREEMENT, judged.text
    assert resets == ["fp32", LEVEL]
    assert [len(run.answers) for run in runs] == [4, 4]
    assert len(bench.rooms) == 1


def test_a_board_that_has_the_quick_firmware_is_used_without_an_upload() -> None:
    """As people do with one on a cable; without --quick the sentence says what it has."""
    environment = {name: value for name, value in os.environ.items() if name != "TINYHIL_DATA"}

    def tinyhil(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [TINYHIL, *words], env=environment, capture_output=True, text=True, check=False, timeout=110
        )

    run = ("run", "--board", "desk", "--clips", "2")
    assert tinyhil("sim", "start", "--name", "desk").returncode == 0
    try:
        first = tinyhil(*run, "--quick")
        assert first.returncode == 0, first.stdout + first.stderr
        again = tinyhil(*run, "--quick", "--no-upload")
        assert again.returncode == 0, again.stdout + again.stderr
        assert "uploading" not in again.stderr
        for done in (first, again):
            assert "models loaded into RAM" in " ".join(done.stdout.split())
        other = tinyhil(*run, "--no-upload", "--levels", LEVEL)
        assert other.returncode == 3
        assert "desk has the quick firmware, which has no level of its own; run with --quick" in other.stderr
    finally:
        assert tinyhil("sim", "stop").returncode == 0
