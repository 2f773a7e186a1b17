"""How each level is made from examples: teachers, float student, pruning, quantization; every stage is kept."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
import torch

from host_models.dataset import LABELS
from host_models.level import Fixed, Level, Method, Quantization
from host_models.network import to_model
from host_models.pruning import pruned
from host_models.quantization import calibrated, post_training
from host_models.tflite_conversion import convert, imported
from host_models.training import fitting, quantization_aware, student, teacher
from host_models.training.distillation import Lesson
from host_models.training.stages import digest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from numpy.typing import NDArray

    from host_models.model import FloatModel, Model
    from host_models.training.corpus import Examples
    from host_models.training.progress import Progress
    from host_models.training.recipe import Recipe
    from host_models.training.stages import Stages
    from host_models.training.types import Features

FLOAT = Level(Fixed.FLOAT)


@dataclass(frozen=True, eq=False)
class Maker:
    """Makes levels of the same examples, by one recipe, from one seed; the same level is the same on any road to it."""

    examples: Examples
    calibration: Features
    """Features of training clips, uint8 (n, 49, 40)."""
    key: str
    """What tells the examples and the calibration features from others."""
    recipe: Recipe
    seed: int
    stages: Stages
    progress: Progress

    def model(self, level: Level) -> Model:
        """Return a level's model. It is kept, but for int8-tflite, which takes seconds."""
        if level.arithmetic is Fixed.TFLITE_INT8:
            return imported(self.tflite(level), LABELS)
        return self.stages.model(str(level), self._key(level), lambda: self._made(level))

    def tflite(self, level: Level) -> bytes:
        """Return the TensorFlow Lite file of the float or the int8 level."""
        calibration = self.calibration if level.arithmetic is Fixed.TFLITE_INT8 else None
        return convert(self._float(FLOAT), calibration)

    def _made(self, level: Level) -> Model:
        """Make a level of those that it starts from."""
        base = FLOAT if level == FLOAT else Level(Fixed.FLOAT, level.pruning)
        if isinstance(level.arithmetic, Quantization):
            return self._quantized(self._float(base), level)
        if level.pruning is None:
            return self._student()
        model = pruned(self._float(FLOAT), level.pruning, self.calibration)
        return student.fine_tune(model, *self._run(level)) if level.pruning.fine_tuned else model

    def _quantized(self, model: FloatModel, level: Level) -> Model:
        """Write a float model, pruned as the level is, in the level's codes."""
        if not isinstance(level.arithmetic, Quantization) or level.arithmetic.method is Method.POST_TRAINING:
            return post_training(model, level, self.calibration)
        start = calibrated(model, level.arithmetic, self.calibration)
        return quantization_aware.train(model, level, start, *self._run(level))

    def _run(self, level: Level) -> tuple[Lesson, np.random.Generator, Progress]:
        """Return what a training of a level needs, and seed PyTorch for it, by the level and the seed alone."""
        number = zlib.crc32(str(level).encode())
        torch.manual_seed(self.seed * 2**32 + number)
        return self._lesson(), np.random.default_rng([self.seed, number]), self.progress

    def _float(self, level: Level) -> FloatModel:
        return cast("FloatModel", self.model(level))

    def _student(self) -> FloatModel:
        """Train the float network from random weights, after its teachers."""
        lesson = self._lesson()
        torch.set_rng_state(torch.from_numpy(self._taught(self.recipe.teachers)["random_state"]))
        rng = np.random.default_rng([self.seed, self.recipe.teachers])
        return to_model(student.train(lesson, rng, self.progress))

    def _lesson(self) -> Lesson:
        """Return the examples with the mean logits of all teachers."""
        total = torch.from_numpy(self._taught(self.recipe.teachers)["total"])
        return Lesson(self.examples, total / self.recipe.teachers, self.recipe)

    def _taught(self, teachers: int) -> Mapping[str, NDArray[Any]]:
        """Return the sum of the logits of the first teachers, and the state of PyTorch's generator after them."""
        if teachers == 0:
            torch.manual_seed(self.seed)
            total = np.zeros((len(self.examples), len(LABELS)), np.float32)
            return {"total": total, "random_state": torch.get_rng_state().numpy()}
        return self.stages.arrays(f"teacher{teachers}", self._teacher_key(teachers), lambda: self._teach(teachers))

    def _teach(self, number: int) -> dict[str, NDArray[Any]]:
        """Train a teacher after those before it."""
        before = self._taught(number - 1)
        torch.set_rng_state(torch.from_numpy(before["random_state"]))
        rng = np.random.default_rng([self.seed, number - 1])
        task = f"teacher {number} of {self.recipe.teachers}"
        network = teacher.train(self.examples, self.recipe, rng, task, self.progress)
        total = before["total"] + fitting.logits(network, self.examples.features).numpy()
        return {"total": total, "random_state": torch.get_rng_state().numpy()}

    def _teacher_key(self, number: int) -> str:
        """Digest all that the logits of the first teachers come from."""
        recipe = self.recipe
        masks = recipe.masked_rows, recipe.masked_channels
        how = recipe.teacher, recipe.mixup, recipe.label_smoothing, masks, recipe.class_weights
        return digest(self.key, self.seed, number, how)

    def _key(self, level: Level) -> str:
        """Digest all that a level comes from."""
        recipe = self.recipe
        lesson = self._teacher_key(recipe.teachers), recipe.temperature, recipe.distillation
        fine_tuning = recipe.fine_tuning if level.pruning and level.pruning.fine_tuned else None
        aware = isinstance(level.arithmetic, Quantization) and level.arithmetic.method is Method.QUANTIZATION_AWARE
        return digest(lesson, recipe.student, str(level), fine_tuning, recipe.quantization_aware if aware else None)
