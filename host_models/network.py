"""TinyConv as a PyTorch module, and the way between its weights and a float model."""

from __future__ import annotations

from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from host_models.architecture import (
    FEATURE_MAX,
    FILTERS,
    KERNEL_COLUMNS,
    KERNEL_ROWS,
    PADDING_COLUMNS,
    PADDING_ROWS,
    POSITIONS,
    STRIDE,
)
from host_models.dataset import LABELS
from host_models.model import FloatModel

INPUT_SCALE = np.float32(1 / FEATURE_MAX)
"""What a feature is multiplied by: 255 becomes 1."""


class TinyConv(nn.Module):
    """The network: real inputs (n, 49, 40) to logits (n, labels)."""

    def __init__(self, filters: int = FILTERS, labels: int = len(LABELS), dropout: float = 0.0) -> None:
        """Start from PyTorch's default random weights; `dropout` acts between the layers while training."""
        super().__init__()
        self.convolution = nn.Conv2d(1, filters, (KERNEL_ROWS, KERNEL_COLUMNS), STRIDE, (PADDING_ROWS, PADDING_COLUMNS))
        self.dropout = nn.Dropout(dropout)
        self.dense = nn.Linear(POSITIONS * filters, labels)

    def forward(self, inputs: Tensor) -> Tensor:
        """Logits (n, labels) of inputs (n, 49, 40)."""
        return cast("Tensor", self.dense(self.dropout(self.activations(inputs).flatten(1))))

    def activations(self, inputs: Tensor) -> Tensor:
        """Return the convolution's outputs after ReLU, (n, time 25, frequency 20, filter)."""
        return torch.relu(self.convolution(inputs.unsqueeze(1))).permute(0, 2, 3, 1)


def to_model(network: TinyConv, level: str = "fp32", labels: tuple[str, ...] = LABELS) -> FloatModel:
    """Copy a network's weights into a float model."""
    weights = {name: tensor.detach().cpu().numpy().copy() for name, tensor in network.state_dict().items()}
    return FloatModel(
        level=level,
        labels=labels,
        input_scale=INPUT_SCALE,
        conv_weights=weights["convolution.weight"][:, 0],
        conv_bias=weights["convolution.bias"],
        dense_weights=weights["dense.weight"],
        dense_bias=weights["dense.bias"],
    )


def from_model(model: FloatModel) -> TinyConv:
    """Make a network in evaluation mode with a float model's weights."""
    network = TinyConv(model.filters, len(model.labels))
    network.load_state_dict(
        {
            "convolution.weight": torch.from_numpy(model.conv_weights[:, np.newaxis].copy()),
            "convolution.bias": torch.from_numpy(model.conv_bias.copy()),
            "dense.weight": torch.from_numpy(model.dense_weights.copy()),
            "dense.bias": torch.from_numpy(model.dense_bias.copy()),
        }
    )
    network.eval()
    return network
