"""How a network learns to be quantized: answers are rounded as its level rounds them, gradients are not."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from host_models.architecture import FEATURE_MAX, PADDING_COLUMNS, PADDING_ROWS, STRIDE
from host_models.minifloat import MinifloatQuantizer, table
from host_models.network import INPUT_SCALE, from_model, to_model
from host_models.quantization import Quantizer, Quantizers, quantized
from host_models.training import fitting
from host_models.training.student import keep_zeros

if TYPE_CHECKING:
    from collections.abc import Callable

    from host_models.level import Level
    from host_models.model import FloatModel, QuantizedModel
    from host_models.training.distillation import Lesson
    from host_models.training.progress import Progress
    from host_models.training.types import Features


class LearnedQuantizer(nn.Module):
    """A quantizer whose step is learned (LSQ, arXiv:1902.08153); its zero point and its number of codes stay.

    The step is learned as its logarithm, so that one learning rate suits steps of all sizes.
    """

    def __init__(self, start: Quantizer | MinifloatQuantizer) -> None:
        """Start from a quantizer."""
        super().__init__()
        self.log_step = nn.Parameter(torch.tensor(math.log(start.scale)))
        self._start = start
        if isinstance(start, Quantizer):
            self._lowest, self._highest = -start.zero, start.highest - start.zero
            self._rounded = torch.round
        else:
            self._highest = int(table(start.form).max())
            self._lowest = -self._highest
            self._rounded = partial(
                nearest, magnitudes=torch.from_numpy(table(start.form)[: 2 ** (start.form.bits - 1)])
            )

    @property
    def step(self) -> Tensor:
        """The real value of one code."""
        return self.log_step.exp()

    def forward(self, values: Tensor, rounded: Callable[[Tensor], Tensor] | None = None) -> Tensor:
        """Round values to what codes stand for, in steps; gradients pass where nothing is clipped."""
        codes = (values / self.step).clamp(self._lowest, self._highest)
        return straight_through(codes, rounded or self._rounded)

    def slope(self, values: Tensor) -> Tensor:
        """Return the derivative of `forward` by the logarithm of the step."""
        codes = values / self.step
        passes = (codes >= self._lowest) & (codes <= self._highest)
        return torch.where(passes, -codes, 0.0)

    def learned(self) -> Any:  # noqa: ANN401 - the kind that it started from
        """Return the quantizer as it is now."""
        return replace(self._start, scale=float(self.step.detach()))


class QuantizedTinyConv(nn.Module):
    """TinyConv in codes, as the golden model computes: features, integers (n, 49, 40), to real logits (n, labels).

    Sums are floats that hold integers, exact below 2^24.
    """

    def __init__(self, model: FloatModel, start: Quantizers, dropout: float) -> None:
        """Start from a float model and the quantizers that suit it."""
        super().__init__()
        self.network = from_model(model)
        self.network.dropout = nn.Dropout(dropout)
        keep_zeros(self.network.convolution.weight)
        self.input = LearnedQuantizer(start.input)
        self.conv_weights = LearnedQuantizer(start.conv_weights)
        self.activations = LearnedQuantizer(start.activations)
        self.dense_weights = LearnedQuantizer(start.dense_weights)
        self._every_feature = torch.arange(FEATURE_MAX + 1) * float(INPUT_SCALE)

    def forward(self, features: Tensor) -> Tensor:
        """Logits (n, labels) of features."""
        unit = self.input.step * self.conv_weights.step
        bias = straight_through(self.network.convolution.bias / unit, torch.round)
        sums = (self._sums(features) + bias[:, None, None]) * unit
        shift = -torch.frexp(unit.detach() / self.activations.step.detach()).exponent
        codes = self.activations(torch.relu(sums), lambda codes: requantized(codes, shift))
        return self._logits(codes.permute(0, 2, 3, 1).flatten(1))

    def quantizers(self) -> Quantizers:
        """Return the quantizers as they are now."""
        return Quantizers(
            self.input.learned(), self.conv_weights.learned(), self.activations.learned(), self.dense_weights.learned()
        )

    def _sums(self, features: Tensor) -> Tensor:
        """Return what the convolution sums up, (n, filters, 25, 20).

        The sums are linear in the inputs, so their slope over the input's step is the same sum of the inputs' slopes.
        To find it so takes half the time of the gradients of all inputs.
        """
        weights, log_step = self.conv_weights(self.network.convolution.weight), self.input.log_step
        with torch.no_grad():
            slope = _convolve(self.input.slope(self._every_feature)[features], weights)
            inputs = self.input(self._every_feature)[features]
        return _convolve(inputs, weights) + (log_step - log_step.detach()) * slope

    def _logits(self, codes: Tensor) -> Tensor:
        """Logits (n, labels) of the convolution's codes (n, 25 * 20 * filters)."""
        unit, dense = self.activations.step * self.dense_weights.step, self.network.dense
        bias = straight_through(dense.bias / unit, torch.round)
        sums = nn.functional.linear(self.network.dropout(codes), self.dense_weights(dense.weight), bias)
        return cast("Tensor", sums * unit)


def train(
    model: FloatModel, level: Level, start: Quantizers, lesson: Lesson, rng: np.random.Generator, progress: Progress
) -> QuantizedModel:
    """Train a float model, pruned as the level is, in the codes of the level; what was pruned stays so.

    `start` are the quantizers to start from.
    """
    how = lesson.recipe.quantization_aware
    network = QuantizedTinyConv(model, start, how.dropout)

    def logits(features: Features) -> Tensor:
        return cast("Tensor", network(torch.from_numpy(features.astype(np.int64))))

    fitting.fit(network, how, lesson.loss(logits, how.batch, rng), f"quantization-aware {level}", progress)
    return quantized(to_model(network.network, model.level, model.labels), level, network.quantizers())


def straight_through(values: Tensor, rounded: Callable[[Tensor], Tensor]) -> Tensor:
    """Return rounded values whose gradient is that of the values (arXiv:1308.3432)."""
    return values + (rounded(values) - values).detach()


def requantized(codes: Tensor, shift: Tensor) -> Tensor:
    """Round codes of 0 and above as `requantize` does: to a fraction 2^-shift of a code, then to a code, ties up."""
    fractions = 2.0**shift
    return ((codes * fractions + 0.5).floor() / fractions + 0.5).floor()


def nearest(steps: Tensor, magnitudes: Tensor) -> Tensor:
    """Round to the nearest of magnitudes that rise from 0, of either sign, half to those at even places."""
    middles = (magnitudes[1:] + magnitudes[:-1]) / 2
    below = torch.bucketize(steps.abs(), middles)
    above = torch.bucketize(steps.abs(), middles, right=True)
    return magnitudes[torch.where(below % 2 == 0, below, above)] * steps.sign()


def _convolve(inputs: Tensor, weights: Tensor) -> Tensor:
    """Return sums (n, filters, 25, 20) of inputs (n, 49, 40)."""
    return nn.functional.conv2d(inputs.unsqueeze(1), weights, None, STRIDE, (PADDING_ROWS, PADDING_COLUMNS))
