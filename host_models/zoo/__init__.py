"""The levels that ship with this package, as arrays and as TensorFlow Lite files; loading one runs no code."""

from __future__ import annotations

import io
import zipfile
import zlib
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from host_models import matrix
from host_models.errors import HostModelError, LevelError
from host_models.level import parse
from host_models.model import FloatModel, Logits, MinifloatModel, Model, QuantizedModel
from host_models.zoo import checksums

FORMAT_VERSION = 1
"""Version of the .npz files, raised when a field changes its meaning."""

_FOLDER = Path(__file__).parent
_ORDER = {str(level): place for place, level in enumerate((*matrix.levels(), *matrix.float_levels()))}
"""Levels that come first in a list, with their places; others follow by name."""

_NAMED = 3
"""Levels that a sentence on a missing one names."""

_KINDS: dict[str, type[FloatModel | QuantizedModel]] = {
    "float": FloatModel,
    "quantized": QuantizedModel,
    "minifloat": MinifloatModel,
}
_OTHER_FIELDS = {"format_version", "kind"}


def levels(folder: Path = _FOLDER) -> tuple[str, ...]:
    """Ids of the levels that are there, those of the matrix first, in its order."""
    there = sorted(path.name.removesuffix(".npz") for path in folder.glob("*.npz"))
    return tuple(sorted(there, key=lambda level: _ORDER.get(level, len(_ORDER))))


def load(level: str, folder: Path = _FOLDER) -> Model:
    """Load a level by its id.

    Raises LevelError where the id does not parse or the zoo lacks the level, HostModelError where one of its files is
    cut short, altered or of another version.
    """
    canonical = str(parse(level))
    path = folder / f"{canonical}.npz"
    if not path.is_file():
        raise LevelError(
            f"level {canonical} is not in the zoo, which has {_summary(levels(folder))}; "
            f"make it with python -m host_models.training --levels {canonical}"
        )
    if tflite := tflite_path(canonical, folder):
        checksums.read(tflite)
    data = checksums.read(path)
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (OSError, ValueError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        raise HostModelError(f"{path} can't be read ({error}); get the zoo again") from None
    model = _model(path, arrays)
    if model.level != canonical:
        raise HostModelError(f"{path} holds the level {model.level}; rename it, or make it again")
    return model


def save(model: Model, folder: Path) -> Path:
    """Write a level into a folder, the same bytes for the same model; returns the file."""
    kind = next(name for name, kind in _KINDS.items() if type(model) is kind)
    arrays: dict[str, Any] = {field.name: np.asarray(getattr(model, field.name)) for field in fields(model)}
    path = folder / f"{parse(model.level)}.npz"
    np.savez_compressed(
        path, allow_pickle=False, format_version=np.asarray(FORMAT_VERSION), kind=np.asarray(kind), **arrays
    )
    checksums.record(path)
    return path


def save_tflite(level: str, file: bytes, folder: Path) -> Path:
    """Write the TensorFlow Lite file of a level into a folder; returns the file."""
    path = folder / f"{parse(level)}.tflite"
    path.write_bytes(file)
    checksums.record(path)
    return path


def tflite_path(level: str, folder: Path = _FOLDER) -> Path | None:
    """Return the TensorFlow Lite file of a level, or None where the level does not exist there."""
    path = folder / f"{level}.tflite"
    return path if path.is_file() else None


def _summary(ids: tuple[str, ...]) -> str:
    """Name the first levels, and count the others."""
    more = f" and {len(ids) - _NAMED} more" if len(ids) > _NAMED else ""
    return (", ".join(ids[:_NAMED]) or "none") + more


def _model(path: Path, arrays: dict[str, Any]) -> Model:
    """Make a model of a file's arrays. Raises HostModelError where they are not what this version needs."""
    version = int(arrays.get("format_version", 0))
    if version != FORMAT_VERSION:
        raise HostModelError(f"{path} has format version {version}, this program reads {FORMAT_VERSION}; make it again")
    kind = _KINDS.get(str(arrays.get("kind")))
    if kind is None:
        raise HostModelError(f"{path} holds a model of the unknown kind {arrays.get('kind')}; make it again")
    wanted = {field.name for field in fields(kind)}
    if wanted != arrays.keys() - _OTHER_FIELDS:
        odd = ", ".join(sorted(wanted ^ (arrays.keys() - _OTHER_FIELDS)))
        raise HostModelError(f"{path} does not have the fields of its kind (see {odd}); make it again")
    values = {name: array if array.ndim else array.item() for name, array in arrays.items() if name in wanted}
    values["labels"] = tuple(str(label) for label in arrays["labels"])
    if kind is FloatModel:
        values["input_scale"] = np.float32(values["input_scale"])
    else:
        values["logits"] = Logits(values["logits"])
    return kind(**values)
