"""How a kind of JSON file is checked against its schema when it is written or read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from typing import TYPE_CHECKING, Any

import jsonschema

from harness.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class JsonFormat:
    """A kind of JSON file: an object with a version, under a schema (draft 2020-12) that ships with a package."""

    holds: str
    """What such a file holds, for sentences."""
    package: str
    schema_file: str
    version_field: str
    version: int
    remedy: str
    """What to do about a file that can't be used."""

    def read(self, path: Path) -> dict[str, Any]:
        """Read a file. Raises DataError that names file, field and what would be right."""
        if path.exists() and not path.is_file():  # reading a device or a pipe may never end
            raise DataError(f"{path} is no regular file; {self.remedy}")
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise DataError(f"{path} can't be read: {error.strerror}; {self.remedy}") from None
        except (ValueError, RecursionError) as error:
            raise DataError(f"{path} is not JSON ({error}); {self.remedy}") from None
        self.check(document, str(path))
        return dict(document)

    def check(self, document: object, name: str) -> None:
        """Raise DataError at the first field of `name` that is not as the schema says."""
        version = document.get(self.version_field) if isinstance(document, dict) else None
        if version is None:
            raise DataError(f"{name} does not hold {self.holds}: it has no {self.version_field}; {self.remedy}")
        if version != self.version:
            raise DataError(
                f"{name} has {self.holds} of schema version {version}, this program reads {self.version}; "
                f"{self.remedy}, or use the version that wrote it"
            )
        error = jsonschema.exceptions.best_match(self._validator.iter_errors(document))
        if error is not None:
            raise DataError(f"{name}: {error.json_path} is not as the schema says: {error.message}; {self.remedy}")

    @cached_property
    def schema(self) -> dict[str, Any]:
        """The JSON schema."""
        source = resources.files(self.package).joinpath(self.schema_file)
        return dict(json.loads(source.read_text(encoding="utf-8")))

    @cached_property
    def _validator(self) -> jsonschema.Draft202012Validator:
        return jsonschema.Draft202012Validator(self.schema)
