"""The verb `tinyhil run`: a campaign from the words of its command line to its reports."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.errors import MisuseError, TinyhilError, from_host_models
from host_models.errors import HostModelError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy as np
    from numpy.typing import NDArray
    from rich.console import Console

    from harness.campaign import Campaign, Observer
    from harness.expectation import Expectation
    from harness.report.document import Document
    from harness.verdict import Verdict
    from host_models.dataset import Dataset
    from host_models.model import Model
    from host_models.voice import Voice

DEFAULT_BAUD = 1_000_000

_EPILOG = """\b
Examples:
  tinyhil run                                   three levels, the clips that
                                                ship with tinyhil, on a
                                                simulated Nano 33 BLE
  tinyhil run --clips 8 --levels int8-tflite    a quick look
  tinyhil run --data speech_commands_test       all clips of a folder
  tinyhil run --board /dev/ttyACM0 --baud 115200 \\
      --fqbn arduino:mbed_nano:nano33ble        a real board
  tinyhil run --out results --json              for programs: results.json and
                                                junit.xml in results/, the same
                                                JSON on standard output

\b
Only the board against the golden model decides: integer levels bit for bit,
float logits within 0.001. PyTorch and TensorFlow Lite are shown beside it.

\b
Exit codes:
    0  the board agrees with the golden model
    1  a difference
    2  misuse: an option, a level or a board of the wrong kind
    3  the board, its firmware or the toolchain failed
    4  audio, a model file or the disk can't be used
  130  interrupted; with --out, what there is so far was written
"""


@dataclass(frozen=True)
class Request:
    """The options of one `tinyhil run`."""

    board: str
    fqbn: str | None
    levels: str | None
    data: Path | None
    clips: int | None
    seed: int
    baud: int
    upload: bool
    out: Path | None
    as_json: bool


@click.command(epilog=_EPILOG)
@click.option(
    "--board",
    metavar="sim|PORT",
    default="sim",
    show_default=True,
    help="`sim` starts a simulated board for this run. Or a port: /dev/ttyACM0, COM5, any pyserial URL, "
    "or the name of a board that `tinyhil sim start` started.",
)
@click.option("--fqbn", metavar="F", help="The board's kind for arduino-cli, where its port does not tell it.")
@click.option(
    "--levels", metavar="A,B,...", help="Levels, separated by commas. [default: fp32,w8a8-asym-ptq,int8-tflite]"
)
@click.option(
    "--data",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Folder of Speech Commands clips. [default: the folder that TINYHIL_DATA names, or the clips that ship]",
)
@click.option("--clips", metavar="N", type=click.IntRange(min=1), help="Only N clips, as many of each label as can be.")
@click.option("--seed", metavar="S", type=int, default=0, show_default=True, help="Which N clips.")
@click.option(
    "--baud", metavar="B", type=click.IntRange(min=1), default=DEFAULT_BAUD, show_default=True, help="Bits per second."
)
@click.option("--no-upload", is_flag=True, help="Neither build nor upload; the board runs the one level already.")
@click.option("--out", metavar="DIR", type=click.Path(path_type=Path), help="Write results.json and junit.xml to DIR.")
@click.option("--json", "as_json", is_flag=True, help="Print the results as JSON instead of the report.")
def run(*, no_upload: bool, **options: Any) -> None:  # noqa: ANN401 - click hands the options of Request by name
    """Run levels on a board and compare it with the host models.

    Builds the sketch for each level with arduino-cli, uploads it, streams clips as audio, and compares features,
    predictions and cycles of each stage with what the host computes.
    """
    sys.exit(execute(Request(upload=not no_upload, **options)))


def execute(request: Request) -> int:
    """Carry out a request, print its report; returns the exit code.

    Raises TinyhilError or HostModelError where nothing could be run at all.
    """
    from harness import selection  # noqa: PLC0415 - so that `tinyhil --help` is quick
    from harness.campaign import Campaign  # noqa: PLC0415
    from harness.report import document, files, progress  # noqa: PLC0415

    started, begin = datetime.now(UTC), time.monotonic()
    models = selection.levels(request.levels)
    if not request.upload and len(models) > 1:
        raise MisuseError("with --no-upload a board runs one level, the one that it has; name it with --levels")
    chosen, available = selection.clips(request.data, request.clips, request.seed)
    if request.out is not None:
        files.prepare(request.out)
    toolchain = _toolchain() if request.upload else None
    with (
        selection.board(request.board, request.fqbn) as board,
        progress.progress(_console(stderr=True), len(chosen)) as observer,
        ThreadPoolExecutor(max_workers=1) as background,
    ):
        campaign = Campaign(board, chosen.clips, observer, baud=request.baud, toolchain=toolchain)
        features = _features(observer, models, chosen)
        heard = background.submit(_voices, models, features)
        verdict = _carry_out(campaign, _expectations(models, features))
        circumstances = document.Circumstances(
            started,
            time.monotonic() - begin,
            _options(request, models),
            _versions(),
            models[0].labels,
            chosen,
            available,
        )
        results = document.document(circumstances, board, campaign.runs, heard.result(), verdict)
    _publish(results, request)
    return verdict.code


def _toolchain() -> Any:  # noqa: ANN401 - ArduinoCli, imported late
    from harness.boards.arduino_cli import ArduinoCli  # noqa: PLC0415

    return ArduinoCli()


def _features(observer: Observer, models: tuple[Model, ...], chosen: Dataset) -> NDArray[np.uint8]:
    """Compute the features of all clips, uint8 (clips, 49, 40), with the golden model's frontend."""
    from host_models import features  # noqa: PLC0415

    observer.step(models[0].level, "asking the host models")
    return features.extract(chosen.samples())


