"""The errors that end a command, each with the exit code that tells its kind."""

from __future__ import annotations

import errno
import os
import tempfile
import traceback

from host_models.errors import HostModelError, LevelError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


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


def of_disk(error: OSError) -> DataError:
    """Tell of a file, folder or pipe that failed where nobody expected it: temporary files, standard output."""
    where = f"{error.filename} failed" if error.filename else "the disk or standard output failed"
    remedy = "make room" if error.errno in _FULL else "see to it"
    return DataError(f"{where}: {error.strerror or error}; {remedy}, or set TMPDIR to another folder")


def disk_complaint(text: str) -> str | None:
    """Return the line of a tool's output which says that the disk is full or can't be written, None where none does."""
    signs = [os.strerror(number).lower() for number in (*_FULL, errno.EROFS)]
    return next((line.strip() for line in text.splitlines() if any(sign in line.lower() for sign in signs)), None)


def unforeseen() -> TinyhilError:
    """Keep the traceback of the exception that is being handled in a file, and tell its name."""
    report = traceback.format_exc()
    last = report.strip().splitlines()[-1]
    try:
        with tempfile.NamedTemporaryFile("w", prefix="tinyhil-", suffix=".log", delete=False, encoding="utf-8") as file:
            file.write(report)
    except OSError as error:
        return TinyhilError(f"an error of tinyhil itself: {last}; its report can't be kept ({error.strerror})")
    return TinyhilError(f"an error of tinyhil itself: {last}; please report it with {file.name}")
