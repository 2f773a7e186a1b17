"""results.json: written and read under the schema that ships with this package."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

import jsonschema

from harness.errors import DataError
from harness.report import files
from harness.report.document import SCHEMA_VERSION, Document

if TYPE_CHECKING:
    from pathlib import Path

FILE = "results.json"


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
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(f"{path} can't be read: {error.strerror}") from None
    except ValueError as error:
        raise DataError(f"{path} is not JSON ({error}); run the campaign again") from None
    check(document, str(path))
    return dict(document)


def check(document: object, name: str) -> None:
    """Raise DataError at the first field of `name` that is not as the schema says."""
    version = document.get("schema_version") if isinstance(document, dict) else None
    if version != SCHEMA_VERSION:
        raise DataError(
            f"{name} has results of schema version {version}, this program reads {SCHEMA_VERSION}; "
            "run the campaign again, or use the version that wrote it"
        )
    error = jsonschema.exceptions.best_match(_validator().iter_errors(document))
    if error is not None:
        raise DataError(f"{name}: {error.json_path} is not as the schema says: {error.message}")


@cache
def schema() -> Document:
    """Return the JSON schema, draft 2020-12."""
    source = resources.files("harness.report").joinpath("results.schema.json")
    return dict(json.loads(source.read_text(encoding="utf-8")))


@cache
def _validator() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(schema())
