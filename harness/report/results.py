"""results.json: written and read under the schema that ships with this package."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from harness.json_format import JsonFormat
from harness.report import files
from harness.report.document import SCHEMA_VERSION, Document

if TYPE_CHECKING:
    from pathlib import Path

FILE = "results.json"
_FORMAT = JsonFormat(
    holds="results",
    package="harness.report",
    schema_file="results.schema.json",
    version_field="schema_version",
    version=SCHEMA_VERSION,
    remedy="run the campaign again",
)


def text(document: Document) -> str:
    """Write a document as JSON, one line a value that holds no others. Raises DataError where it breaks the schema."""
    check(document, FILE)
    return json.dumps(document, indent=1, allow_nan=False, ensure_ascii=False) + "\n"


def write(document: Document, folder: Path) -> Path:
    """Write results.json into `folder`; returns its path. Raises DataError where it can't be written."""
    path = folder / FILE
    files.write(path, text(document))
    return path


def read(path: Path) -> Document:
    """Read a results file. Raises DataError that names file, field and what would be right."""
    return _FORMAT.read(path)


def check(document: object, name: str) -> None:
    """Raise DataError at the first field of `name` that is not as the schema says."""
    _FORMAT.check(document, name)
