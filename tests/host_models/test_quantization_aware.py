"""Networks that learn to be quantized: what they answer, and what their gradients see."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from host_models import golden, zoo
from host_models.level import Pruning, Quantization, parse
from host_models.model import FloatModel
from host_models.pruning import pruned
from host_models.quantization import Quantizer, calibrated, quantized
from host_models.requantization import quantize_multiplier, requantize

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from host_models.training.quantization_aware import QuantizedTinyConv

pytestmark = pytest.mark.extras

LEVELS = [f"w{bits}a{bits}-{scheme}-qat" for bits in (2, 3, 4, 8) for scheme in ("asym", "sym", "symw")]


@pytest.fixture(scope="module")
def torch() -> ModuleType:
    """Give PyTorch, which the lean environment can't import at the head of a module."""
    import torch  # noqa: PLC0415 - see above

    return torch


@pytest.fixture(scope="module")
def aware() -> ModuleType:
    """Give the module under test, which imports PyTorch."""
    from host_models.training import quantization_aware  # noqa: PLC0415 - see above

    return quantization_aware


@pytest.fixture(scope="module")
def floats() -> FloatModel:
    """Give the float network of the zoo."""
    model = zoo.load("fp32")
    assert isinstance(model, FloatModel)
    return model


@pytest.fixture
def learning(aware: ModuleType, floats: FloatModel, shipped_features: np.ndarray) -> Callable[..., QuantizedTinyConv]:
    """Give the function that starts a network of a level, of the zoo's float weights or others."""

    def start(level: str, model: FloatModel = floats) -> QuantizedTinyConv:
        arithmetic = parse(level).arithmetic
        assert isinstance(arithmetic, Quantization)
        network: QuantizedTinyConv = aware.QuantizedTinyConv(
            model, calibrated(model, arithmetic, shipped_features), dropout=0.0
        )
        network.eval()
        return network

    return start


@pytest.mark.parametrize("level", [*LEVELS, "w2a8-symw-qat", "w8a2-sym-qat", "f4e2m1a8-symw-qat", "f6e3m2a4-sym-qat"])
def test_answers_are_those_of_the_exported_integers(
    torch: ModuleType,
    aware: ModuleType,
    learning: Callable[..., QuantizedTinyConv],
    level: str,
    shipped_features: np.ndarray,
) -> None:
    """Also after weights, biases and steps have moved: logits of all forty clips, to a float's precision."""
    network = learning(level)
    torch.manual_seed(0)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.05 * parameter.abs().mean() * torch.randn_like(parameter))
        said = network(torch.from_numpy(shipped_features.astype(np.int64))).numpy()
    exported = quantized(aware.to_model(network.network), parse(level), network.quantizers())
    found = golden.infer(exported, shipped_features)
    differences = np.abs(said - golden.real_logits(exported, found.logits)).max(1)
    assert (differences < 1e-3).mean() >= 0.95, differences
    assert (said.argmax(1) == found.labels).mean() >= 0.975


def test_sums_round_as_the_board_requantizes(torch: ModuleType, aware: ModuleType) -> None:
    """To fractions of a code first: with a shift of 2, 3.375 is 3.5 and then 4."""
    assert aware.requantized(torch.tensor([0.374, 0.375, 3.375, 3.374]), torch.tensor(2)).tolist() == [0, 1, 4, 3]
    for factor in (0.4, 0.07, 0.0123):
        multiplier, shift = quantize_multiplier(factor)
        sums = np.arange(int(250 / factor))
        expected = requantize(sums, multiplier, shift)
        given = aware.requantized(torch.from_numpy(sums * (multiplier / 2**31 / 2**shift)), torch.tensor(shift))
        assert given.tolist() == expected.tolist()


