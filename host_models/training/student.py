"""How TinyConv learns, from random weights on, and again after it was pruned."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from torch import Tensor, nn

from host_models.network import TinyConv, from_model, to_model
from host_models.training import fitting

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from host_models.model import FloatModel
    from host_models.training.distillation import Lesson
    from host_models.training.progress import Progress
    from host_models.training.types import Features


def train(lesson: Lesson, rng: np.random.Generator, progress: Progress) -> TinyConv:
    """Train the network from random weights."""
    how = lesson.recipe.student
    network = TinyConv(dropout=how.dropout)
    fitting.fit(network, how, lesson.loss(_logits(network), how.batch, rng), "student", progress)
    return network


def fine_tune(model: FloatModel, lesson: Lesson, rng: np.random.Generator, progress: Progress) -> FloatModel:
    """Train a pruned network further; what was pruned stays so."""
    how = lesson.recipe.fine_tuning
    network = from_model(model)
    network.dropout = nn.Dropout(how.dropout)
    keep_zeros(network.convolution.weight)
    fitting.fit(network, how, lesson.loss(_logits(network), how.batch, rng), f"fine-tuning {model.level}", progress)
    return to_model(network, model.level, model.labels)


def keep_zeros(weights: Tensor) -> None:
    """Let no gradient reach the weights that are 0 now, so that AdamW leaves them 0."""
    kept = (weights.detach() != 0).to(weights.dtype)
    weights.register_hook(lambda gradient: gradient * kept)


def _logits(network: TinyConv) -> Callable[[Features], Tensor]:
    """Return the function from features, uint8 (n, 49, 40), to logits (n, labels)."""
    return lambda features: cast("Tensor", network(fitting.inputs(features)))
