"""The verbs of `tinyhil sim`: simulated boards to start, stop, list, upload to, and have discovered."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.errors import MisuseError

if TYPE_CHECKING:
    from harness.boards.registry import RunningBoard


@click.group()
def sim() -> None:
    """Run simulated boards: each an Arduino Nano 33 BLE in a process of its own, with a serial port."""


@sim.command()
@click.option("--name", help="Its name; nano33ble, or the next free name, by default.")
@click.option("--rename-port", is_flag=True, help="After each upload its port comes back under another name.")
@click.option(
    "--return-ms", default=250.0, show_default=True, help="Milliseconds until the port is back after an upload."
)
@click.option(
    "--jitter-ms", default=0.0, help="Delay bytes in both directions by random times up to this, as a busy host does."
)
@click.option("--seed", default=0, help="Seed of these random times.")
@click.option("--skip-sleep", is_flag=True, help="Skip the time in which the firmware sleeps until a timer fires.")
@click.option("--no-return", is_flag=True, help="After an upload its port does not come back, until a reset.")
@click.option("--refused-uploads", default=0, metavar="N", help="Its first N uploads fail.")
@click.option(
    "--bootloader-stays", default=0, metavar="N", help="After its first N uploads it stays in its bootloader."
)
@click.option("--boot-text", default="", metavar="TEXT", help="What its port says first after each start.")
@click.option("--foreground", is_flag=True, help="Stay, and stop the board with ctrl-C or when this command ends.")
def start(*, foreground: bool, **chosen: Any) -> None:  # noqa: ANN401 - click hands the options by name
    """Start a simulated board and print where it is.

    It runs until `tinyhil sim stop`. Its port is a pseudo-terminal that any serial program opens; the URL is for
    pyserial's serial_for_url, and so is sim://NAME where a program has added harness.boards to
    serial.protocol_handler_packages.
    """
    from harness.boards.launch import SimulationOptions, launch  # noqa: PLC0415 - only the verb that needs it pays

    options = SimulationOptions(owned=foreground, **chosen)
    process, board = launch(options)
    click.echo(f"{board.name} is at {board.port} and {board.url}")
    if foreground:
        try:
            sys.exit(process.wait())
        except KeyboardInterrupt:
            _stop(board)
            sys.exit(130)


@sim.command()
@click.argument("names", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Stop all boards of this user.")
def stop(names: tuple[str, ...], *, everything: bool) -> None:
    """Stop the boards NAMES; without a name the one that runs."""
    from harness.boards import registry  # noqa: PLC0415

    boards = registry.running() if everything or not names else tuple(registry.find(name) for name in names)
    if not names and not everything and len(boards) != 1:
        found = ", ".join(board.name for board in boards) or "none"
        raise MisuseError(f"say which board to stop, or --all (running: {found})")
    for board in boards:
        _stop(board)
        click.echo(f"{board.name} stopped")


@sim.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="As a list of JSON objects.")
def list_boards(*, as_json: bool) -> None:
    """List the simulated boards that run, with their ports."""
    from harness.boards import registry  # noqa: PLC0415

    boards = [
        {"name": board.name, "state": _state(board), "port": board.port, "url": board.url, "log": board.log}
        for board in registry.running()
    ]
    if as_json:
        click.echo(json.dumps(boards, indent=2))
        return
    if not boards:
        click.echo("no simulated board runs; start one with: tinyhil sim start")
    for board in boards:
        click.echo("  ".join((board["name"].ljust(12), board["state"].ljust(8), board["port"], board["url"])))


@sim.command()
@click.option("--port", required=True, help="Port, URL or name of a simulated board that runs.")
@click.option("--file", "elf", required=True, type=click.Path(path_type=Path), help="The ELF that arduino-cli built.")
def upload(port: str, elf: Path) -> None:
    """Hand a program to a simulated board: what arduino-cli's upload runs."""
    from harness.boards import registry  # noqa: PLC0415
    from harness.boards.control import Control  # noqa: PLC0415

    board = registry.find(port)
    with Control(board) as control:
        control.upload(elf.resolve())
        click.echo(f"{board.name} runs {elf.name}")


@sim.command()
def discovery() -> None:
    """Serve Arduino's pluggable discovery on the standard input and output, for arduino-cli."""
    from harness.boards.discovery import Discovery  # noqa: PLC0415

    Discovery(sys.stdin, sys.stdout).run()


def _state(board: RunningBoard) -> str:
    from harness.boards.control import Control  # noqa: PLC0415
    from harness.errors import BoardError  # noqa: PLC0415

    try:
        with Control(board, answer_s=2.0) as control:
            return control.info().state
    except BoardError:
        return "silent"


def _stop(board: RunningBoard) -> None:
    """Ask the board to stop; end a process that does not."""
    from harness.boards.stopping import stop_board  # noqa: PLC0415

    stop_board(board)
