"""What PyTorch says: the float network, or the same with values rounded as a quantized level rounds them."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

import numpy as np

from host_models import zoo
from host_models.model import FloatModel, QuantizedModel
from host_models.voice import Voice, silent, spoken

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from torch import Tensor

    from host_models.model import Model


def infer(level: str, features: NDArray[np.uint8]) -> Voice:
    """Run a level of the zoo on features, uint8 (n, 49, 40); silent where PyTorch is not installed.

    A quantized level is fake-quantized: real arithmetic on values that have been rounded to its codes. Its sums are
    not rounded as the integers are, so that a label can differ from the golden model's where two logits are close.
    """
    if importlib.util.find_spec("torch") is None:
        return silent("PyTorch is not installed; install tinyhil[torch]")
    return spoken(prepare(zoo.load(level))(features))


def prepare(model: Model, device: str = "cpu") -> Callable[[NDArray[np.uint8]], NDArray[np.float64]]:
    """Make the function from features, uint8 (n, 49, 40), to real logits (n, labels); needs PyTorch.

    `device` is PyTorch's name of what computes: `cpu`, `cuda`.
    """
    return _float(model, device) if isinstance(model, FloatModel) else _fake_quantized(model, device)


def _float(model: FloatModel, device: str) -> Callable[[NDArray[np.uint8]], NDArray[np.float64]]:
    """Make the float network."""
    import torch  # noqa: PLC0415 - an extra

    from host_models.network import from_model  # noqa: PLC0415 - needs torch

    network = from_model(model).to(device)

    def infer(features: NDArray[np.uint8]) -> NDArray[np.float64]:
        inputs = torch.from_numpy(features.astype(np.float32) * model.input_scale)
        with torch.inference_mode():
            logits = network(inputs.to(device))
        return np.asarray(logits.cpu().numpy(), np.float64)

    return infer


def _fake_quantized(model: QuantizedModel, device: str) -> Callable[[NDArray[np.uint8]], NDArray[np.float64]]:
    """Make the network whose weights and activations are the real values of the level's codes."""
    import torch  # noqa: PLC0415 - an extra

    from host_models.network import from_model  # noqa: PLC0415 - needs torch

    network = from_model(_dequantized(model)).to(device)
    # A board rounds to a fraction 2^-shift of a code, then to a code; with few bits that fraction is coarse.
    steps = 2.0 ** torch.from_numpy(model.conv_shift).to(device)

    def infer(features: NDArray[np.uint8]) -> NDArray[np.float64]:
        inputs = model.input_scale * (model.input_table[features].astype(np.float32) - model.input_zero)
        with torch.inference_mode():
            codes = network.activations(torch.from_numpy(inputs.astype(np.float32)).to(device)) / model.activation_scale
            codes = _rounded(_rounded(codes * steps) / steps).clamp(0, model.activation_max - model.activation_zero)
            logits = network.dense((codes * model.activation_scale).flatten(1))
            if model.logit_multiplier:
                lowest, highest = -128 - model.logit_zero, 127 - model.logit_zero
                logits = _rounded(logits / model.logit_scale).clamp(lowest, highest) * model.logit_scale
        return np.asarray(logits.cpu().numpy(), np.float64)

    return infer


def _rounded(values: Tensor) -> Tensor:
    """Round to the nearest integers, ties up."""
    return (values + 0.5).floor()


def _dequantized(model: QuantizedModel) -> FloatModel:
    """Make the float model whose weights are what the codes stand for."""
    conv_scale = model.conv_weight_scale
    conv_weights = model.conv_weight_steps * conv_scale[:, None, None]
    dense_weights = model.dense_weight_steps * model.dense_weight_scale
    return FloatModel(
        level=model.level,
        labels=model.labels,
        input_scale=np.float32(model.input_scale),
        conv_weights=conv_weights.astype(np.float32),
        conv_bias=(model.conv_bias * (model.input_scale * conv_scale)).astype(np.float32),
        dense_weights=dense_weights.astype(np.float32),
        dense_bias=(model.dense_bias * (model.activation_scale * model.dense_weight_scale)).astype(np.float32),
    )
