"""How good a level is: how many clips it labels right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host_models import golden
from host_models.accuracy import Accuracy

if TYPE_CHECKING:
    from host_models.model import Model
    from host_models.training.corpus import Examples


def accuracy(model: Model, examples: Examples) -> Accuracy:
    """Count the examples that the golden model of a level labels right."""
    return Accuracy(int((golden.infer(model, examples.features).labels == examples.labels).sum()), len(examples))
