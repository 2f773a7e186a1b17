"""How a network is fitted: the batches, the optimizer and its schedule, and what a fitted network answers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, cast

import numpy as np
import torch
from torch import Tensor, nn

from host_models.architecture import FEATURE_MAX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from host_models.training.corpus import Examples
    from host_models.training.progress import Progress
    from host_models.training.recipe import Optimization
    from host_models.training.types import Features, Indices

_INFERENCE_BATCH = 512


def batches(examples: Examples, size: int, weights: tuple[float, ...], rng: np.random.Generator) -> Iterator[Indices]:
    """Yield indices of examples for ever: a label drawn by its weight, then any example of that label.

    A label without examples is never drawn.
    """
    of_label = [np.flatnonzero(examples.labels == label) for label in range(len(weights))]
    there = np.array([weight if len(of) else 0.0 for weight, of in zip(weights, of_label, strict=True)])
    while True:
        labels = rng.choice(len(weights), size, p=there / there.sum())
        yield np.array([of_label[label][rng.integers(len(of_label[label]))] for label in labels])


def inputs(features: Features) -> Tensor:
    """Features, uint8 (n, 49, 40), as what a network takes: float32 from 0 to 1."""
    return torch.from_numpy(features).float() / FEATURE_MAX


def fit(network: nn.Module, how: Optimization, loss_of: Callable[[], Tensor], task: str, progress: Progress) -> None:
    """Take the steps of an optimization, each on the loss of a new batch; leaves the network in evaluation mode."""
    decayed = [parameter for parameter in network.parameters() if parameter.ndim > 1]
    others = [parameter for parameter in network.parameters() if parameter.ndim <= 1]
    groups = [{"params": decayed, "weight_decay": how.weight_decay}, {"params": others, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=how.learning_rate)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _rate(step, how))
    network.train()
    for step in range(how.steps):
        loss = loss_of()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        progress.at(task, step + 1, how.steps)
    network.eval()


def logits(network: nn.Module, features: Features) -> Tensor:
    """Logits (n, labels) of features, uint8 (n, 49, 40)."""
    with torch.inference_mode():
        parts = [
            cast("Tensor", network(inputs(features[start : start + _INFERENCE_BATCH])))
            for start in range(0, len(features), _INFERENCE_BATCH)
        ]
    return torch.cat(parts).clone()


def _rate(step: int, how: Optimization) -> float:
    """Return the learning rate of a step as a part of the highest: a linear rise, then half a cosine down to 0."""
    rise = how.warm_up * how.steps
    if step < rise:
        return (step + 1) / rise
    return 0.5 * (1 + math.cos(math.pi * (step - rise) / (how.steps - rise)))
