"""What a check found: one line of the doctor's table."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """How things stand with what was checked."""

    OK = "ok"
    NOTE = "note"
    """Something is left out or unusual; a `tinyhil run` without options goes well."""
    FAIL = "fail"
    """A `tinyhil run` without options can't go well."""


@dataclass(frozen=True)
class Finding:
    """One thing that was checked: how it stands, what was found (versions, paths), what to do where that helps."""

    name: str
    status: Status
    found: str
    remedy: str | None = None


def ok(name: str, found: str) -> Finding:
    """Say that all is well with `name`."""
    return Finding(name, Status.OK, found)


def note(name: str, found: str, remedy: str | None = None) -> Finding:
    """Say something of `name` that a run without options does not mind."""
    return Finding(name, Status.NOTE, found, remedy)


def fail(name: str, found: str, remedy: str | None = None) -> Finding:
    """Say that a run without options needs `name` and can't have it."""
    return Finding(name, Status.FAIL, found, remedy)


def failed(name: str, error: Exception) -> Finding:
    """Split an error's sentence about `name`: what is wrong, and after the last semicolon what to do."""
    found, _, remedy = str(error).rpartition("; ")
    return fail(name, found, remedy) if found else fail(name, remedy)
