"""A board in Python that answers from the golden model, with faults to plant, for tests of what judges a board."""

from __future__ import annotations

import contextlib
import zlib
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pytest

from harness import execution, firmware, fleet, selection
from harness.boards.board import Board
from harness.boards.build import Build
from harness.campaign import Campaign, Streaming
from harness.device import Cache, Hello, LogitKind, Result, Stats, Tensor
from harness.expectation import Expectation
from harness.report import results
from harness.run_command import Request
from host_models import dataset, export, features, zoo
from host_models.voice import silent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from harness.campaign import LevelRun, Observer
    from harness.report.document import Document
    from host_models.dataset import Dataset
    from host_models.model import Model

RunCampaign: TypeAlias = "Callable[..., tuple[Campaign, BaseException | None]]"
Execute: TypeAlias = "Callable[..., SimpleNamespace]"

LEVELS = ("fp32", "int8-tflite")
CLOCK_HZ = 64_000_000
FOREVER = 1_000_000


@dataclass
class GoldenBoard(Board):
    """A board that needs no port; it runs what was built or loaded last, and lies, spoils or ends as a test wants."""

    name: str = "golden"
    fqbn: str = "tinyhil:nrf52:nano33ble"
    port: str = "nowhere"  # type: ignore[assignment]
    model: Model | None = None
    number: int = 0
    quick: bool = False
    """Whether what is uploaded is the quick firmware."""
    loads: list[str] = field(default_factory=list)
    lies: dict[str, object] = field(default_factory=dict)
    """Fields of its hello that are not true."""
    spoil: Callable[[Result], Result] = field(default=lambda answer: answer)
    """What becomes of its answers."""
    broken_stage: str | None = None
    """The intermediate that is wrong."""
    answers_left: int = FOREVER
    ending: Callable[[], None] | None = None
    """What happens when no answers are left."""
    report: str | None = None
    uploads: list[Build] = field(default_factory=list)

    def upload(self, build: Build) -> None:
        """Take the level that the build's folder names, or none."""
        self.uploads.append(build)
        self.model = None if self.quick else zoo.load(build.elf.parent.name)
        self.number = firmware.headers(self.model, self.fqbn, 1_000_000)[0]

    def open(self, baud: int) -> contextlib.nullcontext[SimpleNamespace]:  # type: ignore[override]
        """Open nothing."""
        return contextlib.nullcontext(SimpleNamespace(port=self.port, baudrate=baud))

    def fault(self) -> str | None:
        """Tell what a test planted."""
        return self.report

    def close(self) -> None:
        """Let go of nothing."""


class GoldenDevice:
    """The questions of harness.device, answered from the golden model."""

    def __init__(self, board: GoldenBoard) -> None:
        self.board = board
        self.expectation: Expectation | None = None

    def hello(self) -> Hello:
        """Tell the truth, or what the board lies."""
        model = self.board.model
        hello = Hello(
            nonce=1,
            cache=Cache.OFF,
            logits=LogitKind.INT32,
            clock_hz=CLOCK_HZ,
            build_id=self.board.number,
            model_hash=export.model_hash(model) if model else 0,
            window_bytes=1024,
            payload_in_bytes=200,
            payload_out_bytes=1024,
            model_room_bytes=70_000 if self.board.quick else 0,
            board="nano33ble",
            core="python 1.0",
            level=model.level if model else "",
            kernels="golden",
            labels=model.labels if model else (),
        )
        return replace(hello, **self.board.lies)

    def load(self, level: str, blob: bytes) -> Hello:
        """Run a level of the zoo from now on."""
        self.board.model = zoo.load(level)
        assert export.blob(self.board.model) == blob
        self.board.loads.append(level)
        return self.hello()

    def infer(self, samples: np.ndarray) -> Result:
        """Answer from audio as the golden model does."""
        self._count()
        self.expectation = Expectation.of(self.board.model, features.extract(samples[np.newaxis]))
        return self._answer(slice_cycles=tuple(range(30_000, 30_049)))

    def infer_features(self, rows: np.ndarray) -> Result:
        """Answer from features as the golden model does; no slice is timed."""
        self._count()
        self.expectation = Expectation.of(self.board.model, rows[np.newaxis])
        return self._answer(slice_cycles=())

    def _count(self) -> None:
        if self.board.answers_left == 0:
            self.board.ending()
        self.board.answers_left -= 1

    def _answer(self, slice_cycles: tuple[int, ...]) -> Result:
        golden = self.expectation.clip(0)
        answer = Result(
            clip=1,
            label=golden.label,
            logits=tuple(golden.logits.tolist()),
            probabilities=tuple(golden.probabilities.tolist()),
            input_crc=0,
            features_crc=zlib.crc32(self.dump(Tensor.FEATURES)),
            nn_cycles=200_000,
            postprocess_cycles=900 + golden.label,
            slice_cycles=slice_cycles,
        )
        return self.board.spoil(answer)

    def dump(self, tensor: Tensor) -> bytes:
        """Send an intermediate, one row of it wrong where the board is broken there."""
        values = getattr(self.expectation.clip(0), tensor.name.lower()).copy()
        if self.board.broken_stage == tensor.name.lower():
            values[0] += 1
        return values.tobytes()

    def stats(self) -> Stats:
        """Tell some figures."""
        return Stats(1234, 0, 0, 0, 0)


