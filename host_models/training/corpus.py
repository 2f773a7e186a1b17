"""The features that networks learn from: every clip in many made copies, and made silence.

The same clips, recipe and seed give the same features, whatever was made before them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from host_models import features
from host_models.dataset import LABELS, SAMPLES, Dataset, choose, load
from host_models.dataset.split import VALIDATION_PERCENT, Split, percentage
from host_models.errors import DataError
from host_models.training import augmentation

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from host_models.dataset import Clip
    from host_models.training.progress import Progress
    from host_models.training.recipe import Recipe
    from host_models.training.stages import Stages
    from host_models.training.types import Features, Indices, Shorts

_HELD_OUT_FROM_PERCENT = 85.0
"""Speakers from here on are held out besides the official validation speakers, whose clips alone are too few."""

_SILENCE = LABELS.index("silence")
_TRAINING_SILENCE, _VALIDATION_SILENCE, _COPIES = 0, 1, 2
"""Second parts of the seeds of the random generators."""


@dataclass(frozen=True, eq=False)
class Examples:
    """Features, uint8 (n, 49, 40), with labels, int64 (n,)."""

    features: Features
    labels: Indices

    def __len__(self) -> int:
        """Count the examples."""
        return len(self.labels)

    def of(self, chosen: Indices) -> Examples:
        """Return those at some indices."""
        return Examples(self.features[chosen], self.labels[chosen])


@dataclass(frozen=True, eq=False)
class Corpus:
    """What to train on and what to choose on."""

    copies: Examples
    """Copies of all clips, then silence made from what training speakers recorded."""
    held_out: Indices
    """Indices of the copies whose speakers are held out for validation."""
    validation: Examples
    """Clean clips of the held-out speakers, and silence made from what they recorded."""
    calibration: Features
    """Clean training clips, uint8 (n, 49, 40), on which quantized levels choose their ranges."""

    def training(self) -> Examples:
        """Return the copies of training speakers."""
        return self.copies.of(np.setdiff1d(np.arange(len(self.copies)), self.held_out))


def is_held_out(clip: Clip) -> bool:
    """Whether the clip's speaker is kept for validation."""
    where = percentage(clip.path.name)
    return where < VALIDATION_PERCENT or where >= _HELD_OUT_FROM_PERCENT


def training_clips(folder: Path, limit: int, seed: int) -> Dataset:
    """List the clips of the training and validation splits, a class-balanced choice where they are over the limit."""
    parts = [load(folder, split) for split in (Split.TRAINING, Split.VALIDATION)]
    whole = Dataset(tuple(clip for part in parts for clip in part.clips), parts[0].source)
    return choose(whole, limit, seed) if len(whole) > limit else whole


def test_clips(folder: Path) -> Dataset | None:
    """List the clips to test on, or None where the folder has none."""
    try:
        return load(folder, Split.TESTING)
    except DataError:
        return None


def corpus(clips: Dataset, recipe: Recipe, seed: int, progress: Progress) -> Corpus:
    """Make the corpus. Raises DataError where a clip can't be read, or the clips are of too few speakers."""
    held_out = np.array([is_held_out(clip) for clip in clips.clips])
    if held_out.all() or not held_out.any():
        raise DataError(f"{clips.source} has too few speakers to hold some out for validation; add clips of others")
    audio, labels = clips.samples(), clips.labels()
    speech = audio[~held_out]
    each = 1 + recipe.light_copies + recipe.heavy_copies
    copies = np.empty((len(clips), each, features.ROWS, features.CHANNELS), np.uint8)
    for index, clip in enumerate(audio):
        copies[index] = features.extract(_copies(clip, speech, recipe, np.random.default_rng([seed, _COPIES, index])))
        progress.at("features of clips", index + 1, len(clips))
    silence = _silence(speech, recipe.silence_clips, [seed, _TRAINING_SILENCE], progress)
    validation_silence = _silence(
        audio[held_out], recipe.validation_silence_clips, [seed, _VALIDATION_SILENCE], progress
    )
    chosen = np.random.default_rng(seed).permutation(np.flatnonzero(~held_out))[: recipe.calibration_clips]
    return Corpus(
        copies=Examples(
            np.concatenate([copies.reshape(-1, *copies.shape[2:]), silence]),
            np.concatenate([np.repeat(labels, each), np.full(len(silence), _SILENCE)]),
        ),
        held_out=np.flatnonzero(np.repeat(held_out, each)),
        validation=Examples(
            np.concatenate([copies[held_out, 0], validation_silence]),
            np.concatenate([labels[held_out], np.full(len(validation_silence), _SILENCE)]),
        ),
        calibration=copies[np.sort(chosen), 0],
    )


def key(clips: Dataset, recipe: Recipe, seed: int) -> str:
    """Return the digest of all that a corpus is made of; clips count by their names."""
    names = "\n".join(clip.name for clip in clips.clips)
    made = (recipe.light_copies, recipe.heavy_copies, recipe.silence_clips, recipe.validation_silence_clips)
    return hashlib.sha256(f"{made} {recipe.calibration_clips} {seed}\n{names}".encode()).hexdigest()[:16]


def kept(stages: Stages, clips: Dataset, recipe: Recipe, seed: int, progress: Progress) -> Corpus:
    """Return the corpus that an earlier run with the same clips, recipe and seed made, or make and keep it."""

    def make() -> dict[str, NDArray[Any]]:
        whole = corpus(clips, recipe, seed, progress)
        return {
            "features": whole.copies.features,
            "labels": whole.copies.labels,
            "held_out": whole.held_out,
            "validation_features": whole.validation.features,
            "validation_labels": whole.validation.labels,
            "calibration": whole.calibration,
        }

    found = stages.arrays("corpus", key(clips, recipe, seed), make)
    return Corpus(
        Examples(found["features"], found["labels"]),
        found["held_out"],
        Examples(found["validation_features"], found["validation_labels"]),
        found["calibration"],
    )


def _copies(clip: Shorts, speech: Shorts, recipe: Recipe, rng: np.random.Generator) -> Shorts:
    """Return the clip itself, its light copies, its heavy copies: int16 (n, 16000)."""
    light = [augmentation.light(rng, clip) for _ in range(recipe.light_copies)]
    heavy = [augmentation.heavy(rng, clip, speech) for _ in range(recipe.heavy_copies)]
    return np.stack([clip, *light, *heavy])


def _silence(speech: Shorts, count: int, seed: list[int], progress: Progress) -> Features:
    """Return features of made silence, uint8 (count, 49, 40)."""
    made = np.empty((count, features.ROWS, features.CHANNELS), np.uint8)
    clip = np.empty(SAMPLES, np.int16)
    for index in range(count):
        clip[:] = augmentation.silence(np.random.default_rng([*seed, index]), speech)
        made[index] = features.extract(clip)
        progress.at("features of silence", index + 1, count)
    return made
