"""The arithmetic that a board must reproduce: integers bit for bit, float32 within 1e-3."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from host_models.architecture import (
    FEATURE_CHANNELS,
    FEATURE_ROWS,
    KERNEL_COLUMNS,
    KERNEL_ROWS,
    OUTPUT_COLUMNS,
    OUTPUT_ROWS,
    PADDING_COLUMNS,
    PADDING_ROWS,
    STRIDE,
)
from host_models.errors import HostModelError
from host_models.model import FloatModel, Logits, Model, QuantizedModel
from host_models.requantization import requantize, requantize_once

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BATCH = 64
"""Clips at a time, so that their windows stay within some 20 MB."""


@dataclass(frozen=True, eq=False)
class Activations:
    """Every intermediate of n clips; codes are uint8 and stored unsigned, float models have float32."""

    input: NDArray[np.uint8] | NDArray[np.float32]
    """(n, 49, 40)"""
    convolution: NDArray[np.uint8] | NDArray[np.float32]
    """(n, 25, 20, filters), after ReLU"""
    logits: NDArray[np.int32] | NDArray[np.float32]
    """(n, labels): accumulators, int8 codes from -128 to 127, or float32"""
    labels: NDArray[np.int64]
    """(n,): the index of the highest logit, the lowest index on a tie"""


def infer(model: Model, features: NDArray[np.uint8]) -> Activations:
    """Run the network on features, uint8 (n, 49, 40). Raises HostModelError for another type or shape."""
    if features.dtype != np.uint8 or features.shape[1:] != (FEATURE_ROWS, FEATURE_CHANNELS):
        raise HostModelError(
            f"features are {features.dtype}{list(features.shape)}; "
            f"uint8[n, {FEATURE_ROWS}, {FEATURE_CHANNELS}] is needed"
        )
    run = partial(_quantized, model) if isinstance(model, QuantizedModel) else partial(_float, model)
    batches: list[tuple[NDArray[Any], ...]] = [
        run(features[start : start + _BATCH]) for start in range(0, max(len(features), 1), _BATCH)
    ]
    inputs, convolution, logits = (np.concatenate(parts) for parts in zip(*batches, strict=True))
    return Activations(inputs, convolution, logits, logits.argmax(1))


def real_logits(model: Model, logits: NDArray[Any]) -> NDArray[np.float64]:
    """Return what logits of any kind stand for, as float64 of the same shape."""
    if isinstance(model, FloatModel):
        return logits.astype(np.float64)
    return (logits.astype(np.float64) - model.logit_zero) * model.logit_scale


def _windows(activations: NDArray[Any]) -> NDArray[Any]:
    """Cut padded inputs (n, 59, 46) into the windows under the filters, (n, 25, 20, 80)."""
    windows = np.lib.stride_tricks.sliding_window_view(activations, (KERNEL_ROWS, KERNEL_COLUMNS), (1, 2))
    windows = windows[:, ::STRIDE, ::STRIDE]
    return windows.reshape(len(activations), OUTPUT_ROWS, OUTPUT_COLUMNS, KERNEL_ROWS * KERNEL_COLUMNS)


def _padded(activations: NDArray[Any]) -> NDArray[Any]:
    """Surround inputs (n, 49, 40) by zeros: (n, 59, 46)."""
    return np.pad(activations, ((0, 0), (PADDING_ROWS, PADDING_ROWS), (PADDING_COLUMNS, PADDING_COLUMNS)))


def _flat(convolution: NDArray[Any]) -> NDArray[Any]:
    """Lay out (n, 25, 20, filters) as the dense layer takes it, (n, 25 * 20 * filters)."""
    return convolution.reshape(len(convolution), math.prod(convolution.shape[1:]))


def _quantized(
    model: QuantizedModel, features: NDArray[np.uint8]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.int32]]:
    """One batch in integers: input codes, convolution codes, logits.

    The sums run in float64, where every integer below 2^53 is exact, and the model has made sure of 2^31.
    """
    inputs = model.input_table[features]
    windows = _windows(_padded(inputs.astype(np.float64) - model.input_zero))
    weights = model.conv_weight_steps.reshape(model.filters, -1).astype(np.float64)
    sums = (windows @ weights.T).astype(np.int64) + model.conv_bias
    codes = requantize(sums, model.conv_multiplier, model.conv_shift) + model.activation_zero
    convolution = np.clip(codes, model.activation_zero, model.activation_max).astype(np.uint8)

    flat = _flat(convolution).astype(np.float64) - model.activation_zero
    weights = model.dense_weight_steps.astype(np.float64)
    logits = (flat @ weights.T).astype(np.int64) + model.dense_bias
    if model.logits is Logits.INT8:
        logits = requantize_once(logits, model.logit_multiplier, model.logit_shift) + model.logit_zero
        logits = np.clip(logits, -128, 127)
    return inputs, convolution, logits.astype(np.int32)


def _float(
    model: FloatModel, features: NDArray[np.uint8]
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """One batch in float32: input, convolution, logits."""
    inputs = features.astype(np.float32) * model.input_scale
    sums = _windows(_padded(inputs)) @ model.conv_weights.reshape(model.filters, -1).T + model.conv_bias
    convolution = np.maximum(sums, np.float32(0))
    logits = _flat(convolution) @ model.dense_weights.T + model.dense_bias
    return inputs, convolution, logits
