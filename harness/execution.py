"""How one `tinyhil run` is carried out, from its options to its reports."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias

import click
from rich.console import Console

from harness import errors, firmware, selection, verdict
from harness.baseline.gate import Gate
from harness.boards import possession
from harness.campaign import Campaign
from harness.errors import MisuseError, TinyhilError, from_host_models
from harness.expectation import Expectation
from harness.journal.journal import PREVIOUS, Journal
from harness.report import files, junit, progress, results, terminal
from harness.report.document import VOICES, Circumstances, document
from host_models import features, pytorch, tflite
from host_models.errors import HostModelError
from host_models.voice import Voice, silent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from harness.boards.board import Board
    from harness.journal.record import Recorded
    from harness.report.document import Document
    from harness.run_command import Request
    from harness.verdict import Verdict
    from host_models.dataset import Dataset
    from host_models.model import Model

_Voices: TypeAlias = "Mapping[str, Mapping[str, Voice]]"
_PACKAGES = ("tinyhil", "numpy", "pyserial", "pyduinocli", "unicorn")


def execute(request: Request) -> int:
    """Carry out a request, write and print its reports; returns the exit code.

    Raises TinyhilError or HostModelError where nothing could be run at all.
    """
    started, begin = datetime.now(UTC), time.monotonic()
    models = selection.levels(request.levels)
    if not request.upload and len(models) > 1:
        raise MisuseError("with --no-upload a board runs one level, the one that it has; name it with --levels")
    if not request.upload and request.board == selection.SIMULATED:
        raise MisuseError("a simulated board starts without firmware; with --no-upload, name a board that has it")
    if request.resume and request.out is None:
        raise MisuseError("--resume goes on with the campaign in a folder; name it with --out")
    chosen, available = selection.clips(request.data, request.clips, request.seed)
    if request.out is not None:
        files.prepare(request.out)
    gate = Gate(request.baseline, request.save_baseline, request.baseline_limit)
    toolchain = selection.toolchain(request.board) if request.upload else None
    with (
        selection.board(request.board, request.fqbn) as board,
        possession.held(board),
        _journal(request, board, chosen) as journal,
        ThreadPoolExecutor(max_workers=1) as background,
    ):
        if request.warm_up is not None:
            board.warm_up_clips = request.warm_up
        recorded = _recorded(journal, request, board, models)
        with progress.progress(_console(stderr=True), len(chosen)) as observer:
            observer.step(models[0].level, "asking the host models")
            rows = features.extract(chosen.samples())
            asked = background.submit(_ask_voices, models, rows)
            observers = (observer,) if journal is None else (journal, observer)
            campaign = Campaign(board, chosen.clips, observers, baud=request.baud, toolchain=toolchain)
            judged = _carry_out(campaign, models, rows, recorded)
            voices = _heard(asked, models, judged)
        seconds, options = time.monotonic() - begin, _options(request, models, board.warm_up_clips)
        circumstances = Circumstances(started, seconds, options, _versions(), models[0].labels, chosen, available)
        measured = document(circumstances, board, campaign.runs, voices, judged)
        outcome = gate.judge(measured, campaign.runs)
        try:
            _publish(outcome, request)
        finally:
            if told := gate.save(measured, campaign.runs):
                click.echo(told, err=True)
    return int(outcome["verdict"]["code"])


def _journal(request: Request, board: Board, data: Dataset) -> Journal | nullcontext[None]:
    """Open the journal of a campaign that writes files."""
    if request.out is None:
        return nullcontext()
    return Journal(request.out, fqbn=board.fqbn, data=data.sha256, clips=len(data))


def _recorded(
    journal: Journal | None, request: Request, board: Board, models: tuple[Model, ...]
) -> dict[str, Recorded]:
    """Begin a campaign, or return what there is of the one to go on with."""
    if journal is None:
        return {}
    if not request.resume:
        if journal.begin((results.FILE, junit.FILE)):
            click.echo(f"The files of an earlier run are in {request.out}/{PREVIOUS} now", err=True)
        return {}
    recorded = journal.resume()
    numbers = {model.level: firmware.headers(model, board.fqbn, request.baud)[0] for model in models}
    journal.require_builds(recorded, numbers)
    return recorded


def _carry_out(
    campaign: Campaign, models: tuple[Model, ...], rows: NDArray[np.uint8], recorded: Mapping[str, Recorded]
) -> Verdict:
    """Run the campaign and judge it, however it ends.

    Each golden model runs when its turn comes, so that only one level's activations are made at a time.
    """
    try:
        campaign.run((Expectation.of(model, rows) for model in models), recorded)
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


def _heard(asked: Future[_Voices], models: tuple[Model, ...], judged: Verdict) -> _Voices:
    """Wait for what the other host models say, but not after an interruption."""
    if judged.code == verdict.INTERRUPTED and not asked.done():
        reason = silent("the campaign was interrupted before this model had answered")
        return {model.level: dict.fromkeys(VOICES, reason) for model in models}
    return asked.result()


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
        ended_early = any(not level["complete"] for level in outcome["levels"])
        hint = "; the same command with --resume goes on from there" if ended_early else ""
        click.echo(f"Results are in {request.out}{hint}", err=True)


def _print(outcome: Document, request: Request) -> None:
    """Print the report, or only the sentence of an error that left nothing to report."""
    failed = outcome["verdict"]["code"] not in (verdict.AGREEMENT, verdict.DIFFERENCE)
    if failed and (request.as_json or not outcome["levels"]):
        click.echo(f"tinyhil: {outcome['verdict']['text']}", err=True)
    if request.as_json:
        click.echo(results.text(outcome), nl=False)
    elif outcome["levels"]:
        terminal.show(outcome, _console(stderr=False))


class _Console(Console):
    """Prints what it is given: paths and FQBNs are no markup; a reader may go away, as `head` does."""

    def on_broken_pipe(self) -> None:
        """Print nothing more, and leave the exit code as it is."""
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), self.file.fileno())


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
        "upload": request.upload,
        "warm_up": warm_up,
    }


def _versions() -> dict[str, str]:
    """Tell versions of what took part, by name."""
    return {"python": platform.python_version(), **{name: importlib.metadata.version(name) for name in _PACKAGES}}
