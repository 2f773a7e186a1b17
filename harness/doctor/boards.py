"""Which boards and serial ports there are, and whether this user can work with them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from harness.boards import arduino_commands, operating_system, ports, registry, toolchain
from harness.boards.control import Control
from harness.boards.kinds import KINDS
from harness.doctor.finding import Finding, note, ok
from harness.errors import BoardError, ToolchainError

if TYPE_CHECKING:
    from harness.boards.ports import ConnectedBoard
    from harness.boards.registry import RunningBoard

_ANSWER_S = 5.0


def attached() -> tuple[Finding, ...]:
    """Look at each serial port, without opening it, since that resets some boards."""
    found = ports.attached()
    return tuple(_port(board) for board in found) or (ok("ports", "no board attached; a run starts a simulated one"),)


def simulated() -> tuple[Finding, ...]:
    """Ask each simulated board that runs how it is."""
    running = registry.running()
    return tuple(_running(board) for board in running) or (ok("simulated boards", "none runs"),)


def cores() -> tuple[Finding, ...]:
    """Look for the Arduino core of each kind of board that is known, in the user's own Arduino set-up."""
    try:
        folders = _data_folders()
    except ToolchainError:
        return (note("cores", "not looked for, since arduino-cli can't be asked where they are"),)
    return tuple(_core(fqbn, folders) for fqbn in dict.fromkeys(kind.fqbn for kind in KINDS))


def _port(board: ConnectedBoard) -> Finding:
    number = f", serial number {board.serial_number}" if board.serial_number else ""
    where = " in its bootloader" if board.in_bootloader else ""
    found = f"{board.product}{where}, {board.fqbn or 'unknown kind'}{number}"
    if not _may_be_opened(Path(board.port)):
        remedy = "where you want it: on Linux join its group with `sudo usermod -aG dialout $USER`, then log in anew"
        return note(board.port, f"{found}; it may not be opened by you", remedy)
    if board.fqbn is None:
        return ok(board.port, f"{found}: a run needs --fqbn for it")
    return ok(board.port, found)


def _may_be_opened(path: Path) -> bool:
    """Whether permissions let this user read and write `path`; true where the system has no such paths."""
    if not path.exists():
        return True
    return os.access(path, os.R_OK | os.W_OK, effective_ids=os.access in os.supports_effective_ids)


def _running(board: RunningBoard) -> Finding:
    try:
        with Control(board, answer_s=_ANSWER_S) as control:
            state = control.info().state
    except BoardError as error:
        return note(board.name, f"a simulated board that does not answer: {error}", f"`tinyhil sim stop {board.name}`")
    return ok(board.name, f"a simulated board, {state}, {board.port}")


def _core(fqbn: str, data_folders: list[Path]) -> Finding:
    platform = ":".join(fqbn.split(":")[:2])
    versions = _installed(platform, data_folders)
    if not versions:
        return note(
            f"core {platform}",
            f"not installed; a run on an attached {fqbn} needs it",
            f"where you have one: `arduino-cli core update-index && arduino-cli core install {platform}`",
        )
    return ok(f"core {platform}", ", ".join(versions))


def _installed(platform: str, data_folders: list[Path]) -> list[str]:
    """List the versions of an Arduino core in the user's set-up, whose folders Arduino's platform specification tells.

    `arduino-cli core list` says the same, but makes a set-up where there is none, and downloads indexes into it.
    """
    vendor, architecture = platform.split(":")
    folders = [folder / "packages" / vendor / "hardware" / architecture for folder in data_folders]
    return sorted(path.name for folder in folders if folder.is_dir() for path in folder.iterdir() if path.is_dir())


def _data_folders() -> list[Path]:
    """Tell the data directory of the user's arduino-cli, or none where the user has no Arduino set-up."""
    named = any(os.environ.get(f"ARDUINO_{name}") for name in ("DIRECTORIES_DATA", "CONFIG_FILE"))
    if not named and not operating_system.arduino_data().is_dir():
        return []
    command = [str(toolchain.arduino_cli().path), "--json", "config", "get", "directories.data"]
    out, _, code = arduino_commands.run(command, _ANSWER_S)
    return [Path(json.loads(out))] if code == 0 else []
