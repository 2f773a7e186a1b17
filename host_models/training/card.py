"""What is told about a zoo: its data, seed, recipe, and the accuracy of each level."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from host_models import export
from host_models.architecture import FILTERS, multiply_accumulates, parameters
from host_models.dataset import LABELS
from host_models.model import MinifloatModel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from host_models.accuracy import Accuracy
    from host_models.dataset import Dataset
    from host_models.model import Model
    from host_models.training.recipe import Recipe


@dataclass(frozen=True)
class About:
    """Where a zoo came from."""

    clips: Dataset
    test: Dataset | None
    recipe: Recipe
    recipe_name: str
    seed: int


def text(
    about: About, models: Mapping[str, Model], validation: Mapping[str, Accuracy], test: Mapping[str, Accuracy]
) -> str:
    """Write the model card, Markdown."""
    shape = FILTERS, len(LABELS)
    size = f"{parameters(*shape):,} parameters, {multiply_accumulates(*shape):,} multiply-accumulates"
    rows = "\n".join(_row(level, model, validation, test) for level, model in models.items())
    return f"""# Model card

TinyConv tells the words *yes* and *no* from other words (*unknown*) and from *silence* in one second of 16 kHz audio.
{size}; the architecture is that of the micro_speech
example of TensorFlow Lite for Microcontrollers. All levels come from the same float weights.

| level | held-out speakers | test clips | model bytes | hash |
| --- | --- | --- | --- | --- |
{rows}

Accuracy with Wilson's 95 % interval, by the golden model. *Held-out speakers*: a network trained by the same recipe
without them, on their clips and made silence; choices are made by this column.
{_tested(about)}

## Data

{len(about.clips):,} clips of Speech Commands v0.02 (Pete Warden, arXiv:1804.03209, CC BY 4.0), training and validation
speakers of the official split: {_counts(about.clips)}. Silence and noise are made from random
numbers and from the quiet stretches of the clips. No test clip was trained or tuned on.

## Recipe

{_recipe(about.recipe)}

    python -m host_models.training --data DIR --out DIR --recipe {about.recipe_name} --seed {about.seed}

makes this zoo again, on one thread each for the rehearsal and for what ships; the same seed gives the same networks
with the same versions of PyTorch and NumPy on the same kind of processor.

## Limits

The words were spoken in English, by volunteers, into their own microphones. A word must lie within the second. The
network is small and errs as the table says. It is made to test boards and arithmetic, not to control anything.
"""


def _row(level: str, model: Model, validation: Mapping[str, Accuracy], test: Mapping[str, Accuracy]) -> str:
    tested = str(test[level]) if level in test else "-"
    accuracies = f"| `{level}` | {validation[level]} | {tested} |"
    if isinstance(model, MinifloatModel):
        return f"{accuracies} - | host only |"
    return f"{accuracies} {len(export.blob(model)):,} | `{export.model_hash(model):08x}` |"


def _tested(about: About) -> str:
    """Say what the test clips are."""
    if about.test is None:
        return "There were no test clips."
    return f"""*Test clips*: {len(about.test)} of the official test set ({_counts(about.test)}), looked at once,
when the networks were done."""


def _counts(clips: Dataset) -> str:
    """How many clips of each label there are, without labels that have none."""
    counts = np.bincount(clips.labels(), minlength=len(LABELS))
    return ", ".join(f"{label} {count}" for label, count in zip(LABELS, counts, strict=True) if count)


def _recipe(recipe: Recipe) -> str:
    """Describe a recipe as a list."""
    teacher, student, tuning, aware = recipe.teacher, recipe.student, recipe.fine_tuning, recipe.quantization_aware
    weights = ", ".join(f"{label} {weight:g}" for label, weight in zip(LABELS, recipe.class_weights, strict=True))
    return f"""- Of each clip 1 clean, {recipe.light_copies} light (shift, gain) and {recipe.heavy_copies} heavy copies
  (speed, reverb, tilt, shift, noise, gain), and {recipe.silence_clips:,} made clips of silence.
- {recipe.teachers} residual teachers of 32,000 parameters: {teacher.steps:,} steps of {teacher.batch} examples, AdamW
  {teacher.learning_rate:g} with a warm-up and a cosine to 0, weight decay {teacher.weight_decay:g}, dropout {teacher.dropout:g}, mixup {recipe.mixup:g}, label
  smoothing {recipe.label_smoothing:g}, two SpecAugment masks of up to {recipe.masked_rows} rows and {recipe.masked_channels} channels.
- The student: {student.steps:,} steps of {student.batch} examples, AdamW {student.learning_rate:g} with a cosine to 0, weight decay
  {student.weight_decay:g}, dropout {student.dropout:g}; {recipe.distillation:g} of its loss comes from the teachers at temperature {recipe.temperature:g}.
- Labels are drawn in the proportions {weights}.
- Fine-tuning after pruning (`-ft`): {tuning.steps:,} steps of {tuning.batch}, AdamW {tuning.learning_rate:g} with a cosine to 0, weight decay
  {tuning.weight_decay:g}, dropout {tuning.dropout:g}, the student's loss.
- Quantization-aware training (`-qat`), from the float network on: {aware.steps:,} steps of {aware.batch}, AdamW {aware.learning_rate:g} with a
  cosine to 0, weight decay {aware.weight_decay:g}, dropout {aware.dropout:g}, the student's loss.
- Quantized ranges are chosen on {recipe.calibration_clips} training clips."""  # noqa: E501 - numbers are shorter than names
