"""Networks too large for a board, from whose mean logits the small one learns."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor, nn

from host_models.dataset import LABELS
from host_models.training import fitting

if TYPE_CHECKING:
    import numpy as np

    from host_models.training.corpus import Examples
    from host_models.training.progress import Progress
    from host_models.training.recipe import Recipe

_WIDTHS = (12, 24, 36)


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions with batch normalization, added to the input (arXiv:1512.03385, basic block)."""

    def __init__(self, channels_in: int, channels_out: int, stride: int) -> None:
        """Project the input by a 1x1 convolution where its shape changes."""
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(channels_in, channels_out, 3, stride, 1, bias=False),
            nn.BatchNorm2d(channels_out),
            nn.ReLU(),
            nn.Conv2d(channels_out, channels_out, 3, 1, 1, bias=False),
            nn.BatchNorm2d(channels_out),
        )
        self.shortcut: nn.Module = nn.Identity()
        if (channels_in, stride) != (channels_out, 1):
            self.shortcut = nn.Sequential(
                nn.Conv2d(channels_in, channels_out, 1, stride, bias=False), nn.BatchNorm2d(channels_out)
            )

    def forward(self, inputs: Tensor) -> Tensor:
        """Activations (n, channels_out, time, frequency)."""
        return torch.relu(self.body(inputs) + self.shortcut(inputs))


class Teacher(nn.Module):
    """A residual network of 32,000 parameters: real inputs (n, 49, 40) to logits (n, labels)."""

    def __init__(self, dropout: float) -> None:
        """Start from PyTorch's default random weights."""
        super().__init__()
        first, second, third = _WIDTHS
        self.layers = nn.Sequential(
            nn.Conv2d(1, first, (7, 5), 2, (3, 2), bias=False),
            nn.BatchNorm2d(first),
            nn.ReLU(),
            ResidualBlock(first, first, 1),
            ResidualBlock(first, second, 2),
            ResidualBlock(second, third, 2),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Dropout(dropout),
            nn.Linear(third, len(LABELS)),
        )

    def forward(self, inputs: Tensor) -> Tensor:
        """Logits (n, labels) of inputs (n, 49, 40)."""
        return cast("Tensor", self.layers(inputs.unsqueeze(1)))


def train(examples: Examples, recipe: Recipe, rng: np.random.Generator, task: str, progress: Progress) -> Teacher:
    """Train a teacher on hard labels, with pairs of clips mixed and rows and channels masked."""
    network = Teacher(recipe.teacher.dropout)
    draw = fitting.batches(examples, recipe.teacher.batch, recipe.class_weights, rng)

    def loss() -> Tensor:
        chosen = next(draw)
        clips = masked(fitting.inputs(examples.features[chosen]), recipe, rng)
        labels = torch.from_numpy(examples.labels[chosen])
        share = float(rng.beta(recipe.mixup, recipe.mixup))
        partner = torch.from_numpy(rng.permutation(len(chosen)))
        logits = network(share * clips + (1 - share) * clips[partner])
        smoothing = recipe.label_smoothing
        own = nn.functional.cross_entropy(logits, labels, label_smoothing=smoothing)
        other = nn.functional.cross_entropy(logits, labels[partner], label_smoothing=smoothing)
        return share * own + (1 - share) * other

    fitting.fit(network, recipe.teacher, loss, task, progress)
    return network


def masked(clips: Tensor, recipe: Recipe, rng: np.random.Generator) -> Tensor:
    """Set two random ranges of rows and two of channels of each clip (n, 49, 40) to 0."""
    kept = torch.ones_like(clips)
    for axis, most in ((1, recipe.masked_rows), (2, recipe.masked_channels)):
        places = torch.arange(clips.shape[axis])
        for _ in range(2):
            width = rng.integers(0, most + 1, len(clips))
            start = torch.from_numpy(rng.integers(0, clips.shape[axis] - width + 1))[:, None]
            hidden = (places >= start) & (places < start + torch.from_numpy(width)[:, None])
            kept *= 1 - hidden.float().unsqueeze(2 if axis == 1 else 1)
    return clips * kept
