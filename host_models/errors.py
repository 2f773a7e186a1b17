"""The errors of the host models, each a sentence that names the file or level and what to do."""

from __future__ import annotations


class HostModelError(Exception):
    """What went wrong with a host model, where, and what to do next; the base of this package's errors."""


class DataError(HostModelError):
    """Audio, a data folder or an archive could not be used."""


class LevelError(HostModelError):
    """A level id does not parse, or no model of that level is there."""
