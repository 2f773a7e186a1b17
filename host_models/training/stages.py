"""What earlier stages of a training made, in a folder, so that a second start goes on where the first was ended.

A product is kept under the name of its stage and a digest of all that it was made of; it is there whole or not at all.
"""

from __future__ import annotations

import hashlib
import shutil
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np

from host_models import zoo
from host_models.errors import HostModelError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from host_models.model import Model


def digest(*inputs: object) -> str:
    """Return 16 hexadecimal digits that differ where the inputs' representations do."""
    return hashlib.sha256("\n".join(map(repr, inputs)).encode()).hexdigest()[:16]


class Stages:
    """The products that are kept in a folder."""

    def __init__(self, folder: Path) -> None:
        """Keep them in this folder, which is made when the first is kept."""
        self._folder = folder

    def arrays(self, name: str, key: str, make: Callable[[], Mapping[str, NDArray[Any]]]) -> Mapping[str, NDArray[Any]]:
        """Return a stage's arrays, made where they are not there or were cut short."""
        path = self._folder / f"{name}-{key}.npz"
        try:
            with np.load(path, allow_pickle=False) as file:
                return {array: file[array] for array in file.files}
        except (OSError, EOFError, ValueError, zipfile.BadZipFile):
            made = make()
        self._folder.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.stem}.part.npz")
        np.savez(part, allow_pickle=False, **made)
        part.replace(path)
        return made

    def model(self, level: str, key: str, make: Callable[[], Model]) -> Model:
        """Return a level's model, made where it is not there."""
        folder = self._folder / f"{level}-{key}"
        try:
            return zoo.load(level, folder)
        except HostModelError:
            made = make()
        part = folder.with_name(f"{folder.name}.part")
        for stale in (part, folder):
            shutil.rmtree(stale, ignore_errors=True)
        part.mkdir(parents=True)
        zoo.save(made, part)
        part.rename(folder)
        return made
