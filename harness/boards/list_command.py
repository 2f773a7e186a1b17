"""The verb `tinyhil boards`: which boards can be reached now, and how to name them."""

from __future__ import annotations

import json
from dataclasses import asdict

import click


@click.command()
@click.option("--json", "as_json", is_flag=True, help="As a list of JSON objects.")
def boards(*, as_json: bool) -> None:
    """List attached and simulated boards, with the ports that `tinyhil run --board` takes."""
    from harness.boards.arduino_cli import ArduinoCli  # noqa: PLC0415 - so that `tinyhil --help` is quick

    found = ArduinoCli().boards()
    if as_json:
        click.echo(json.dumps([asdict(board) for board in found]))
        return
    for board in found:
        click.echo(f"{board.port}  {board.fqbn or 'unknown kind'}  {board.label}")
    if not found:
        click.echo("no boards; `tinyhil run` starts a simulated one by itself", err=True)
