"""The verb `tinyhil doctor`: all checks, in the order in which their remedies are needed."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from harness import asked_to_end
from harness.doctor import proof
from harness.doctor.examination import Check, examine
from harness.doctor.simulator import COMPILING_S

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.doctor.finding import Finding

NOT_READY = 3
CHECKS = (
    Check("Python", "python.interpreter"),
    Check("packages", "python.packages"),
    Check("extras", "python.extras"),
    Check("tinyhil", "tools.command"),
    Check("arduino-cli", "tools.arduino_cli"),
    Check("ARM compiler", "tools.arm_compiler"),
    Check("newlib", "tools.newlib"),
    Check("ctags", "tools.ctags"),
    Check("sketchbook", "places.sketches"),
    Check("builds", "places.builds"),
    Check("temporary files", "places.temporary"),
    Check("running boards", "places.running_boards"),
    Check("simulator", "simulator.native_parts", COMPILING_S),
    Check("zoo", "models.levels"),
    Check("TensorFlow Lite", "models.tensorflow_lite"),
    Check("clips", "models.shipped_clips"),
    Check("TINYHIL_DATA", "models.users_clips"),
    Check("ports", "boards.attached"),
    Check("cores", "boards.cores"),
    Check("simulated boards", "boards.simulated"),
)


@click.command()
@click.option("--quick", is_flag=True, help="Leave out the proof, which builds a sketch and asks a simulated board.")
@click.option("--json", "as_json", is_flag=True, help="As a JSON object: ready, advice, findings.")
def doctor(*, quick: bool, as_json: bool) -> None:
    """Check the whole installation and say what to do.

    Each line is ok, note (something is left out that a run without options does not need) or fail; then one clip is
    answered by a simulated board. Exit code 0 where `tinyhil run` has all that it needs, else 3.
    """
    from rich.console import Console  # noqa: PLC0415 - so that `tinyhil doctor --help` is quick

    from harness.doctor import report  # noqa: PLC0415

    with asked_to_end.as_interruption(), Console(stderr=True).status("checking") as status:
        findings: list[Finding] = []
        for name, found in _findings(quick=quick):
            findings += found
            status.update(f"checked {name}")
    if as_json:
        click.echo(json.dumps(report.document(findings), indent=2))
    else:
        report.show(findings, Console(markup=False, emoji=False, highlight=False))
    sys.exit(0 if report.ready(findings) else NOT_READY)


def _findings(*, quick: bool) -> Iterator[tuple[str, tuple[Finding, ...]]]:
    """Carry out the checks, then the proof, which bounds itself and is no thread: an interruption ends it."""
    for check in CHECKS:
        yield check.name, examine(check)
    if not quick:
        yield proof.NAME, (proof.prove(),)
