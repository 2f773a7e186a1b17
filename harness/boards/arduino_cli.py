"""arduino-cli as the one road to every board: it compiles a sketch, uploads it, and tells which boards are there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from harness import sketchbook
from harness.boards import build_directory, memory_overflow, ports, sketch_copy, toolchain
from harness.boards.arduino_commands import ArduinoCommands, CommandError
from harness.boards.arduino_home import ArduinoHome, fingerprint
from harness.boards.build import Build, memory_bytes
from harness.boards.file_lock import file_lock
from harness.deadline import Deadline
from harness.errors import DataError, ToolchainError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from harness.boards.ports import ConnectedBoard

OUR_PACKAGE = "tinyhil"
"""The vendor part of the FQBNs whose platform is in our sketchbook."""
_OTHER_BUILDS_S = 300.0


class ArduinoCli:
    """The arduino-cli on the PATH, with a configuration for each kind of board.

    For `tinyhil:*` boards it has a configuration and data of our own. Any other board's core is in the user's own
    Arduino set-up, which is used as it stands; only our libraries are named on the command line.
    """

    def __init__(self) -> None:
        """Prepare our own configuration. Raises ToolchainError where a tool is missing or too old."""
        self._home = ArduinoHome.prepare()
        self._ours = ArduinoCommands(self._home.configuration)
        self._users = ArduinoCommands(None)

    def build(self, sketch: Path, fqbn: str, headers: Mapping[str, str], output: Path) -> Build:
        """Compile `sketch` with generated `headers` (name: text) for the board `fqbn`; the program goes to `output`.

        A copy of the sketch is compiled at a place that depends on board and sketch alone, so core and libraries are
        compiled once. Builds for one board wait for each other. Raises ToolchainError with the compiler's words, or
        with one sentence where the program is too big for the board, DataError where there is no room on the disk.
        """
        if _is_ours(fqbn):
            toolchain.require_arm_compiler()
            self._home.install_ctags()
        sketch = sketch.resolve()
        place = self._home.builds / re.sub(r"[^A-Za-z0-9.]+", "-", fqbn)
        copy = place / f"{sketch.name}-{fingerprint(sketch)}" / sketch.name
        output.mkdir(parents=True, exist_ok=True)
        with file_lock(place / "lock", Deadline(_OTHER_BUILDS_S), "build"):
            try:
                sketch_copy.update(copy, sketch, headers)
            except OSError as error:
                raise DataError(
                    f"{copy} can't be written: {error.strerror}; make room, or set TINYHIL_HOME to another folder"
                ) from error
            with build_directory.kept_whole(copy.parent / "build") as build_path:
                try:
                    result = self._compile(copy, build_path, fqbn, output.resolve())
                except ToolchainError as error:
                    raise ToolchainError(sketch_copy.original_names(str(error), copy, sketch, headers)) from error
        elf = output.resolve() / f"{sketch.name}.ino.elf"
        flash_bytes, ram_bytes = memory_bytes(elf)
        properties = _properties(result)
        return Build(
            sketch=sketch,
            fqbn=fqbn,
            elf=elf,
            flash_bytes=flash_bytes,
            ram_bytes=ram_bytes,
            core=f"{result['build_platform']['id']} {result['build_platform']['version']}",
            compiler=toolchain.version(properties["compiler.path"] + properties["compiler.cpp.cmd"]),
            flags=properties["compiler.cpp.flags"],
        )

    def _compile(self, copy: Path, build_path: Path, fqbn: str, output: Path) -> dict[str, Any]:
        """Compile the sketch `copy` in `build_path` and return arduino-cli's `builder_result`."""
        try:
            compiled = self._commands(fqbn).compile(
                sketch=str(copy),
                fqbn=fqbn,
                build_path=str(build_path),
                output_dir=str(output),
                library=None if _is_ours(fqbn) else [str(path) for path in _libraries()],
            )
        except CommandError as error:
            if sentence := memory_overflow.sentence(error.result, copy.name, fqbn):
                raise ToolchainError(sentence) from error
            if "platform not installed" not in str(error):
                raise
            platform = ":".join(fqbn.split(":")[:2])
            raise ToolchainError(
                f"the Arduino core of {fqbn} is not installed; get it with "
                f"`arduino-cli core update-index && arduino-cli core install {platform}`"
            ) from error
        result: dict[str, Any] = compiled["builder_result"]
        return result

    def upload(self, build: Build, port: str) -> str:
        """Put `build` on the board at `port`; returns the port's name afterwards, which may be another.

        Raises ToolchainError with the upload tool's words.
        """
        if _is_ours(build.fqbn):
            toolchain.find("tinyhil")
        result = self._commands(build.fqbn).upload(fqbn=build.fqbn, input_file=str(build.elf), port=port)
        updated = result.get("updated_upload_port") or {}
        return str(updated.get("address") or port)

    def boards(self) -> tuple[ConnectedBoard, ...]:
        """List the boards that can be reached now: the simulated ones that run, then this computer's serial ports."""
        simulated = ports.simulated()
        if simulated:
            detected = {each["port"]["address"] for each in self._ours.board.list().get("detected_ports") or []}
            simulated = tuple(board for board in simulated if board.port in detected)
        return simulated + ports.attached()

    def _commands(self, fqbn: str) -> ArduinoCommands:
        return self._ours if _is_ours(fqbn) else self._users


def _is_ours(fqbn: str) -> bool:
    return fqbn.partition(":")[0] == OUR_PACKAGE


def _libraries() -> list[Path]:
    """Our sketchbook's libraries."""
    return sorted(path.parent for path in (sketchbook.root() / "libraries").glob("*/library.properties"))


def _properties(result: dict[str, Any]) -> dict[str, str]:
    """Arduino's build properties, which arduino-cli lists as `name=value`."""
    pairs = (line.partition("=") for line in result["build_properties"])
    return {name: value for name, _, value in pairs}
