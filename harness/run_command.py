"""The verb `tinyhil run`: its options, and the help that teaches them."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from harness import asked_to_end

DEFAULT_BAUD = 1_000_000
BAUD_RATES = (110, 8_000_000)
"""The slowest and the fastest line that a board may have: a teletype's, and half of the 16 MHz that UARTE counts."""
INPUTS = ("audio", "features")
"""What may be streamed, the usual one first."""
DEFAULT_LIMIT_PERCENT = 1.0
"""By how much a time of an attached board may grow over its baseline."""

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
  tinyhil run --out results --resume            go on with a campaign that was
                                                interrupted
  tinyhil run --board /dev/ttyACM0 --quick      flash it once, and load each
                                                level's model into its RAM
  tinyhil run --save-baseline ci.json           keep the figures of this run
  tinyhil run --baseline ci.json                exit code 1 where one of them
                                                has changed since

\b
Only the board against the golden model decides: integer levels bit for bit,
float logits within 0.001. PyTorch and TensorFlow Lite are shown beside it.
With --baseline, each changed figure of a simulated board decides too.

\b
Exit codes:
    0  the board agrees with the golden model
    1  a difference from the golden model or the baseline
    2  misuse: an option, a level or a board of the wrong kind, or a baseline or
       answers to resume of another board, build or choice of clips
    3  the board, its firmware or the toolchain failed
    4  audio, a model file or the disk can't be used
  130  interrupted; with --out, what there is so far was written, and --resume
       goes on
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
    warm_up: int | None = None
    resume: bool = False
    plots: bool = False
    input: str = INPUTS[0]
    quick: bool = False
    jobs: int | None = None
    baseline: Path | None = None
    save_baseline: Path | None = None
    baseline_limit: float = DEFAULT_LIMIT_PERCENT


class _Percent(click.FloatRange):
    """A number of per cent; what is no number would compare as neither more nor less, and so never fail a run."""

    name = "percent"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:  # noqa: ANN401 - click's
        """Read it; click's error tells of anything else."""
        percent = float(super().convert(value, param, ctx))
        if not math.isfinite(percent):
            self.fail(f"{value} is no number of per cent.", param, ctx)
        return percent


@click.command(epilog=_EPILOG)
@click.option(
    "--board",
    metavar="sim|mock|PORT",
    default="sim",
    show_default=True,
    help="`sim` starts a simulated board for this run. `mock` needs no toolchain: it answers from the golden model, "
    "without times. Or a port: /dev/ttyACM0, COM5, any pyserial URL, the serial number, name or product of an "
    "attached board, or the name of one that `tinyhil sim start` started.",
)
@click.option(
    "--hardware-map",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Boards as Twister describes them; --board is then the id, port, platform, product or a fixture of one.",
)
@click.option("--fqbn", metavar="F", help="The board's kind for arduino-cli, where its port does not tell it.")
@click.option(
    "--levels",
    metavar="A,B,...",
    help="Levels, separated by commas; `all` stands for those of the matrix. [default: fp32,w8a8-asym-ptq,int8-tflite]",
)
@click.option(
    "--data",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Folder of Speech Commands clips. [default: the folder that TINYHIL_DATA names, or the clips that ship]",
)
@click.option("--clips", metavar="N", type=click.IntRange(min=1), help="Only N clips, as many of each label as can be.")
@click.option(
    "--seed",
    metavar="S",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Which of them --clips chooses.",
)
@click.option(
    "--baud",
    metavar="B",
    type=click.IntRange(*BAUD_RATES),
    default=DEFAULT_BAUD,
    show_default=True,
    help="Bits per second on the serial line.",
)
@click.option(
    "--input",
    type=click.Choice(INPUTS),
    default=INPUTS[0],
    show_default=True,
    help="`features` leaves preprocessing to the host: many times quicker, and its stage is not timed.",
)
@click.option(
    "--jobs",
    metavar="N",
    type=click.IntRange(min=1),
    help="Simulated boards that run levels side by side. [default: one a core]",
)
@click.option(
    "--quick",
    is_flag=True,
    help="Upload one firmware that has all kernels, and load each level's model into its RAM: times and bytes are not "
    "those of a model in flash.",
)
@click.option(
    "--no-upload",
    is_flag=True,
    help="Neither build nor upload; the board runs the one level already, or with --quick the quick firmware.",
)
@click.option(
    "--warm-up",
    metavar="N",
    type=click.IntRange(min=0),
    help="Clips sent before the first that counts. [default: 2 on an attached board, else 0]",
)
@click.option(
    "--out",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Write results.json, junit.xml and, as they come, all answers to DIR; what an earlier run left there moves to "
    "DIR/previous.",
)
@click.option(
    "--resume",
    is_flag=True,
    help="Go on with the campaign in --out DIR, however it ended, without a clip that it has an answer for.",
)
@click.option(
    "--plots",
    is_flag=True,
    help="With --out: draw the levels beside each other into DIR/plots, as `tinyhil plots` does.",
)
@click.option(
    "--save-baseline",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Save cycles, bytes and predictions for later runs, where the board agrees with the golden model.",
)
@click.option(
    "--baseline",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Hold cycles, bytes and predictions against those that an earlier run saved.",
)
@click.option(
    "--baseline-limit",
    metavar="P",
    type=_Percent(min=0),
    default=DEFAULT_LIMIT_PERCENT,
    show_default=True,
    help="Per cent by which an attached board may be slower than its baseline; a simulated one may by none.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the results as JSON instead of the report.")
@click.pass_context
def run(
    context: click.Context,
    /,
    *,
    no_upload: bool,
    hardware_map: Path | None,
    **options: Any,  # noqa: ANN401 - click hands the options of Request by name
) -> None:
    """Run levels on a board and compare it with the host models.

    Builds the sketch for each level with arduino-cli, uploads it, streams clips as audio, and compares features,
    predictions and cycles of each stage with what the host computes.
    """
    from harness import execution  # noqa: PLC0415 - so that `tinyhil --help` is quick

    if hardware_map is not None:
        named = context.get_parameter_source("board") is not ParameterSource.DEFAULT
        options |= _mapped(hardware_map, options["board"] if named else None, options["fqbn"])
    with asked_to_end.as_interruption():
        sys.exit(execution.execute(Request(upload=not no_upload, **options)))


def _mapped(hardware_map: Path, word: str | None, fqbn: str | None) -> dict[str, str]:
    """Port and kind of the board that `word` means in a hardware map, or of the only one there."""
    from harness.boards.hardware_map import HardwareMap  # noqa: PLC0415 - only a run with a map pays for YAML

    board = HardwareMap.load(hardware_map).choose(word)
    return {"board": board.port, "fqbn": fqbn or board.fqbn}
