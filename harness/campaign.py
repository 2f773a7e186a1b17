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
from host_models import export

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from harness.boards.board import Board
    from harness.boards.build import Build, BuildFigures
    from harness.comparison import Difference
    from harness.device import Hello, Result
    from harness.expectation import Expectation
    from harness.firmware import Toolchain
    from harness.journal.record import Recorded
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
        baud: int,
        toolchain: Toolchain | None,
        connect: Callable[[Port], Device] = Device,
    ) -> None:
        """Prepare to run on `board`; `toolchain` None leaves on it whatever is there."""
        self.runs: list[LevelRun] = []
        self.board = board
        self.clips = clips
        self._observers = observers
        self._baud = baud
        self._toolchain = toolchain
        self._connect = connect

    def run(self, levels: Iterable[Expectation], recorded: Mapping[str, Recorded] | None = None) -> None:
        """Build, upload and stream each level, without the clips whose answers earlier sessions `recorded`.

        Raises ToolchainError where a build fails, BoardError where the board does not answer, runs another firmware
        or stops at a fault, MisuseError where it is not the board or build that gave the recorded answers.
        """
        with tempfile.TemporaryDirectory(prefix="tinyhil-") as directory:
            for expectation in levels:
                self._level(expectation, (recorded or {}).get(expectation.model.level), Path(directory))

    def _level(self, expectation: Expectation, recorded: Recorded | None, directory: Path) -> None:
        model = expectation.model
        number, headers = firmware.headers(model, self.board.fqbn, self._baud)
        run = LevelRun(expectation, number)
        if recorded is not None:
            _take_over(recorded, run)
        self.runs.append(run)
        if not run.complete:
            if self._toolchain is not None:
                self._upload(run, self._build(run, self._toolchain, headers, directory))
            self._ask(run)
        for observer in self._observers:
            observer.done(run)

    def _build(self, run: LevelRun, toolchain: Toolchain, headers: dict[str, str], directory: Path) -> Build:
        self._step(run, "building")
        sketch = sketchbook.sketch(firmware.SKETCH)
        build = toolchain.build(sketch, self.board.fqbn, headers, directory / run.level)
        if run.build is not None and (change := build.change_from(run.build)):
            raise MisuseError(
                f"the recorded answers for {run.level} are of another build: {change}; leave --resume out to begin anew"
            )
        run.build = build
        return build

    def _upload(self, run: LevelRun, build: Build) -> None:
        self._step(run, "uploading")
        self.board.upload(build)

    def _ask(self, run: LevelRun) -> None:
        try:
            with self.board.open(self._baud) as port:
                self._talk(run, self._connect(cast("Port", port)))  # in_waiting is missing in the type's stub only
        except BoardError as error:
            if (report := self.board.fault()) is not None:
                raise BoardError(f"the firmware of {run.level} stopped on {self.board.name}: {report}") from error
            raise

    def _talk(self, run: LevelRun, device: Device) -> None:
        """Greet the board, stream all clips that have no answer, and ask how deep its stack went."""
        self._step(run, "greeting the board")
        self._greet(run, device)
        if self.board.warm_up_clips:
            self._step(run, "warming up")
        for _ in range(self.board.warm_up_clips):
            device.infer(self.clips[0].samples)
        for index in range(len(run.answers), len(self.clips)):
            golden = run.expectation.clip(index)
            answer = device.infer(self.clips[index].samples)
            if answer_difference(answer, golden):
                run.differing[index] = tracing.first_difference(device, answer, golden)
            if index == len(self.clips) - 1:
                run.stack_bytes = device.stats().stack_high_water_bytes
            run.answers.append(answer)
            for observer in self._observers:
                observer.clip(run)

    def _greet(self, run: LevelRun, device: Device) -> None:
        """Ask the board what it is and runs, and refuse what is not the level's firmware."""
        model, before = run.expectation.model, run.hello
        hello = device.hello()
        identity = Identity(
            run.build_id, model.level, model.labels, export.model_hash(model), built_by_hand=self._toolchain is None
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


def _take_over(recorded: Recorded, run: LevelRun) -> None:
    """Put what was recorded into a run. Raises MisuseError where the golden model judges it otherwise by now."""
    for index, answer in enumerate(recorded.answers):
        if bool(answer_difference(answer, run.expectation.clip(index))) != (index in recorded.differing):
            raise MisuseError(
                f"the host's model of {run.level} is not the one that the recorded answers were held against; leave "
                "--resume out to begin anew"
            )
    run.build, run.hello = recorded.build, recorded.hello
    run.answers, run.differing = list(recorded.answers), dict(recorded.differing)
    run.stack_bytes, run.resumed = recorded.stack_bytes, len(recorded.answers)
    model = run.expectation.model
    run.model_difference = Identity(run.build_id, model.level, model.labels, export.model_hash(model)).model_difference(
        recorded.hello
    )


def _change(before: Hello, now: Hello) -> str:
    """Name the first thing that a board tells of itself otherwise than before."""
    for name, was in asdict(replace(before, nonce=now.nonce)).items():
        if was != (found := asdict(now)[name]):
            return f"{name} {was} -> {found}"
    return "nothing"
