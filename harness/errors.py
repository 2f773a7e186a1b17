"""The errors that end a command, each with the exit code that tells its kind."""

from __future__ import annotations

from host_models.errors import HostModelError, LevelError


class TinyhilError(Exception):
    """What went wrong, where, and what to do next, in one sentence; the base of all errors shown to people."""

    exit_code = 3


class MisuseError(TinyhilError):
    """The command was asked for something that it does not have: an option, a level, a file of the wrong kind."""

    exit_code = 2


class BoardError(TinyhilError):
    """A board, its port or its firmware did not do what was asked of it."""

    exit_code = 3


class ToolchainError(TinyhilError):
    """arduino-cli, a compiler or another tool is missing or failed."""

    exit_code = 3


class DataError(TinyhilError):
    """Audio, a results file or the disk could not be used."""

    exit_code = 4


def from_host_models(error: HostModelError) -> TinyhilError:
    """Give an error of the host models, which know no exit codes, the one that its kind has."""
    return MisuseError(str(error)) if isinstance(error, LevelError) else DataError(str(error))