def _expectations(models: tuple[Model, ...], features: NDArray[np.uint8]) -> Iterator[Expectation]:
    """Run each golden model when its turn comes, so that the memory of one level is held at a time."""
    from harness.expectation import Expectation  # noqa: PLC0415

    return (Expectation.of(model, features) for model in models)


def _voices(models: tuple[Model, ...], features: NDArray[np.uint8]) -> Mapping[str, Mapping[str, Voice]]:
    """Ask PyTorch and TensorFlow Lite about each level while the board is busy."""
    from host_models import pytorch, tflite  # noqa: PLC0415

    return {
        model.level: {"pytorch": pytorch.infer(model.level, features), "tflite": tflite.infer(model.level, features)}
        for model in models
    }


def _carry_out(campaign: Campaign, expectations: Iterator[Expectation]) -> Verdict:
    """Run the campaign and judge it, however it ends."""
    from harness import verdict  # noqa: PLC0415

    try:
        campaign.run(expectations)
    except TinyhilError as error:
        return verdict.failed(error)
    except HostModelError as error:
        return verdict.failed(from_host_models(error))
    except KeyboardInterrupt:
        return verdict.interrupted(campaign.runs, campaign.clips)
    return verdict.judge(campaign.runs, campaign.clips)


def _publish(results: Document, request: Request) -> None:
    """Write the files, then print the report, or only the sentence of an error that left nothing to report."""
    from harness import verdict  # noqa: PLC0415
    from harness.report import junit, terminal  # noqa: PLC0415
    from harness.report import results as file  # noqa: PLC0415

    if request.out is not None:
        junit.write(results, request.out)
        file.write(results, request.out)
    failed = results["verdict"]["code"] not in (verdict.AGREEMENT, verdict.DIFFERENCE)
    if failed and (request.as_json or not results["levels"]):
        click.echo(f"tinyhil: {results['verdict']['text']}", err=True)
    if request.as_json:
        click.echo(file.text(results), nl=False)
    elif results["levels"]:
        terminal.show(results, _console(stderr=False))
    if request.out is not None:
        click.echo(f"Results are in {request.out}", err=True)


def _console(*, stderr: bool) -> Console:
    """Make a console that prints what it is given: paths and FQBNs are no markup."""
    from rich.console import Console  # noqa: PLC0415

    class Quiet(Console):
        """A console whose reader may go away, as `head` does, without changing the exit code."""

        def on_broken_pipe(self) -> None:
            """Print nothing more."""
            self.quiet = True
            os.dup2(os.open(os.devnull, os.O_WRONLY), self.file.fileno())

    return Quiet(stderr=stderr, markup=False, emoji=False, highlight=False)


def _options(request: Request, models: tuple[Model, ...]) -> dict[str, Any]:
    """Tell the options as the results schema has them; of a path only the name."""
    return {
        "board": request.board,
        "levels": [model.level for model in models],
        "clips": request.clips,
        "seed": request.seed,
        "baud": request.baud,
        "upload": request.upload,
    }


def _versions() -> dict[str, str]:
    """Versions of what took part, by name."""
    packages = ("tinyhil", "numpy", "pyserial", "pyduinocli", "unicorn")
    return {"python": platform.python_version(), **{name: importlib.metadata.version(name) for name in packages}}
