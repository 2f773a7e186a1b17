"""Board x levels x clips: what is done with each, in order, and what the board answered."""

from __future__ import annotations

import tempfile
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from harness import firmware, sketchbook, tracing
from harness.comparison import answer_difference
from harness.device import Device
from harness.errors import BoardError, MisuseError
from harness.identity import Identity
from harness.wire.requests import Input
from host_models import export

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from harness.boards.board import Board
    from harness.boards.build import Build, BuildFigures
    from harness.comparison import Difference
    from harness.device import Hello, Result
    from harness.expectation import Expectation
    from harness.firmware import Toolchain
    from harness.link import Port
    from host_models.dataset import Clip


@dataclass
class LevelRun:
    """What came of one level; `answers` and `differing` grow while its clips stream."""

    expectation: Expectation
    build_id: int
    build: BuildFigures | None = None
    """None where the firmware was on the board already."""
    hello: Hello | None = None
    model_difference: str | None = None
    """Why the model on the board is not the level's, None where it is."""
    answers: list[Result] = field(default_factory=list)
    """The board's answer for each clip, in the campaign's order."""
    differing: dict[int, Difference] = field(default_factory=dict)
    """The first difference of each clip that has one, by its place in the campaign."""
    stack_bytes: int | None = None
    resumed: int = 0
    """Answers, the first ones, that an earlier session of the campaign got."""

    @property
    def level(self) -> str:
        """The level's id."""
        return self.expectation.model.level

    @property
    def complete(self) -> bool:
        """Whether all clips were answered."""
        return len(self.answers) == len(self.expectation)


@dataclass(frozen=True)
class Streaming:
    """How clips and models reach a board."""

    baud: int
    input: Input = Input.AUDIO
    """FEATURES leaves preprocessing to the host: quicker, and its stage is not timed then."""
    quick: bool = False
    """Whether one firmware gets each level's model over the line into RAM, not a firmware of its own in flash."""


class Observer(Protocol):
    """Who is told how a campaign goes on."""

    def step(self, level: str, doing: str) -> None:
        """Something that takes a while begins, such as `building`."""

    def clip(self, run: LevelRun) -> None:
        """Another clip of `run` was answered."""

    def done(self, run: LevelRun) -> None:
        """All clips of `run` were answered."""


