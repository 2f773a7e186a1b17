"""Which of the programs that build and upload firmware are there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.boards import arduino_home, toolchain
from harness.doctor.finding import Finding, note, ok

if TYPE_CHECKING:
    from harness.boards.toolchain import Tool


def arduino_cli() -> Finding:
    """Look for arduino-cli and its version."""
    tool = toolchain.arduino_cli()
    if toolchain.numbers(tool.version) is None:
        return ok("arduino-cli", f"built from source, which tells no version ({tool.version}), {tool.path}")
    return _found("arduino-cli", tool)


def arm_compiler() -> Finding:
    """Look for the compiler for the simulated boards and its version."""
    return _found("ARM compiler", toolchain.arm_compiler())


def newlib() -> Finding:
    """Look for the compiler's C library."""
    return ok("newlib", str(toolchain.newlib().resolve()))


def ctags() -> Finding:
    """Look for the ctags that arduino-cli runs on each sketch."""
    return ok("ctags", str(arduino_home.find_ctags()))


def command() -> Finding:
    """Look for the command by which arduino-cli uploads to simulated boards."""
    return ok("tinyhil", str(toolchain.find("tinyhil")))


def _found(name: str, tool: Tool) -> Finding:
    if toolchain.numbers(tool.version) is None:
        return note(name, f"it tells no version ({tool.version!r}), {tool.path}", "see that it is a released one")
    return ok(name, f"{tool.version}, {tool.path}")
