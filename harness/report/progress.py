"""How far a campaign is: bars in a terminal, plain lines elsewhere; both on standard error."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

if TYPE_CHECKING:
    from types import TracebackType

    from rich.console import Console
    from rich.progress import TaskID

    from harness.campaign import LevelRun

_LINE_EVERY_S = 10.0
"""A log file gets a line at least this often."""


_MOST_BARS = 6
"""With more levels than this, a bar is taken away when its level is done, and one for all levels stays."""


class Bars:
    """A bar for each level, where there are many for those that run, and one for all."""

    def __init__(self, console: Console, clips: int, levels: int) -> None:
        self._clips = clips
        self._many = levels > _MOST_BARS
        self._tasks: dict[str, TaskID] = {}
        self._progress = Progress(
            TextColumn("{task.fields[level]}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.description}"),
            TimeRemainingColumn(elapsed_when_finished=True),
            console=console,
        )
        self._all = self._progress.add_task("", total=levels, level="all levels", visible=self._many)

    def __enter__(self) -> Self:
        """Start to draw."""
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the bars as they are."""
        self._progress.stop()

    def step(self, level: str, doing: str) -> None:
        """Show what is done before clips stream."""
        if level not in self._tasks:
            self._tasks[level] = self._progress.add_task(doing, total=self._clips, level=level)
        self._progress.update(self._tasks[level], description=doing)

    def clip(self, run: LevelRun) -> None:
        """Move the level's bar."""
        self._progress.update(self._tasks[run.level], completed=len(run.answers), description=_state(run))

    def done(self, run: LevelRun) -> None:
        """Fill the level's bar; one of a level that differs stays."""
        self.step(run.level, _state(run))
        gone = self._many and not run.differing
        self._progress.update(self._tasks[run.level], completed=self._clips, visible=not gone)
        self._progress.advance(self._all)


class Lines:
    """A line for each step and, where clips take long, every ten seconds."""

    def __init__(self, console: Console, clips: int) -> None:
        self._console = console
        self._clips = clips
        self._last = time.monotonic()

    def __enter__(self) -> Self:
        """Need no preparation."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave nothing to clear."""

    def step(self, level: str, doing: str) -> None:
        """Say what begins."""
        self._say(f"{level}: {doing}")

    def clip(self, run: LevelRun) -> None:
        """Say how many clips are done, now and then."""
        if time.monotonic() - self._last >= _LINE_EVERY_S:
            self._say(f"{run.level}: {len(run.answers)} of {self._clips} clips, {_state(run)}")

    def done(self, run: LevelRun) -> None:
        """Say what the level came to."""
        self._say(f"{run.level}: {len(run.answers)} of {self._clips} clips, {_state(run)}")

    def _say(self, line: str) -> None:
        self._last = time.monotonic()
        self._console.print(line, soft_wrap=True)


def progress(console: Console, clips: int, levels: int) -> Bars | Lines:
    """Choose what suits the console."""
    return Bars(console, clips, levels) if console.is_terminal else Lines(console, clips)


def _state(run: LevelRun) -> str:
    return f"{len(run.differing)} differ" if run.differing else "no difference"
