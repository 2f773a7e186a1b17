"""The verb `tinyhil boards`: which boards can be reached now, and how to name them."""

from __future__ import annotations

import json
from dataclasses import asdict

import click


@click.command()
@click.option("--json", "as_json", is_flag=True, help="As a list of JSON objects.")
def boards(*, as_json: bool) -> None:
    """List attached and simulated boards, each with its port, kind, serial number and product."""
    from harness.boards.arduino_cli import ArduinoCli  # noqa: PLC0415 - so that `tinyhil --help` is quick

    found = ArduinoCli().boards()
    if as_json:
        click.echo(json.dumps([asdict(board) for board in found]))
        return
    for board in found:
        words = (board.port, board.fqbn or "unknown kind", board.serial_number or "no serial number", board.product)
        click.echo("  ".join((*words, "in its bootloader") if board.in_bootloader else words))
    if not found:
        click.echo("no boards; `tinyhil run` starts a simulated one by itself", err=True)
