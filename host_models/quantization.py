"""How real numbers become codes, and a float model an integer one: scales chosen by mean squared error."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from host_models import golden
from host_models.architecture import FEATURE_MAX, FILTERS
from host_models.errors import LevelError
from host_models.level import Level, Method, Quantization, Scheme
from host_models.minifloat import MinifloatQuantizer, table
from host_models.model import INT32_MAX, FloatModel, Logits, MinifloatModel, QuantizedModel
from host_models.requantization import quantize_multiplier

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    from host_models.level import Minifloat

_Q = TypeVar("_Q", "Quantizer", MinifloatQuantizer)

_SHRINK = np.concatenate([np.linspace(0.1, 0.29, 20), np.linspace(0.3, 1.0, 71)])
"""Parts of the full range that are tried; a narrower one rounds finer and clips more."""


@dataclass(frozen=True)
class Quantizer:
    """Codes from 0 to `highest`, of which `zero` stands for 0; from one to the next it is `scale`."""

    scale: float
    zero: int
    highest: int

    def codes(self, values: ArrayLike) -> NDArray[np.uint8]:
        """Round values to the nearest codes, half to even, uint8 of the same shape."""
        codes = np.rint(np.asarray(values, np.float64) / self.scale) + self.zero
        return np.asarray(np.clip(codes, 0, self.highest), np.uint8)

    def values(self, codes: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Return what codes stand for, float64 of the same shape."""
        return (codes.astype(np.float64) - self.zero) * self.scale

    def squared_error(self, values: NDArray[Any]) -> float:
        """Mean squared difference that rounding to codes makes."""
        return float(np.mean((self.values(self.codes(values)) - values) ** 2))


@dataclass(frozen=True)
class Quantizers:
    """The four quantizers of a network, each for a whole tensor."""

    input: Quantizer
    conv_weights: Quantizer | MinifloatQuantizer
    activations: Quantizer
    """Of what leaves the convolution; its code of 0 is the lowest that the ReLU lets through."""
    dense_weights: Quantizer | MinifloatQuantizer


def affine(values: NDArray[Any], bits: int, highest_value: float = 0.0) -> Quantizer:
    """Codes 0 to 2^bits - 1 that hold 0 exactly and give the least mean squared error over the values.

    The range that is narrowed until the error is least is that of the values, and of `highest_value` where they can
    reach it and just don't here.
    """
    highest = 2**bits - 1
    low, high = min(float(values.min()), 0.0), max(float(values.max()), highest_value)
    if low == high:
        return Quantizer(1.0, 0, highest)
    candidates = []
    for part in _SHRINK:
        scale = part * (high - low) / highest
        zero = int(np.clip(round(-part * low / scale), 0, highest))
        candidates.append(Quantizer(float(scale), zero, highest))
    return _best(candidates, values)


def symmetric(values: NDArray[Any], bits: int, highest_value: float = 0.0) -> Quantizer:
    """Codes of -(2^(bits-1) - 1) to 2^(bits-1) - 1 that give the least mean squared error over the values.

    They are stored from 0 on, so that 2^(bits-1) - 1 is the zero point. `highest_value` as for `affine`.
    """
    zero = 2 ** (bits - 1) - 1
    reach = max(float(np.abs(values).max()), highest_value)
    if reach == 0:
        return Quantizer(1.0, zero, 2 * zero)
    return _best([Quantizer(float(part * reach / zero), zero, 2 * zero) for part in _SHRINK], values)


def minifloat(values: NDArray[Any], form: Minifloat) -> MinifloatQuantizer:
    """Numbers of a minifloat format, times the scale that gives the least mean squared error over the values."""
    reach, highest = float(np.abs(values).max()), int(table(form).max())
    if reach == 0:
        return MinifloatQuantizer(1.0, form)
    return _best([MinifloatQuantizer(float(part * reach / highest), form) for part in _SHRINK], values)


def _best(candidates: list[_Q], values: NDArray[Any]) -> _Q:
    """Return the one of least mean squared error over the values, the widest of equal ones."""
    return min(reversed(candidates), key=lambda candidate: candidate.squared_error(values))


