"""A campaign on one or more boards side by side, which share the levels of one list."""

from __future__ import annotations

import threading
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING

from harness.campaign import Campaign

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from harness.boards.board import Board
    from harness.campaign import LevelRun, Observer, Streaming
    from harness.expectation import Expectation
    from harness.firmware import Toolchain
    from host_models.dataset import Clip

_BRAKING_S = 5.0
"""How long a campaign may take to its next clip when it is to end."""


class Fleet:
    """Boards of one kind, each of which takes the next level when it is done with its last.

    What comes of a level does not depend on which board runs it.
    """

    def __init__(
        self,
        boards: Sequence[Board],
        clips: tuple[Clip, ...],
        observers: Sequence[Observer],
        *,
        streaming: Streaming,
        toolchain: Toolchain | None,
        begun: Mapping[str, LevelRun],
    ) -> None:
        """Prepare to run on at least one board, as a Campaign does; observers may be told by several at once.

        What earlier sessions have `begun` of a level is gone on with.
        """
        self.clips = clips
        self._begun = begun
        self._order: Sequence[str] = tuple(begun)
        self._brake = _Brake()
        self._campaigns = [
            Campaign(board, clips, (*observers, self._brake), streaming=streaming, toolchain=toolchain)
            for board in boards
        ]

    @property
    def runs(self) -> list[LevelRun]:
        """What there is of each level so far, whatever ended it, in the order of the levels."""
        runs = {run.level: run for campaign in self._campaigns for run in list(campaign.runs)}
        return sorted({**self._begun, **runs}.values(), key=lambda run: self._order.index(run.level))

    def run(self, order: Sequence[str], levels: Iterable[Expectation]) -> None:
        """Run each level on some board; `order` has the ids of `levels`, which are made when their turn comes.

        Raises what Campaign.run does. An error on one board, or an interruption, ends the others at their next clip.
        """
        self._order = order
        shared = _Shared(iter(levels))
        if len(self._campaigns) == 1:
            self._campaigns[0].run(shared, self._begun)
            return
        with ThreadPoolExecutor(len(self._campaigns)) as pool:
            begun = [pool.submit(campaign.run, shared, self._begun) for campaign in self._campaigns]
            try:
                wait(begun, return_when=FIRST_EXCEPTION)
            finally:
                self._brake.on.set()
                if wait(begun, _BRAKING_S).not_done:
                    self._let_go()
        errors = [error for each in begun if (error := each.exception()) is not None]
        for error in sorted(errors, key=lambda error: isinstance(error, _StoppedError)):
            raise error

    def _let_go(self) -> None:
        """Close the boards, so that nobody waits for the answer of a silent one."""
        for campaign in self._campaigns:
            campaign.board.close()


class _Shared:
    """An iterator that several threads take from."""

    def __init__(self, levels: Iterator[Expectation]) -> None:
        self._levels = levels
        self._lock = threading.Lock()

    def __iter__(self) -> _Shared:
        return self

    def __next__(self) -> Expectation:
        with self._lock:
            return next(self._levels)


class _StoppedError(Exception):
    """Another board's campaign has ended in an error."""


class _Brake:
    """An observer that ends a campaign at its next step once it is on."""

    def __init__(self) -> None:
        self.on = threading.Event()

    def step(self, level: str, doing: str) -> None:
        """Stop before something that takes a while."""
        del level, doing
        self._stop()

    def clip(self, run: LevelRun) -> None:
        """Stop after a clip, unless it was the level's last."""
        if not run.complete:
            self._stop()

    def done(self, run: LevelRun) -> None:
        """Let a level that is complete be so."""

    def _stop(self) -> None:
        if self.on.is_set():
            raise _StoppedError
