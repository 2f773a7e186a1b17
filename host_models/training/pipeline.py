"""The road from clips to a zoo: teachers, the float student, the levels made of it, what they are worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from host_models import features, zoo
from host_models.dataset import LABELS
from host_models.level import parse
from host_models.network import to_model
from host_models.quantization import post_training
from host_models.tflite_conversion import INT8_LEVEL, convert, imported
from host_models.training import card, corpus, fitting, student, teacher
from host_models.training.corpus import Examples
from host_models.training.evaluation import accuracy

if TYPE_CHECKING:
    from pathlib import Path

    from host_models.dataset import Dataset
    from host_models.model import FloatModel, Model
    from host_models.network import TinyConv
    from host_models.training.evaluation import Accuracy
    from host_models.training.progress import Progress
    from host_models.training.recipe import Recipe
    from host_models.training.types import Features

FLOAT_LEVEL = "fp32"
POST_TRAINING_LEVELS = ("w8a8-asym-ptq",)


@dataclass(frozen=True, eq=False)
class Levels:
    """Every level made of one float model, and the TensorFlow Lite files of those that exist there."""

    models: dict[str, Model]
    files: dict[str, bytes]


@dataclass(frozen=True, eq=False)
class Zoo:
    """The levels with their accuracy on held-out speakers (of the rehearsal) and on the test clips."""

    levels: Levels
    validation: dict[str, Accuracy]
    test: dict[str, Accuracy]

    def write(self, folder: Path, about: card.About) -> None:
        """Write the arrays, the TensorFlow Lite files and the model card into a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        for model in self.levels.models.values():
            zoo.save(model, folder)
        for level, file in self.levels.files.items():
            zoo.save_tflite(level, file, folder)
        text = card.text(about, self.levels.models, self.validation, self.test)
        (folder / "MODEL_CARD.md").write_text(text, encoding="utf-8")


def make_zoo(clips: Dataset, test: Dataset | None, recipe: Recipe, seed: int, progress: Progress, work: Path) -> Zoo:
    """Train twice by one recipe and derive the levels.

    First without the held-out speakers: that network's accuracy on them is what the recipe is chosen by. Then with all
    clips: that network is the zoo's, and the test clips are looked at once, when it is done.
    """
    whole = corpus.cached(work, clips, recipe, seed, progress)
    progress.say("training without the held-out speakers")
    rehearsal = derive(to_model(train(whole.training(), recipe, seed, progress)), whole.calibration)
    validation = {level: accuracy(model, whole.validation) for level, model in rehearsal.models.items()}
    for level, result in validation.items():
        progress.say(f"{level}: {result} of the validation clips")
    progress.say("training with all speakers")
    levels = derive(to_model(train(whole.copies, recipe, seed, progress)), whole.calibration)
    tested = {}
    if test is not None:
        examples = Examples(features.extract(test.samples()), test.labels())
        tested = {level: accuracy(model, examples) for level, model in levels.models.items()}
        for level, result in tested.items():
            progress.say(f"{level}: {result} of the test clips")
    return Zoo(levels, validation, tested)


def train(examples: Examples, recipe: Recipe, seed: int, progress: Progress) -> TinyConv:
    """Train the teachers one after another, then the student; the same seed gives the same network."""
    torch.manual_seed(seed)
    total = torch.zeros(len(examples), len(LABELS))
    for number in range(recipe.teachers):
        rng = np.random.default_rng([seed, number])
        network = teacher.train(examples, recipe, rng, f"teacher {number + 1} of {recipe.teachers}", progress)
        total += fitting.logits(network, examples.features)
    rng = np.random.default_rng([seed, recipe.teachers])
    return student.train(examples, total / recipe.teachers, recipe, rng, progress)


def derive(model: FloatModel, calibration: Features) -> Levels:
    """Make every level of a float model, ranges chosen on calibration features of training clips."""
    models: dict[str, Model] = {FLOAT_LEVEL: model}
    for level in POST_TRAINING_LEVELS:
        models[level] = post_training(model, parse(level), calibration)
    files = {FLOAT_LEVEL: convert(model), INT8_LEVEL: convert(model, calibration)}
    models[INT8_LEVEL] = imported(files[INT8_LEVEL], model.labels)
    return Levels(models, files)
