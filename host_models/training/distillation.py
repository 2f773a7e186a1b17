"""What small networks learn from: the labels, and what the teachers say about the same clips."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from host_models.training import fitting

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from host_models.training.corpus import Examples
    from host_models.training.recipe import Recipe
    from host_models.training.types import Features


@dataclass(frozen=True, eq=False)
class Lesson:
    """Examples, the teachers' mean logits of them, (n, labels), and the recipe that weighs one against the other."""

    examples: Examples
    taught: Tensor
    recipe: Recipe

    def loss(self, network: Callable[[Features], Tensor], batch: int, rng: np.random.Generator) -> Callable[[], Tensor]:
        """Return the function that draws a batch and gives the loss on it (arXiv:1503.02531).

        `network` gives logits (n, labels) of features, uint8 (n, 49, 40).
        """
        temperature, part = self.recipe.temperature, self.recipe.distillation
        soft = (self.taught / temperature).softmax(1)
        draw = fitting.batches(self.examples, batch, self.recipe.class_weights, rng)

        def loss() -> Tensor:
            chosen = next(draw)
            logits = network(self.examples.features[chosen])
            hard = nn.functional.cross_entropy(logits, torch.from_numpy(self.examples.labels[chosen]))
            # The factor T^2 keeps the gradients of both parts of one size (arXiv:1503.02531, section 2).
            distilled = nn.functional.cross_entropy(logits / temperature, soft[torch.from_numpy(chosen)])
            return (1 - part) * hard + part * temperature**2 * distilled

        return loss
