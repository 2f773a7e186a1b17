"""Runs of arduino-cli: pyduinocli's commands, each with an environment, a deadline and errors of ours."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

from pyduinocli.commands.base import CommandBase
from pyduinocli.commands.board import BoardCommand
from pyduinocli.commands.compile import CompileCommand
from pyduinocli.commands.upload import UploadCommand

from harness.boards import operating_system, toolchain
from harness.errors import DataError, ToolchainError, disk_complaint

if TYPE_CHECKING:
    from pathlib import Path

_LAST_LINES = 60


class CommandError(ToolchainError):
    """arduino-cli ended badly; `result` is the JSON object that it printed, empty where it printed none."""

    def __init__(self, message: str, result: dict[str, Any]) -> None:
        """Keep what it said as a text and as it was printed."""
        super().__init__(message)
        self.result = result


class _Bounded(CommandBase):
    """A command that ends by its deadline together with all that it started."""

    deadline_s = 60.0

    def _exec(self, args: list[str]) -> dict[str, Any]:
        """Run it and return the JSON that arduino-cli prints.

        Raises CommandError with arduino-cli's own words, DataError where it or a tool that it ran had no room.
        """
        command = [*self._base_args, *args]
        out, err, code = run(command, self.deadline_s)
        if code != 0:
            verb, result = self._base_args[-1], _json(out) or _json(err)
            said = explain(verb, result, err)
            if full := disk_complaint(said):
                raise DataError(
                    f"the disk failed during arduino-cli {verb} ({full}); make room, or set TINYHIL_HOME and TMPDIR to "
                    "folders that can be written"
                )
            raise CommandError(said, result)
        return _json(out)


class _Compile(_Bounded, CompileCommand):
    deadline_s = 120.0


class _Upload(_Bounded, UploadCommand):
    pass


class _Board(_Bounded, BoardCommand):
    pass


class ArduinoCommands:
    """`compile`, `upload` and `board` of the arduino-cli on the PATH, under one configuration.

    `configuration` is a configuration file of ours; None means the user's own.
    """

    def __init__(self, configuration: Path | None) -> None:
        """Find arduino-cli. Raises ToolchainError where there is none, or it is too old."""
        base = [str(toolchain.arduino_cli().path), "--json", "--no-color"]
        if configuration is not None:
            base += ["--config-file", str(configuration)]
        self.compile = _Compile(base)
        self.upload = _Upload(base)
        self.board = _Board(base)


def run(command: list[str], deadline_s: float) -> tuple[str, str, int]:
    """Run `command` and return what it wrote to standard output and error, and its exit status.

    Tools are found on our search path, speak English, whose words are looked for in what they say, and no ARDUINO_*
    variable changes the configuration that was chosen.
    Raises ToolchainError when it is late; it is then killed with all that it started.
    """
    ours = "--config-file" in command
    environment = {name: value for name, value in os.environ.items() if not (ours and name.startswith("ARDUINO_"))}
    environment |= {"PATH": toolchain.search_path(), "LC_ALL": "C"}
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        env=environment,
        start_new_session=True,
        close_fds=False,  # it goes on where we are killed, and holds our locks until it is done
    ) as process:
        try:
            out, err = process.communicate(timeout=deadline_s)
        except subprocess.TimeoutExpired:
            raise ToolchainError(f"`{' '.join(command)}` was not done within {deadline_s:.0f} s") from None
        finally:
            if process.poll() is None:
                operating_system.kill_with_children(process)
    return out, err, process.returncode


def _json(text: str) -> dict[str, Any]:
    """Return the JSON object `text`, empty where it is none."""
    try:
        parsed = json.loads(text)
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def explain(verb: str, result: dict[str, Any], stderr: str) -> str:
    """One text for what arduino-cli said when `verb` failed: its sentence, then the tool's own words."""
    said = str(result.get("error") or stderr.strip() or "it gave no reason")
    details = [str(result.get(key, "")).strip() for key in ("compiler_err", "stderr")]
    output = result.get("output")
    if isinstance(output, dict):
        details += [str(output.get(key, "")).strip() for key in ("stdout", "stderr")]
    lines = "\n".join(text for text in details if text).splitlines()
    return "\n".join([f"arduino-cli {verb} failed: {said}", *lines[-_LAST_LINES:]])
