"""How one `tinyhil run` is carried out, from its options to its reports."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import threading
import time
from contextlib import ExitStack, contextmanager, nullcontext
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias

import click
from rich.console import Console

from harness import errors, firmware, output, resumption, selection, verdict
from harness.analysis.table import Table
from harness.baseline.gate import Gate
from harness.boards import possession
from harness.campaign import Streaming
from harness.errors import MisuseError, TinyhilError, from_host_models
from harness.expectation import Expectation
from harness.fleet import Fleet
from harness.journal.journal import PREVIOUS, Conditions, Journal
from harness.plots.plots_command import FOLDER as PLOTS_FOLDER
from harness.report import files, junit, progress, results, terminal
from harness.report.document import VOICES, Circumstances, document
from harness.wire.requests import Input
from host_models import features, profiling, pytorch, tflite
from host_models.errors import HostModelError
from host_models.voice import Voice, silent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from harness.boards.board import Board
    from harness.campaign import LevelRun
    from harness.report.document import Document
    from harness.run_command import Request
    from harness.verdict import Verdict
    from host_models.dataset import Dataset
    from host_models.model import Model
    from host_models.profiling import HostTimes

_Voices: TypeAlias = "Mapping[str, Mapping[str, Voice]]"
_INTERRUPTIBLE_S = 0.2
"""How long a thread is waited for at a time, so that ctrl-C is heard on every system."""
_PACKAGES = ("tinyhil", "numpy", "pyserial", "pyduinocli", "unicorn")


def execute(request: Request) -> int:
    """Carry out a request, write and print its reports; returns the exit code.

    Raises TinyhilError or HostModelError where nothing could be run at all.
    """
    started, begin = datetime.now(UTC), time.monotonic()
    models = selection.levels(request.levels)
    if not request.upload and len(models) > 1 and not request.quick:
        raise MisuseError(
            "with --no-upload a board runs one level, the one that it has; name it with --levels, or add --quick where "
            "the board has the quick firmware"
        )
    if not request.upload and request.board == selection.SIMULATED:
        raise MisuseError("a simulated board starts without firmware; with --no-upload, name a board that has it")
    if request.resume and request.out is None:
        raise MisuseError("--resume goes on with the campaign in a folder; name it with --out")
    if request.plots and request.out is None:
        raise MisuseError("--plots draws into the folder of a campaign; name it with --out")
    chosen, available = selection.clips(request.data, request.clips, request.seed)
    if request.out is not None:
        files.prepare(request.out)
    gate = Gate(request.baseline, request.save_baseline, request.baseline_limit)
    toolchain = selection.toolchain(request.board) if request.upload else None
    with (
        _boards(request, len(models)) as boards,
        _journal(request, boards[0], chosen) as journal,
    ):
        rows = features.extract(chosen.samples())
        begun = _begun(journal, request, boards[0], models, rows)
        with progress.progress(_console(stderr=True), len(chosen), len(models)) as observer:
            observer.step(models[0].level, "asking the host models")
            asked = _Asked(models, rows)
            observers = (observer,) if journal is None else (journal, observer)
            campaign = Fleet(
                boards, chosen.clips, observers, streaming=_streaming(request), toolchain=toolchain, begun=begun
            )
            judged, voices = _carry_out(campaign, models, rows, begun), asked.silent
            try:
                voices = asked.heard(wait=judged.code != verdict.INTERRUPTED)
            except KeyboardInterrupt:
                judged = verdict.interrupted(campaign.runs, campaign.clips)
        seconds, options = time.monotonic() - begin, _options(request, models, boards[0].warm_up_clips)
        circumstances = Circumstances(
            started,
            seconds,
            options,
            _versions(),
            models[0].labels,
            chosen,
            available,
            _host_times(models, voices, judged),
        )
        measured = document(circumstances, boards[0], campaign.runs, voices, judged)
        outcome = gate.judge(measured, campaign.runs)
        try:
            _publish(outcome, request)
        finally:
            if told := gate.save(measured, campaign.runs):
                click.echo(told, err=True)
    return int(outcome["verdict"]["code"])


@contextmanager
def _boards(request: Request, levels: int) -> Iterator[tuple[Board, ...]]:
    """Start or find the boards of a request, and let go of them at the end.

    Simulated boards that are started for it run side by side, one a core but no more than levels.
    """
    several = request.board == selection.SIMULATED
    if request.jobs is not None and request.jobs > 1 and not several:
        raise MisuseError(f"--jobs is for simulated boards; {request.board} is one board and runs one level at a time")
    jobs = request.jobs or (os.cpu_count() or 1 if several else 1)
    with ExitStack() as open_boards:
        boards = tuple(
            open_boards.enter_context(selection.board(request.board, request.fqbn)) for _ in range(min(jobs, levels))
        )
        for board in boards:
            open_boards.enter_context(possession.held(board))
            board.warm_up_clips = board.warm_up_clips if request.warm_up is None else request.warm_up
        yield boards


def _streaming(request: Request) -> Streaming:
    return Streaming(request.baud, Input[request.input.upper()], request.quick)


def _journal(request: Request, board: Board, data: Dataset) -> Journal | nullcontext[None]:
    """Open the journal of a campaign that writes files."""
    if request.out is None:
        return nullcontext()
    conditions = Conditions(
        fqbn=board.fqbn,
        serial_number=None if request.board == selection.SIMULATED else board.serial_number,
        data=data.sha256,
        clips=len(data),
        input=request.input,
        quick=request.quick,
        upload=request.upload,
        warm_up=board.warm_up_clips,
    )
    return Journal(request.out, conditions)


def _begun(
    journal: Journal | None, request: Request, board: Board, models: tuple[Model, ...], rows: NDArray[np.uint8]
) -> dict[str, LevelRun]:
    """Begin a campaign, or return the runs of the one to go on with.

    Raises MisuseError where there is one with which can't be gone on, before any file is written.
    """
    if journal is None:
        return {}
    if not request.resume:
        if journal.begin((results.FILE, junit.FILE, PLOTS_FOLDER)):
            click.echo(f"The files of an earlier run are in {request.out}/{PREVIOUS} now", err=True)
        return {}
    recorded = journal.resume()
    numbers = {
        model.level: firmware.headers(None if request.quick else model, board.fqbn, request.baud)[0] for model in models
    }
    journal.require_builds(recorded, numbers)
    return {
        model.level: resumption.resume(recorded[model.level], Expectation.of(model, rows))
        for model in models
        if model.level in recorded
    }


def _carry_out(
    campaign: Fleet, models: tuple[Model, ...], rows: NDArray[np.uint8], begun: Mapping[str, LevelRun]
) -> Verdict:
    """Run the campaign and judge it, however it ends.

    Each golden model runs when its turn comes, so that only one level's activations are made at a time.
    """
    made = (begun[model.level].expectation if model.level in begun else Expectation.of(model, rows) for model in models)
    try:
        campaign.run([model.level for model in models], made)
    except TinyhilError as error:
        return verdict.failed(error)
    except HostModelError as error:
        return verdict.failed(from_host_models(error))
    except OSError as error:
        return verdict.failed(errors.of_disk(error))
    except Exception:  # noqa: BLE001 - what was measured until then is reported all the same
        return verdict.failed(errors.unforeseen())
    except KeyboardInterrupt:
        return verdict.interrupted(campaign.runs, campaign.clips)
    return verdict.judge(campaign.runs, campaign.clips)


def _ask_voices(models: tuple[Model, ...], rows: NDArray[np.uint8]) -> _Voices:
    """Ask PyTorch and TensorFlow Lite about each level, while the board is busy."""
    return {
        model.level: {
            "pytorch": _ask_voice(pytorch.infer, model.level, rows),
            "tflite": _ask_voice(tflite.infer, model.level, rows),
        }
        for model in models
    }


def _ask_voice(infer: Callable[[str, NDArray[np.uint8]], Voice], level: str, rows: NDArray[np.uint8]) -> Voice:
    """Ask one of them; as it decides nothing, a failure, such as of a broken installation, is told in its place."""
    try:
        return infer(level, rows)
    except Exception as error:  # noqa: BLE001 - torch and TensorFlow Lite raise anything, also when they are imported
        return silent(f"it failed with {type(error).__name__}: {' '.join(str(error).split())}")


class _Asked:
    """The other host models, asked in the background; nothing waits for them once somebody has interrupted."""

    def __init__(self, models: tuple[Model, ...], rows: NDArray[np.uint8]) -> None:
        """Begin to ask. The thread ends with the process, since what it calls can't be interrupted."""
        reason = silent("the campaign was interrupted before this model had answered")
        self.silent: _Voices = {model.level: dict.fromkeys(VOICES, reason) for model in models}
        self._answers: list[_Voices] = []
        self._thread = threading.Thread(target=lambda: self._answers.append(_ask_voices(models, rows)), daemon=True)
        self._thread.start()

    def heard(self, *, wait: bool) -> _Voices:
        """Return what they said, in the end or, without `wait`, until now."""
        while wait and self._thread.is_alive():
            self._thread.join(_INTERRUPTIBLE_S)
        return self._answers[0] if self._answers else self.silent


