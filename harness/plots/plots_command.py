"""The verb `tinyhil plots`: draws what a results file tells of its levels."""

from __future__ import annotations

from pathlib import Path

import click

from harness.analysis.table import Table
from harness.report import results

FOLDER = "plots"
"""Where plots go beside a results file, unless another place is named."""

_EPILOG = """\b
Examples:
  tinyhil run --levels all --out results --plots
  tinyhil plots results/results.json
  tinyhil plots results/results.json --out figures
"""


@click.command(epilog=_EPILOG)
@click.argument("file", metavar="RESULTS.JSON", type=click.Path(path_type=Path))
@click.option(
    "--out", metavar="DIR", type=click.Path(path_type=Path), help="Where to. [default: plots/ beside the results]"
)
def plots(file: Path, out: Path | None) -> None:
    """Draw accuracy against bits, size, work and time, as PNG and SVG.

    Each plot has its finding as its title. A plot for which the campaign lacks levels or figures is left out, with the
    reason.
    """
    table = Table.of(results.read(file))
    from harness.plots import files  # noqa: PLC0415 - a damaged file is told before matplotlib is loaded

    for line in files.write(table, out or file.parent / FOLDER):
        click.echo(line)
