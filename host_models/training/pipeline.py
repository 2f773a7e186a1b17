"""The road from clips to a zoo: a rehearsal without some speakers, then the levels that ship, what they are worth."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from dataclasses import dataclass
from multiprocessing import connection
from typing import TYPE_CHECKING

import torch

from host_models import features, zoo
from host_models.level import Fixed, Level
from host_models.training import card, corpus
from host_models.training.corpus import Examples
from host_models.training.evaluation import accuracy
from host_models.training.maker import FLOAT, Maker
from host_models.training.progress import Progress
from host_models.training.stages import Stages, digest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from host_models.accuracy import Accuracy
    from host_models.dataset import Dataset
    from host_models.model import Model
    from host_models.training.recipe import Recipe

REHEARSAL, FINAL = "rehearsal", "final"
"""Without the held-out speakers, whom the recipe is chosen by; and with all, whose levels ship."""


@dataclass(frozen=True)
class Order:
    """What to make a zoo of."""

    levels: tuple[Level, ...]
    clips: Dataset
    test: Dataset | None
    recipe: Recipe
    seed: int
    work: Path
    """Where finished stages are kept."""


@dataclass(frozen=True, eq=False)
class Zoo:
    """Levels with their accuracy on held-out speakers (of the rehearsal) and on the test clips."""

    models: Mapping[str, Model]
    files: Mapping[str, bytes]
    """The TensorFlow Lite files of those that exist there."""
    validation: Mapping[str, Accuracy]
    test: Mapping[str, Accuracy]

    def write(self, folder: Path, about: card.About) -> None:
        """Write the arrays, the TensorFlow Lite files and the model card into a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        for model in self.models.values():
            zoo.save(model, folder)
        for level, file in self.files.items():
            zoo.save_tflite(level, file, folder)
        text = card.text(about, self.models, self.validation, self.test)
        (folder / "MODEL_CARD.md").write_text(text, encoding="utf-8")


def make_zoo(order: Order, progress: Progress) -> Zoo:
    """Make every level twice by one recipe, in two processes.

    Once without the held-out speakers: the accuracy on them is what the recipe is chosen by. Once with all clips: those
    levels are the zoo's, and the test clips are looked at once, when they are done.
    """
    _use_one_thread()
    whole = corpus.kept(Stages(order.work), order.clips, order.recipe, order.seed, progress)
    beside = _start_rehearsal(order, progress)
    final = _maker(order, whole, FINAL, progress)
    _make_kept(final, order.levels)
    beside.join()
    rehearsal = _maker(order, whole, REHEARSAL, progress)
    _make_kept(rehearsal, order.levels)
    progress.say("every level is trained; measuring")
    models = {str(level): final.model(level) for level in order.levels}
    files = {str(level): final.tflite(level) for level in order.levels if _has_tflite(level)}
    validation = {str(level): accuracy(rehearsal.model(level), whole.validation) for level in order.levels}
    return Zoo(models, files, validation, _tested(models, order.test))


def _start_rehearsal(order: Order, progress: Progress) -> multiprocessing.process.BaseProcess:
    """Start a process that makes what the rehearsal needs and keeps it where this process will find it."""
    spawn = multiprocessing.get_context("spawn")  # forked threads of PyTorch hang
    process = spawn.Process(target=_rehearse, args=(order, progress.start), daemon=True)
    process.start()
    return process


def _rehearse(order: Order, start: float) -> None:
    """Make the levels of the rehearsal, in a process of its own."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt ends the process that started this one
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _use_one_thread()
    progress = Progress(sys.stderr, REHEARSAL, start)
    whole = corpus.kept(Stages(order.work), order.clips, order.recipe, order.seed, progress)
    _make_kept(_maker(order, whole, REHEARSAL, progress), order.levels)


def _end_with_parent() -> None:
    """End this process as soon as the one that started it is gone, even by a kill."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def _use_one_thread() -> None:
    """Make PyTorch add in one order, so that a seed gives one network."""
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(mode=True)


def _maker(order: Order, whole: corpus.Corpus, phase: str, progress: Progress) -> Maker:
    """Return what makes the levels of a phase."""
    examples = whole.training() if phase == REHEARSAL else whole.copies
    key = digest(corpus.key(order.clips, order.recipe, order.seed), phase)
    stages = Stages(order.work / phase)
    return Maker(examples, whole.calibration, key, order.recipe, order.seed, stages, progress)


def _make_kept(maker: Maker, levels: Sequence[Level]) -> None:
    """Make all levels that are kept; the others need TensorFlow, beside which PyTorch's optimizers do not load."""
    kept = [level for level in levels if level.arithmetic is not Fixed.TFLITE_INT8]
    for number, level in enumerate([FLOAT, *kept], 1):
        maker.model(level)
        maker.progress.at("levels", number, 1 + len(kept))


def _has_tflite(level: Level) -> bool:
    return level == FLOAT or level.arithmetic is Fixed.TFLITE_INT8


def _tested(models: Mapping[str, Model], test: Dataset | None) -> dict[str, Accuracy]:
    """Measure the models on the test clips, where there are some."""
    if test is None:
        return {}
    examples = Examples(features.extract(test.samples()), test.labels())
    return {level: accuracy(model, examples) for level, model in models.items()}
