"""The command `tinyhil`: its verbs, and the exit code of each kind of error."""

from __future__ import annotations

import sys

import click

from harness.boards.sim_command import sim
from harness.errors import TinyhilError


@click.group()
def tinyhil() -> None:
    """Test keyword-spotting networks on Arduino boards, in the loop with the host models that they came from."""


tinyhil.add_command(sim)


def main() -> None:
    """Run the command line; errors end it with their sentence and their exit code."""
    try:
        tinyhil()
    except TinyhilError as error:
        click.echo(f"tinyhil: {error}", err=True)
        sys.exit(error.exit_code)