class Campaign:
    """Runs levels on a board, one after the other; `runs` holds what there is so far, whatever ends it."""

    def __init__(
        self,
        board: Board,
        clips: tuple[Clip, ...],
        observers: Sequence[Observer],
        *,
        streaming: Streaming,
        toolchain: Toolchain | None,
        connect: Callable[[Port], Device] = Device,
    ) -> None:
        """Prepare to run on `board`; `toolchain` None leaves on it whatever is there."""
        self.runs: list[LevelRun] = []
        self.board = board
        self.clips = clips
        self._observers = observers
        self._streaming = streaming
        self._toolchain = toolchain
        self._connect = connect
        self._on_board: dict[int, Build] = {}  # what this campaign uploaded last, by its number

    def run(self, levels: Iterable[Expectation], begun: Mapping[str, LevelRun] | None = None) -> None:
        """Bring each level onto the board and stream it; a run that earlier sessions have `begun` is gone on with.

        Raises ToolchainError where a build fails, BoardError where the board does not answer, runs another firmware
        or stops at a fault, MisuseError where it is not the board or build that gave the recorded answers.
        """
        with tempfile.TemporaryDirectory(prefix="tinyhil-") as directory:
            for expectation in levels:
                self._level(expectation, (begun or {}).get(expectation.model.level), Path(directory))

    def _level(self, expectation: Expectation, begun: LevelRun | None, directory: Path) -> None:
        model = None if self._streaming.quick else expectation.model
        number, headers = firmware.headers(model, self.board.fqbn, self._streaming.baud)
        run = begun or LevelRun(expectation, number)
        self.runs.append(run)
        if not run.complete:
            if self._toolchain is not None:
                self._bring_up(run, self._toolchain, headers, directory)
            self._ask(run)
        for observer in self._observers:
            observer.done(run)

    def _bring_up(self, run: LevelRun, toolchain: Toolchain, headers: dict[str, str], directory: Path) -> None:
        """Build and upload the level's firmware, unless this campaign has put that very build onto the board."""
        build = self._on_board.get(run.build_id) or self._build(run, toolchain, headers, directory)
        if run.build is not None and (change := build.change_from(run.build)):
            raise MisuseError(
                f"the recorded answers for {run.level} are of another build: {change}; leave --resume out to begin anew"
            )
        run.build = build
        if run.build_id not in self._on_board:
            self._upload(run, build)
            self._on_board = {run.build_id: build}

    def _build(self, run: LevelRun, toolchain: Toolchain, headers: dict[str, str], directory: Path) -> Build:
        self._step(run, "building")
        sketch = sketchbook.sketch(firmware.SKETCH)
        return toolchain.build(sketch, self.board.fqbn, headers, directory / run.level)

    def _upload(self, run: LevelRun, build: Build) -> None:
        self._step(run, "uploading")
        self.board.upload(build)

    def _ask(self, run: LevelRun) -> None:
        try:
            with self.board.open(self._streaming.baud) as port:
                self._talk(run, self._connect(cast("Port", port)))  # in_waiting is missing in the type's stub only
        except BoardError as error:
            if (report := self.board.fault()) is not None:
                raise BoardError(f"the firmware of {run.level} stopped on {self.board.name}: {report}") from error
            raise

    def _talk(self, run: LevelRun, device: Device) -> None:
        """Greet the board, stream all clips that have no answer, and ask how deep its stack went."""
        self._step(run, "loading the model" if self._streaming.quick else "greeting the board")
        self._greet(run, device)
        if self.board.warm_up_clips:
            self._step(run, "warming up")
        for _ in range(self.board.warm_up_clips):
            self._send(run, device, 0)
        for index in range(len(run.answers), len(self.clips)):
            golden = run.expectation.clip(index)
            answer = self._send(run, device, index)
            if answer_difference(answer, golden):
                run.differing[index] = tracing.first_difference(device, answer, golden)
            if index == len(self.clips) - 1:
                run.stack_bytes = device.stats().stack_high_water_bytes
            run.answers.append(answer)
            for observer in self._observers:
                observer.clip(run)

    def _send(self, run: LevelRun, device: Device, index: int) -> Result:
        """Send one clip, as audio or as the features that the host made of it."""
        if self._streaming.input is Input.FEATURES:
            return device.infer_features(run.expectation.features[index])
        return device.infer(self.clips[index].samples)

    def _greet(self, run: LevelRun, device: Device) -> None:
        """Ask the board what it is and runs, and refuse what is not the level's firmware or has not taken its model."""
        model, before = run.expectation.model, run.hello
        hello = device.load(model.level, export.blob(model)) if self._streaming.quick else device.hello()
        identity = Identity(
            run.build_id,
            model.level,
            model.labels,
            export.model_hash(model),
            built_by_hand=self._toolchain is None,
            loaded=self._streaming.quick,
        )
        identity.check(hello, self.board.name)
        if before is not None and replace(hello, nonce=before.nonce) != before:
            raise MisuseError(
                f"{self.board.name} is not the board that gave the recorded answers for {run.level}: "
                f"{_change(before, hello)}; leave --resume out to begin anew, or go on with that board"
            )
        run.hello = hello
        run.model_difference = identity.model_difference(hello)

    def _step(self, run: LevelRun, doing: str) -> None:
        for observer in self._observers:
            observer.step(run.level, doing)


def _change(before: Hello, now: Hello) -> str:
    """Name the first thing that a board tells of itself otherwise than before."""
    for name, was in asdict(replace(before, nonce=now.nonce)).items():
        if was != (found := asdict(now)[name]):
            return f"{name} {was} -> {found}"
    return "nothing"
