"""How much a level stores and computes, counted in its weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from host_models import architecture
from host_models.architecture import POSITIONS
from host_models.model import FloatModel

if TYPE_CHECKING:
    from host_models.model import Model

FLOPS_PER_MAC = 2
"""A multiplication and an addition; biases, ReLU and requantization are not counted."""


@dataclass(frozen=True)
class Complexity:
    """Parameters and multiply-accumulates of one inference: all, and without those whose weight is zero."""

    parameters: int
    """Weights and biases that are stored."""
    nonzero_parameters: int
    """Weights that are not real 0, and all biases."""
    macs: int
    """Of the dense arithmetic, those on padding included."""
    nonzero_macs: int
    """Those whose weight is not real 0: what is left to a kernel that skips each zero."""

    @staticmethod
    def of(model: Model) -> Complexity:
        """Count in a model. A weight of the convolution is used at 25 x 20 positions, one of the dense layer once."""
        convolution, dense = _nonzero_weights(model)
        labels = len(model.labels)
        return Complexity(
            parameters=architecture.parameters(model.filters, labels),
            nonzero_parameters=convolution + dense + model.filters + labels,
            macs=architecture.multiply_accumulates(model.filters, labels),
            nonzero_macs=POSITIONS * convolution + dense,
        )


def _nonzero_weights(model: Model) -> tuple[int, int]:
    """Count the weights of convolution and dense layer that do not stand for 0."""
    if isinstance(model, FloatModel):
        return int(np.count_nonzero(model.conv_weights)), int(np.count_nonzero(model.dense_weights))
    return (
        int(np.count_nonzero(model.conv_weights != model.conv_weight_zero)),
        int(np.count_nonzero(model.dense_weights != model.dense_weight_zero)),
    )
