"""The golden model against loops in plain integers, and against PyTorch."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from host_models import golden, zoo
from host_models.errors import HostModelError
from host_models.model import Logits
from host_models.requantization import requantize, requantize_once

if TYPE_CHECKING:
    from collections.abc import Callable

    from host_models.model import QuantizedModel


def _by_hand(model: QuantizedModel, features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Convolution codes (25, 20, filters) and accumulators (labels,) of one clip, each output by itself, in int64."""
    codes = np.full((59, 46), model.input_zero, np.int64)
    codes[5:54, 3:43] = model.input_table[features]
    convolution = np.empty((25, 20, model.filters), np.int64)
    for time, frequency, filter_ in np.ndindex(convolution.shape):
        window = codes[2 * time : 2 * time + 10, 2 * frequency : 2 * frequency + 8] - model.input_zero
        weights = model.conv_weights[filter_].astype(np.int64) - model.conv_weight_zero
        total = int((window * weights).sum()) + int(model.conv_bias[filter_])
        code = int(requantize(total, model.conv_multiplier[filter_], model.conv_shift[filter_])) + model.activation_zero
        convolution[time, frequency, filter_] = min(max(code, model.activation_zero), model.activation_max)
    weights = model.dense_weights.astype(np.int64) - model.dense_weight_zero
    return convolution, weights @ (convolution.reshape(-1) - model.activation_zero) + model.dense_bias


@pytest.mark.parametrize(("seed", "bits"), [(0, 8), (1, 8), (2, 4), (3, 2)])
def test_integers_are_those_of_plain_loops(
    make_random_model: Callable[..., QuantizedModel], seed: int, bits: int
) -> None:
    """Padding, zero points, table, flatten order and clamp agree on random models."""
    model = make_random_model(seed, bits)
    features = np.random.default_rng(seed).integers(0, 256, (2, 49, 40)).astype(np.uint8)
    found = golden.infer(model, features)
    for index, clip in enumerate(features):
        convolution, accumulators = _by_hand(model, clip)
        assert np.array_equal(found.input[index], model.input_table[clip])
        assert np.array_equal(found.convolution[index], convolution)
        assert np.array_equal(found.logits[index], accumulators)
    assert len(np.unique(found.convolution)) > 2


def test_int8_logits_are_requantized_and_clamped(make_random_model: Callable[..., QuantizedModel]) -> None:
    """They are the accumulators rounded once, plus a zero point, from -128 to 127."""
    features = np.random.default_rng(4).integers(0, 256, (20, 49, 40)).astype(np.uint8)
    lopsided = make_random_model(4)
    middle = golden.infer(lopsided, features).logits.mean(0)
    plain = replace(lopsided, dense_bias=lopsided.dense_bias - middle.astype(np.int32))
    scaled = replace(plain, logits=Logits.INT8, logit_multiplier=1_500_000_000, logit_shift=10, logit_zero=-20)
    accumulators = golden.infer(plain, features).logits
    expected = np.clip(requantize_once(accumulators, 1_500_000_000, 10) - 20, -128, 127)
    assert np.array_equal(golden.infer(scaled, features).logits, expected)
    assert {-128, 127} <= set(expected.ravel().tolist()), expected
    assert len(np.unique(expected)) > 10


def test_the_lowest_label_wins_a_tie(make_random_model: Callable[..., QuantizedModel]) -> None:
    """Labels are the argmax; equal logits give the first."""
    model = make_random_model(5)
    same = replace(model, dense_weights=np.repeat(model.dense_weights[:1], 4, axis=0), dense_bias=np.zeros(4, np.int32))
    assert golden.infer(same, np.full((1, 49, 40), 9, np.uint8)).labels.tolist() == [0]


def test_many_clips_give_what_each_gives_alone(shipped_features: np.ndarray) -> None:
    """Batches do not mix clips, whatever their number."""
    model = zoo.load("int8-tflite")
    features = np.concatenate([shipped_features] * 4)[:130]
    together = golden.infer(model, features)
    alone = np.concatenate([golden.infer(model, features[index : index + 1]).logits for index in range(0, 130, 7)])
    assert np.array_equal(together.logits[::7], alone)


def test_no_clips_give_no_logits() -> None:
    """An empty batch keeps its shapes."""
    found = golden.infer(zoo.load("fp32"), np.zeros((0, 49, 40), np.uint8))
    assert found.logits.shape == (0, 4)
    assert found.labels.shape == (0,)


@pytest.mark.extras
def test_float_is_within_a_thousandth_of_pytorch(shipped_features: np.ndarray) -> None:
    """Numpy's float32 and PyTorch's differ in the order of sums only."""
    import torch  # noqa: PLC0415 - seconds to load, and only this test needs it

    from host_models.network import from_model  # noqa: PLC0415 - loads torch

    model = zoo.load("fp32")
    with torch.inference_mode():
        theirs = from_model(model)(torch.from_numpy(shipped_features).float() / 255).numpy()
    assert np.abs(golden.infer(model, shipped_features).logits - theirs).max() < 1e-3


def test_features_of_another_shape_are_refused() -> None:
    """The sentence tells the shape that is needed."""
    with pytest.raises(HostModelError, match=r"features are float64\[2, 49\]; uint8\[n, 49, 40\] is needed"):
        golden.infer(zoo.load("fp32"), np.zeros((2, 49)))


def test_real_logits_undo_scale_and_zero_point() -> None:
    """An int8 logit at the zero point is 0; a step is the scale."""
    model = zoo.load("int8-tflite")
    assert model.logits is Logits.INT8
    codes = np.array([[model.logit_zero, model.logit_zero + 3]])
    assert golden.real_logits(model, codes).tolist() == [[0.0, 3 * model.logit_scale]]
