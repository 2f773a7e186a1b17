"""The file that a baseline lies in: sorted, one figure a line, under the schema that ships with this package."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from harness.baseline.record import BASELINE_VERSION
from harness.json_format import JsonFormat
from harness.report import files

if TYPE_CHECKING:
    from pathlib import Path

    from harness.baseline.record import Baseline

_FORMAT = JsonFormat(
    holds="a baseline",
    package="harness.baseline",
    schema_file="baseline.schema.json",
    version_field="baseline_version",
    version=BASELINE_VERSION,
    remedy="make one with --save-baseline",
)
_NUMBERS = re.compile(r"\[[\d\s,]+\]")


def read(path: Path) -> Baseline:
    """Read a baseline. Raises DataError that names file, field and what to do."""
    return _FORMAT.read(path)


def prepare(path: Path) -> None:
    """Make the folder of a file that is to be written. Raises DataError where that or the file can't be."""
    files.require_file_or_nothing(path)
    files.prepare(path.parent)


def write(baseline: Baseline, path: Path) -> None:
    """Write a baseline so that a review shows each changed figure as a line; lists of numbers take one line.

    Raises DataError where it breaks the schema or can't be written.
    """
    _FORMAT.check(baseline, str(path))
    text = json.dumps(baseline, indent=1, sort_keys=True, allow_nan=False, ensure_ascii=False)
    files.write(path, _NUMBERS.sub(lambda numbers: " ".join(numbers[0].split()), text) + "\n")
