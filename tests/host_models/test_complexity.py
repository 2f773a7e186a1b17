"""Counts of parameters and multiply-accumulates, against the published network and by brute force."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from host_models import zoo
from host_models.complexity import Complexity

if TYPE_CHECKING:
    from collections.abc import Callable

    from host_models.model import QuantizedModel


@pytest.mark.parametrize("level", ["fp32", "int8-tflite", "w8a8-asym-ptq"])
def test_the_whole_network_has_the_published_counts(level: str) -> None:
    """16,652 parameters and 336,000 multiply-accumulates, whatever they are stored in."""
    complexity = Complexity.of(zoo.load(level))
    assert (complexity.parameters, complexity.macs) == (16_652, 336_000)


def test_a_filter_takes_its_weights_and_those_of_the_dense_layer_with_it() -> None:
    """A filter has 80 weights, a bias and 500 outputs, each of which 4 labels weigh."""
    complexity = Complexity.of(zoo.load("w8a8-sym-ptq-ch3"))
    assert (complexity.parameters, complexity.macs) == (16_652 - 3 * 2_081, 5 * 42_000)


def test_half_of_the_weights_of_the_convolution_are_half_of_its_work() -> None:
    """The dense layer's 16,000 stay."""
    complexity = Complexity.of(zoo.load("fp32-un50"))
    assert (complexity.parameters, complexity.nonzero_parameters) == (16_652, 16_652 - 320)
    assert (complexity.macs, complexity.nonzero_macs) == (336_000, 336_000 - 160_000)


def test_what_zeros_leave_is_what_a_loop_that_skips_them_does(make_random_model: Callable[..., QuantizedModel]) -> None:
    """Position by position and weight by weight; with 2 bits many codes are the zero point."""
    model = make_random_model(3, bits=2)
    done = kept = 0
    for weights in model.conv_weights.reshape(3, 80).tolist():
        kept += sum(code != model.conv_weight_zero for code in weights) + 1
        for _position in range(25 * 20):
            done += sum(code != model.conv_weight_zero for code in weights)
    for weights in model.dense_weights.tolist():
        kept += sum(code != model.dense_weight_zero for code in weights) + 1
        done += sum(code != model.dense_weight_zero for code in weights)
    complexity = Complexity.of(model)
    assert (complexity.nonzero_macs, complexity.nonzero_parameters) == (done, kept)
    assert done < complexity.macs