def test_gradients_pass_rounding_but_not_clipping(torch: ModuleType, aware: ModuleType) -> None:
    """Codes -1 to 2 at steps of 0.5; by hand, the derivative of 0.5 code by the value is 1 inside and 0 beyond."""
    quantizer = aware.LearnedQuantizer(Quantizer(scale=0.5, zero=1, highest=3))
    values = torch.tensor([-2.0, -0.4, 0.3, 0.9, 7.0], requires_grad=True)
    codes = quantizer(values)
    assert codes.tolist() == [-1, -1, 1, 2, 2]
    (codes * quantizer.step).sum().backward()
    assert values.grad is not None
    assert values.grad.tolist() == pytest.approx([0, 1, 1, 1, 0])
    # LSQ: what rounding added where nothing is clipped, and the code itself where it is; by the logarithm, times 0.5.
    assert float(quantizer.log_step.grad) == pytest.approx(0.5 * (-1 + (-1 + 0.8) + (1 - 0.6) + (2 - 1.8) + 2))


@pytest.mark.parametrize("level", ["w2a2-symw-qat", "w3a3-sym-qat", "w8a8-asym-qat"])
def test_the_step_of_the_input_has_the_gradient_of_every_input(
    torch: ModuleType, learning: Callable[..., QuantizedTinyConv], level: str, shipped_features: np.ndarray
) -> None:
    """The short cut through the slope of the sums gives what going back through the convolution gives."""
    network = learning(level)
    features = torch.from_numpy(shipped_features[::4].astype(np.int64))
    weights = network.conv_weights(network.network.convolution.weight).detach()
    inputs = network.input(network._every_feature)[features]
    long_way = torch.nn.functional.conv2d(inputs.unsqueeze(1), weights, None, 2, (5, 3))
    torch.manual_seed(1)
    weighted_by = torch.randn_like(long_way)
    (expected,) = torch.autograd.grad((long_way * weighted_by).sum(), network.input.log_step)
    (given,) = torch.autograd.grad((network._sums(features) * weighted_by).sum(), network.input.log_step)
    assert float(given) == pytest.approx(float(expected), rel=1e-4)


def test_every_parameter_learns(
    torch: ModuleType, learning: Callable[..., QuantizedTinyConv], shipped_features: np.ndarray
) -> None:
    """Weights, biases and all four steps get a gradient."""
    network = learning("w3a3-sym-qat")
    network(torch.from_numpy(shipped_features.astype(np.int64))).square().sum().backward()
    named = dict(network.named_parameters())
    assert len(named) == 8
    assert [name for name, parameter in named.items() if not parameter.grad.abs().sum() > 0] == []


def test_pruned_weights_get_no_gradient(
    torch: ModuleType, learning: Callable[..., QuantizedTinyConv], floats: FloatModel, shipped_features: np.ndarray
) -> None:
    """So they stay 0 while the others learn."""
    thin = pruned(floats, Pruning(percent=75), shipped_features)
    network = learning("w4a4-symw-qat-un75", thin)
    network(torch.from_numpy(shipped_features.astype(np.int64))).square().sum().backward()
    gradient = network.network.convolution.weight.grad[:, 0].numpy()
    assert (gradient[thin.conv_weights == 0] == 0).all()
    assert (gradient[thin.conv_weights != 0] != 0).mean() > 0.9


def test_zeros_stay_zeros_under_the_optimizers_arithmetic(torch: ModuleType, aware: ModuleType) -> None:
    """Adam's quotient of a zero gradient is zero, and decay of 0 is 0; by hand, since its module loads Triton."""
    weights = torch.tensor([0.0, 2.0], requires_grad=True)
    aware.keep_zeros(weights)
    (3 * weights).sum().backward()
    assert weights.grad is not None
    assert weights.grad.tolist() == [0, 3]


def test_a_pruned_level_is_written_with_its_own_filters(
    aware: ModuleType, floats: FloatModel, shipped_features: np.ndarray
) -> None:
    """A trained level with fewer filters goes through the same export."""
    small = pruned(floats, Pruning(filters=5), shipped_features)
    level = parse("w4a4-sym-qat-ch5")
    assert isinstance(level.arithmetic, Quantization)
    network = aware.QuantizedTinyConv(small, calibrated(small, level.arithmetic, shipped_features), 0.0)
    exported = quantized(replace(small), level, network.quantizers())
    assert (exported.level, exported.filters) == ("w4a4-sym-qat-ch5", 3)