def _host_times(models: tuple[Model, ...], voices: _Voices, judged: Verdict) -> tuple[HostTimes, ...] | None:
    """Time the host models now that the board is done, but not after a campaign that ended early."""
    if judged.code not in (verdict.AGREEMENT, verdict.DIFFERENCE):
        return None
    silent = {
        level: {name: voice.reason for name, voice in each.items() if voice.reason} for level, each in voices.items()
    }
    return profiling.measure(models, silent)


def _publish(outcome: Document, request: Request) -> None:
    """Write the files and print the report, the one even where the other fails."""
    try:
        if request.out is not None:
            try:
                results.write(outcome, request.out)
            finally:
                junit.write(outcome, request.out)
    finally:
        _print(outcome, request)
    if request.out is not None:
        if request.plots:
            _draw(outcome, request.out / PLOTS_FOLDER)
        ended_early = outcome["verdict"]["code"] not in (verdict.AGREEMENT, verdict.DIFFERENCE)
        hint = "; the same command with --resume goes on from there" if ended_early else ""
        click.echo(f"Results are in {request.out}{hint}", err=True)


def _draw(outcome: Document, folder: Path) -> None:
    """Draw the plots and tell their findings."""
    from harness.plots import files as plot_files  # noqa: PLC0415 - matplotlib, which only plots need

    for line in plot_files.write(Table.of(outcome), folder):
        click.echo(line, err=True)


