"""How TinyConv learns: from the labels, and from what the teachers say about the same clips."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from host_models.network import TinyConv
from host_models.training import fitting

if TYPE_CHECKING:
    import numpy as np

    from host_models.training.corpus import Examples
    from host_models.training.progress import Progress
    from host_models.training.recipe import Recipe


def train(examples: Examples, taught: Tensor, recipe: Recipe, rng: np.random.Generator, progress: Progress) -> TinyConv:
    """Train the network; `taught` are the teachers' mean logits of the examples, (n, labels)."""
    network = TinyConv(dropout=recipe.student.dropout)
    soft = (taught / recipe.temperature).softmax(1)
    draw = fitting.batches(examples, recipe.student.batch, recipe.class_weights, rng)

    def loss() -> Tensor:
        chosen = next(draw)
        logits = network(fitting.inputs(examples.features[chosen]))
        hard = nn.functional.cross_entropy(logits, torch.from_numpy(examples.labels[chosen]))
        # The factor T^2 keeps the gradients of both parts of one size (arXiv:1503.02531, section 2).
        distilled = nn.functional.cross_entropy(logits / recipe.temperature, soft[torch.from_numpy(chosen)])
        return (1 - recipe.distillation) * hard + recipe.distillation * recipe.temperature**2 * distilled

    fitting.fit(network, recipe.student, loss, "student", progress)
    return network
