"""How a float model becomes integers after training: codes and scales chosen by mean squared error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from host_models import golden
from host_models.architecture import FEATURE_MAX
from host_models.errors import LevelError
from host_models.level import Level, Method, Quantization, Scheme
from host_models.model import FloatModel, Logits, QuantizedModel
from host_models.requantization import quantize_multiplier

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

_SHRINK = np.linspace(0.3, 1.0, 71)
"""Parts of the full range that are tried; a narrower one rounds finer and clips more."""


@dataclass(frozen=True)
class Affine:
    """Codes from `lowest` to 2^bits - 1, stored unsigned, where `zero` stands for 0 and a step is `scale`."""

    bits: int
    scale: float
    zero: int
    lowest: int = 0

    def codes(self, values: ArrayLike) -> NDArray[np.uint8]:
        """Round values to the nearest codes, half to even, uint8 of the same shape."""
        codes = np.rint(np.asarray(values, np.float64) / self.scale) + self.zero
        return np.asarray(np.clip(codes, self.lowest, 2**self.bits - 1), np.uint8)

    def values(self, codes: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Return what codes stand for, float64 of the same shape."""
        return (codes.astype(np.float64) - self.zero) * self.scale

    def squared_error(self, values: NDArray[Any]) -> float:
        """Mean squared difference that rounding to codes makes."""
        return float(np.mean((self.values(self.codes(values)) - values) ** 2))


def affine(values: NDArray[Any], bits: int, highest_value: float = 0.0) -> Affine:
    """Codes 0 to 2^bits - 1 that hold 0 exactly and give the least mean squared error over the values.

    The range that is narrowed until the error is least is that of the values, and of `highest_value` where they can
    reach it and just don't here.
    """
    highest = 2**bits - 1
    low, high = min(float(values.min()), 0.0), max(float(values.max()), highest_value)
    if low == high:
        return Affine(bits, 1.0, 0)
    candidates = []
    for part in _SHRINK:
        scale = part * (high - low) / highest
        zero = int(np.clip(round(-part * low / scale), 0, highest))
        candidates.append(Affine(bits, float(scale), zero))
    return min(reversed(candidates), key=lambda candidate: candidate.squared_error(values))


def post_training(model: FloatModel, level: Level, features: NDArray[np.uint8]) -> QuantizedModel:
    """Quantize a float model to an asymmetric level, its ranges calibrated on features, uint8 (n, 49, 40).

    The features must come from training clips. Raises LevelError for a level of another scheme or method.
    """
    quantization = level.arithmetic
    if (
        not isinstance(quantization, Quantization)
        or level.pruning is not None
        or (quantization.scheme, quantization.method) != (Scheme.ASYMMETRIC, Method.POST_TRAINING)
    ):
        raise LevelError(f"level {level} is not made by quantizing to affine codes after training")
    activations = golden.infer(model, features)
    bits = quantization.activation_bits
    inputs = affine(activations.input, bits, highest_value=FEATURE_MAX * float(model.input_scale))
    between = affine(activations.convolution, bits)
    conv = affine(model.conv_weights, quantization.weight_bits)
    dense = affine(model.dense_weights, quantization.weight_bits)
    multiplier, shift = quantize_multiplier(inputs.scale * conv.scale / between.scale)
    every_feature = np.arange(FEATURE_MAX + 1) * float(model.input_scale)
    return QuantizedModel(
        level=str(level),
        labels=model.labels,
        weight_bits=quantization.weight_bits,
        activation_bits=bits,
        input_table=inputs.codes(every_feature),
        input_zero=inputs.zero,
        input_scale=inputs.scale,
        conv_weights=conv.codes(model.conv_weights),
        conv_weight_zero=conv.zero,
        conv_weight_scale=np.full(model.filters, conv.scale),
        conv_bias=_bias(model.conv_bias, inputs.scale * conv.scale),
        conv_multiplier=np.full(model.filters, multiplier, np.int32),
        conv_shift=np.full(model.filters, shift, np.int32),
        activation_zero=between.zero,
        activation_max=2**bits - 1,
        activation_scale=between.scale,
        dense_weights=dense.codes(model.dense_weights),
        dense_weight_zero=dense.zero,
        dense_weight_scale=dense.scale,
        dense_bias=_bias(model.dense_bias, between.scale * dense.scale),
        logits=Logits.ACCUMULATORS,
        logit_multiplier=0,
        logit_shift=0,
        logit_zero=0,
        logit_scale=between.scale * dense.scale,
    )


def _bias(values: NDArray[np.float32], scale: float) -> NDArray[np.int32]:
    """Biases in units of `scale`, int32."""
    return np.rint(values.astype(np.float64) / scale).astype(np.int32)