class NoCompiler:
    """A toolchain that compiles nothing."""

    flags = "-O9"

    def build(self, sketch: Path, fqbn: str, headers: dict[str, str], output: Path) -> Build:
        """Tell of a program that is not there."""
        assert set(headers) == {"model.h", "build_identity.h"}
        return Build(
            sketch=sketch,
            fqbn=fqbn,
            elf=output / "kws_bench.ino.elf",
            flash_bytes=60_000,
            ram_bytes=12_000,
            core="python 1.0",
            compiler="none 1",
            flags=self.flags,
        )


class Silent:
    """An observer who keeps what was said."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, str]] = []
        self.finished: list[str] = []

    def step(self, level: str, doing: str) -> None:
        """Keep it."""
        self.steps.append((level, doing))

    def clip(self, run: LevelRun) -> None:
        """Let it pass."""

    def done(self, run: LevelRun) -> None:
        """Keep it."""
        self.finished.append(run.level)


def measured(document: Document) -> Document:
    """Leave out what the host's clocks say; the rest is the same in two runs on a simulated board."""
    return {name: value for name, value in document.items() if name not in ("started", "seconds", "host_times")}


def comparable(folder: Path) -> Document:
    """Read the results in a folder, without what tells in how many sessions they were made."""
    document = measured(results.read(folder / "results.json"))
    levels = [{name: value for name, value in level.items() if name != "resumed"} for level in document["levels"]]
    return document | {"levels": levels}


@pytest.fixture
def board() -> GoldenBoard:
    """Answer as the golden model does."""
    return GoldenBoard()


@pytest.fixture
def device_of() -> Callable[[GoldenBoard], GoldenDevice]:
    """Make the device that answers for a board."""
    return GoldenDevice


@pytest.fixture
def toolchain() -> NoCompiler:
    """Build for that board."""
    return NoCompiler()


@pytest.fixture
def observer() -> Silent:
    """Keep what a campaign tells."""
    return Silent()


@pytest.fixture(scope="session")
def eight_clips() -> Dataset:
    """Choose two clips of each label."""
    return dataset.choose(dataset.shipped(), 8)


@pytest.fixture(scope="session")
def expectations(eight_clips: Dataset) -> tuple[Expectation, ...]:
    """Ask the golden models of a float and an integer level about them."""
    rows = features.extract(eight_clips.samples())
    return tuple(Expectation.of(zoo.load(level), rows) for level in LEVELS)


@pytest.fixture
def run_campaign(
    board: GoldenBoard,
    toolchain: NoCompiler,
    observer: Silent,
    eight_clips: Dataset,
    expectations: tuple[Expectation, ...],
) -> RunCampaign:
    """Run the campaign of both levels; returns it with what ended it early, or None."""

    def run(
        levels: Iterable[Expectation] = expectations,
        toolchain: NoCompiler | None = toolchain,
        observer: Observer = observer,
        streaming: Streaming = Streaming(1_000_000),  # noqa: B008 - a frozen value
    ) -> tuple[Campaign, BaseException | None]:
        campaign = Campaign(
            board,
            eight_clips.clips,
            (observer,),
            streaming=streaming,
            toolchain=toolchain,
            connect=lambda _port: GoldenDevice(board),
        )
        try:
            campaign.run(levels)
        except BaseException as error:  # noqa: BLE001 - interruptions are among what is tested
            return campaign, error
        return campaign, None

    return run


@pytest.fixture
def execute(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], board: GoldenBoard, toolchain: NoCompiler
) -> Execute:
    """Carry out a request of a clip of each label with some options of a test's own; no other voices are asked."""
    monkeypatch.delenv("TINYHIL_DATA", raising=False)
    monkeypatch.setattr(selection, "board", lambda _word, _fqbn: board)
    monkeypatch.setattr(selection, "toolchain", lambda _word: toolchain)
    for host_model in (execution.pytorch, execution.tflite):
        monkeypatch.setattr(host_model, "infer", lambda _level, _rows: silent("no other voice is asked here"))
    monkeypatch.setattr(
        fleet,
        "Campaign",
        lambda *values, **named: Campaign(*values, **named, connect=lambda _port: GoldenDevice(board)),
    )

    def run(**options: object) -> SimpleNamespace:
        plain: dict[str, Any] = {"fqbn": None, "levels": "int8-tflite", "data": None, "clips": 4, "seed": 0}
        plain |= {"board": "sim", "jobs": 1, "baud": 1_000_000, "upload": True, "out": None, "as_json": False}
        code = execution.execute(Request(**(plain | options)))
        printed = capsys.readouterr()
        return SimpleNamespace(code=code, out=printed.out, err=printed.err)

    return run
