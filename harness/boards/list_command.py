"""The verb `tinyhil boards`: which boards can be reached now, and how to name them."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click


@click.command()
@click.option(
    "--hardware-map",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="List the boards of this map instead, each with the port at which it is.",
)
@click.option("--json", "as_json", is_flag=True, help="As a list of JSON objects.")
def boards(*, hardware_map: Path | None, as_json: bool) -> None:
    """List attached and simulated boards, each with its port, kind, serial number and product."""
    if hardware_map is not None:
        _list_mapped(hardware_map, as_json=as_json)
        return
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


def _list_mapped(path: Path, *, as_json: bool) -> None:
    """List the boards of a hardware map."""
    from harness.boards.hardware_map import HardwareMap  # noqa: PLC0415

    mapped = HardwareMap.load(path).boards
    if as_json:
        click.echo(json.dumps([asdict(board) | {"port": board.port} for board in mapped]))
        return
    for board in mapped:
        place = board.port if board.connected else "not connected"
        click.echo("  ".join((board.id, place, board.platform, *board.fixtures)))
