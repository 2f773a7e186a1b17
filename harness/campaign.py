"""Board x levels x clips: what is done with each, in order, and what the board answered."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from harness import firmware, sketchbook, tracing
from harness.comparison import answer_difference
from harness.device import Device
from harness.errors import BoardError
from harness.identity import Identity
from host_models import export

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from harness.boards.board import Board
    from harness.boards.build import Build
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
    build: Build | None = None
    """None where the firmware was on the board already."""
    hello: Hello | None = None
    model_difference: str | None = None
    """Why the model on the board is not the level's, None where it is."""
    answers: list[Result] = field(default_factory=list)
    """The board's answer for each clip, in the campaign's order."""
    differing: dict[int, Difference] = field(default_factory=dict)
    """The first difference of each clip that has one, by its place in the campaign."""
    stack_bytes: int | None = None

    @property
    def level(self) -> str:
        """The level's id."""
        return self.expectation.model.level

    @property
    def complete(self) -> bool:
        """Whether all clips were answered."""
        return len(self.answers) == len(self.expectation)


class Observer(Protocol):
    """Someone who is told how a campaign goes on."""

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
        observer: Observer,
        *,
        baud: int,
        toolchain: Toolchain | None,
        connect: Callable[[Port], Device] = Device,
    ) -> None:
        """Prepare to run on `board`; `toolchain` None leaves on it whatever is there."""
        self.runs: list[LevelRun] = []
        self.board = board
        self.clips = clips
        self._observer = observer
        self._baud = baud
        self._toolchain = toolchain
        self._connect = connect

    def run(self, levels: Iterable[Expectation]) -> None:
        """Build, upload and stream each level.

        Raises ToolchainError where a build fails, BoardError where the board does not answer, runs another firmware
        or stops at a fault.
        """
        with tempfile.TemporaryDirectory(prefix="tinyhil-") as directory:
            for expectation in levels:
                self._level(expectation, Path(directory))

    def _level(self, expectation: Expectation, directory: Path) -> None:
        model = expectation.model
        number, headers = firmware.headers(model, self.board.fqbn, self._baud)
        run = LevelRun(expectation, number)
        self.runs.append(run)
        if self._toolchain is not None:
            self._observer.step(run.level, "building")
            sketch = sketchbook.sketch(firmware.SKETCH)
            run.build = self._toolchain.build(sketch, self.board.fqbn, headers, directory / model.level)
            self._observer.step(run.level, "uploading")
            self.board.upload(run.build)
        try:
            with self.board.open(self._baud) as port:
                self._talk(run, self._connect(cast("Port", port)))  # in_waiting is missing in the type's stub only
        except BoardError as error:
            if (report := self.board.fault()) is not None:
                raise BoardError(f"the firmware of {run.level} stopped on {self.board.name}: {report}") from error
            raise
        self._observer.done(run)

    def _talk(self, run: LevelRun, device: Device) -> None:
        """Greet the board, stream all clips, and ask how deep its stack went."""
        self._observer.step(run.level, "greeting the board")
        model = run.expectation.model
        run.hello = device.hello()
        identity = Identity(
            run.build_id, model.level, model.labels, export.model_hash(model), built_by_hand=self._toolchain is None
        )
        identity.check(run.hello, self.board.name)
        run.model_difference = identity.model_difference(run.hello)
        for index, clip in enumerate(self.clips):
            golden = run.expectation.clip(index)
            answer = device.infer(clip.samples)
            if answer_difference(answer, golden):
                run.differing[index] = tracing.first_difference(device, answer, golden)
            run.answers.append(answer)
            self._observer.clip(run)
        run.stack_bytes = device.stats().stack_high_water_bytes