def calibrated(model: FloatModel, quantization: Quantization, features: NDArray[np.uint8]) -> Quantizers:
    """Choose the quantizers of a float model by mean squared error, on training features, uint8 (n, 49, 40)."""
    of_activations = symmetric if quantization.scheme is Scheme.SYMMETRIC else affine
    found = golden.infer(model, features)
    bits = quantization.activation_bits
    return Quantizers(
        input=of_activations(found.input, bits, FEATURE_MAX * float(model.input_scale)),
        conv_weights=_of_weights(model.conv_weights, quantization),
        activations=of_activations(found.convolution, bits),
        dense_weights=_of_weights(model.dense_weights, quantization),
    )


def _of_weights(weights: NDArray[Any], quantization: Quantization) -> Quantizer | MinifloatQuantizer:
    """Choose the quantizer of a layer's weights."""
    if quantization.minifloat is not None:
        return minifloat(weights, quantization.minifloat)
    of_scheme = affine if quantization.scheme is Scheme.ASYMMETRIC else symmetric
    return of_scheme(weights, quantization.weight_bits)


def post_training(model: FloatModel, level: Level, features: NDArray[np.uint8]) -> QuantizedModel:
    """Quantize a float model, pruned as the level is, with its ranges calibrated on features, uint8 (n, 49, 40).

    The features must come from training clips. Raises LevelError for a level that is not made so, or of other pruning.
    """
    quantization = level.arithmetic
    if not isinstance(quantization, Quantization) or quantization.method is not Method.POST_TRAINING:
        raise LevelError(f"level {level} is not made by quantizing after training")
    return quantized(model, level, calibrated(model, quantization, features))


def quantized(model: FloatModel, level: Level, by: Quantizers) -> QuantizedModel:
    """Write a float model in codes. Raises LevelError where its pruning or the widths are not those of the level."""
    quantization = level.arithmetic
    if not isinstance(quantization, Quantization):
        raise LevelError(f"level {level} has no codes")
    _check_pruning(model, level)
    multiplier, shift = quantize_multiplier(by.input.scale * by.conv_weights.scale / by.activations.scale)
    every_feature = np.arange(FEATURE_MAX + 1) * float(model.input_scale)
    kind: Callable[..., QuantizedModel] = QuantizedModel
    if quantization.minifloat is not None:
        kind = partial(MinifloatModel, weight_table=table(quantization.minifloat))
    return kind(
        level=str(level),
        labels=model.labels,
        weight_bits=quantization.weight_bits,
        activation_bits=quantization.activation_bits,
        input_table=by.input.codes(every_feature),
        input_zero=by.input.zero,
        input_scale=by.input.scale,
        conv_weights=by.conv_weights.codes(model.conv_weights),
        conv_weight_zero=by.conv_weights.zero,
        conv_weight_scale=np.full(model.filters, by.conv_weights.scale),
        conv_bias=_bias(model.conv_bias, by.input.scale * by.conv_weights.scale),
        conv_multiplier=np.full(model.filters, multiplier, np.int32),
        conv_shift=np.full(model.filters, shift, np.int32),
        activation_zero=by.activations.zero,
        activation_max=by.activations.highest,
        activation_scale=by.activations.scale,
        dense_weights=by.dense_weights.codes(model.dense_weights),
        dense_weight_zero=by.dense_weights.zero,
        dense_weight_scale=by.dense_weights.scale,
        dense_bias=_bias(model.dense_bias, by.activations.scale * by.dense_weights.scale),
        logits=Logits.ACCUMULATORS,
        logit_multiplier=0,
        logit_shift=0,
        logit_zero=0,
        logit_scale=by.activations.scale * by.dense_weights.scale,
    )


def _check_pruning(model: FloatModel, level: Level) -> None:
    """Raise LevelError where the model has not the filters that the level leaves, or fewer zeros than it says."""
    pruning = level.pruning
    filters = FILTERS - (pruning.filters if pruning else 0)
    if model.filters != filters:
        raise LevelError(f"level {level} has {filters} filters, its model {model.filters}; prune the model first")
    zeros = float(np.mean(model.conv_weights == 0))
    if pruning and 100 * zeros + 1e-9 < pruning.percent - 50 / model.conv_weights.size:
        raise LevelError(f"level {level} has zeros that its model lacks; prune the model first")


def _bias(values: NDArray[np.float32], scale: float) -> NDArray[np.int32]:
    """Biases in units of `scale`, int32; one that is out of range is at its end, where the model refuses it."""
    return np.rint(np.clip(values.astype(np.float64) / scale, -INT32_MAX, INT32_MAX)).astype(np.int32)
