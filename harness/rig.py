"""The board of one test session, and which firmware is on it."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self, cast

from harness import firmware, selection, sketchbook
from harness.baseline.level_gate import LevelGate
from harness.boards import possession
from harness.boards.mock import MockBoard
from harness.boards.simulated import SimulatedBoard
from harness.campaign import Campaign
from harness.device import Device, Patience
from harness.errors import BoardError
from harness.expectation import Expectation
from harness.identity import Identity
from harness.level_results import LevelResults
from harness.run_command import DEFAULT_BAUD
from host_models import export, features, zoo

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.link import Port
    from host_models.dataset import Clip

_USUAL = Patience()


@dataclass(frozen=True)
class RigOptions:
    """Which board, how it is talked to, and how many clips a campaign has."""

    board: str
    """As `tinyhil run --board` takes it."""
    fqbn: str | None
    baud: int | None
    """None for the usual one."""
    clips: int
    timeout_s: float
    """How long the board may take for an answer."""
    baseline: Path | None
    """What campaigns are held against."""
    compare_fail_percent: float
    """By how much an attached board may be slower than its baseline."""


class Rig:
    """A board with the toolchain that builds for it and the clips that it is asked about; use it in a `with` statement.

    Firmware is uploaded only where another level is on the board, and a level's campaign is run once.
    """

    def __init__(self, options: RigOptions) -> None:
        """Start or find the board. Raises TinyhilError or HostModelError where board, tools or clips can't be used."""
        self._baud = options.baud or DEFAULT_BAUD
        limit_s = options.timeout_s
        self._patience = Patience(min(limit_s, _USUAL.greeting_s), min(limit_s, _USUAL.silence_s), limit_s)
        self._results: dict[str, LevelResults] = {}
        self._level_there: str | None = None
        self._data = selection.clips(None, options.clips, seed=0)[0]
        self._gate = LevelGate(options.baseline, options.compare_fail_percent) if options.baseline else None
        self._toolchain = selection.toolchain(options.board)
        with ExitStack() as resources:
            self._directory = Path(resources.enter_context(tempfile.TemporaryDirectory(prefix="tinyhil-")))
            self.board = resources.enter_context(selection.board(options.board, options.fqbn))
            resources.enter_context(possession.held(self.board))
            self._resources = resources.pop_all()

    def __enter__(self) -> Self:
        """Use the board, and let go of it at the end."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of the board."""
        self._resources.close()

    @property
    def features(self) -> frozenset[str]:
        """What the board offers to tests that require it."""
        match self.board:
            case SimulatedBoard():
                return frozenset(("simulated", "cycles", "deterministic"))
            case MockBoard():
                return frozenset(("mock", "deterministic"))
            case _:
                return frozenset(("attached", "cycles"))

    @property
    def clips(self) -> tuple[Clip, ...]:
        """The clips that a campaign streams."""
        return self._data.clips

    @contextmanager
    def device(self, level: str) -> Iterator[Device]:
        """Put a level's firmware onto the board unless it is there, open the port and greet the board.

        Raises TinyhilError where that fails, and at the end where the firmware has stopped at a fault meanwhile.
        """
        model = zoo.load(level)
        number, headers = firmware.headers(model, self.board.fqbn, self._baud)
        if self._level_there != level:
            sketch = sketchbook.sketch(firmware.SKETCH)
            self._level_there = None
            self.board.upload(self._toolchain.build(sketch, self.board.fqbn, headers, self._directory / level))
        self._level_there = None  # until it has shown that it is whole
        with self.board.open(self._baud) as port:
            device = self._connect(cast("Port", port))
            identity = Identity(number, level, model.labels, export.model_hash(model))
            identity.check(device.hello(), self.board.name)
            yield device
        if (report := self.board.fault()) is not None:
            raise BoardError(f"the firmware of {level} stopped on {self.board.name}: {report}")
        self._level_there = level

    def results(self, level: str) -> LevelResults:
        """Run a level's campaign, unless it has been run. Raises TinyhilError where it can't be run to its end."""
        if level not in self._results:
            campaign = Campaign(
                self.board,
                self.clips,
                (),
                baud=self._baud,
                toolchain=self._toolchain,
                connect=self._connect,
            )
            self._level_there = None
            campaign.run([Expectation.of(zoo.load(level), features.extract(self._data.samples()))])
            self._level_there = level
            (run,) = campaign.runs
            change = self._gate.change(self.board, run, self._data) if self._gate else None
            self._results[level] = LevelResults(run, self.clips, change)
        return self._results[level]

    def _connect(self, port: Port) -> Device:
        return Device(port, self._patience)