def _print(outcome: Document, request: Request) -> None:
    """Print the report, or only the sentence of an error that left nothing to report."""
    failed = outcome["verdict"]["code"] not in (verdict.AGREEMENT, verdict.DIFFERENCE)
    if failed and (request.as_json or not outcome["levels"]):
        click.echo(f"tinyhil: {outcome['verdict']['text']}", err=True)
    if request.as_json:
        output.write(results.text(outcome))
    elif outcome["levels"]:
        terminal.show(outcome, _console(stderr=False))


class _Console(Console):
    """Prints what it is given: paths and FQBNs are no markup; a reader may go away, as `head` does."""

    def on_broken_pipe(self) -> None:
        """Print nothing more, and leave the exit code as it is."""
        self.quiet = True
        output.give_up(self.file)


def _console(*, stderr: bool) -> _Console:
    return _Console(stderr=stderr, markup=False, emoji=False, highlight=False)


def _options(request: Request, models: tuple[Model, ...], warm_up: int) -> dict[str, Any]:
    """Tell the options as the results schema has them."""
    return {
        "board": request.board,
        "levels": [model.level for model in models],
        "clips": request.clips,
        "seed": request.seed,
        "baud": request.baud,
        "input": request.input,
        "upload": request.upload,
        "quick": request.quick,
        "warm_up": warm_up,
    }


def _versions() -> dict[str, str]:
    """Tell versions of what took part, by name."""
    return {"python": platform.python_version(), **{name: importlib.metadata.version(name) for name in _PACKAGES}}
