"""Which clips to take when not all are wanted."""

from __future__ import annotations

import numpy as np

from host_models.dataset.clip import LABELS, Clip, Dataset
from host_models.errors import DataError


def choose(dataset: Dataset, clips: int, seed: int = 0) -> Dataset:
    """Choose `clips` clips, as many of each label as can be, in an order that goes round the labels.

    The same data set, number and seed give the same choice; a label that runs out leaves its turns to the others.
    Raises DataError where the data set has fewer clips or `clips` is not positive.
    """
    if not 0 < clips <= len(dataset):
        raise DataError(f"{clips} clips were asked for, but there are {len(dataset)} in {dataset.source}")
    rng = np.random.default_rng(seed)
    heaps: list[list[Clip]] = []
    for label in range(len(LABELS)):
        heap = sorted((clip for clip in dataset.clips if clip.label == label), key=lambda clip: clip.name)
        heaps.append([heap[index] for index in rng.permutation(len(heap))])
    chosen: list[Clip] = []
    while len(chosen) < clips:
        chosen += [heap.pop(0) for heap in heaps if heap]
    return Dataset(tuple(chosen[:clips]), dataset.source)
