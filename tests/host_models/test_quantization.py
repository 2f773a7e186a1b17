"""Quantization after training."""

from __future__ import annotations

import numpy as np
import pytest

from host_models import golden, zoo
from host_models.errors import LevelError
from host_models.level import Pruning, parse
from host_models.pruning import pruned
from host_models.quantization import Quantizer, affine, post_training, symmetric


@pytest.mark.parametrize("bits", [2, 4, 8])
def test_affine_codes_hold_zero_exactly(bits: int) -> None:
    """Padding and a silent ReLU are real zeros in every level."""
    for values in (np.linspace(-1, 3, 50), np.linspace(0.5, 3, 50), np.linspace(-4, -1, 50), np.zeros(5)):
        codes = affine(values, bits)
        assert 0 <= codes.zero <= codes.highest == 2**bits - 1
        assert codes.values(codes.codes([0.0])).tolist() == [0.0]


def test_codes_are_rounded_shifted_and_clipped() -> None:
    """By hand: 2 bits, a step of 0.5, 0 at code 1, so that -0.5 to 1 can be said; halves go to even codes."""
    codes = Quantizer(scale=0.5, zero=1, highest=3)
    assert codes.codes([-0.7, -0.2, 0.0, 0.25, 0.3, 0.75, 2.0]).tolist() == [0, 1, 1, 1, 2, 3, 3]
    assert codes.values(np.arange(4, dtype=np.uint8)).tolist() == [-0.5, 0.0, 0.5, 1.0]


def test_codes_are_within_half_a_step_of_their_values() -> None:
    """Where nothing is clipped, rounding is all that is lost."""
    values = np.random.default_rng(0).uniform(-2, 5, 5000)
    codes = affine(values, 8)
    inside = (values > codes.values(np.array([0], np.uint8))) & (values < codes.values(np.array([255], np.uint8)))
    assert inside.mean() > 0.95
    assert np.abs(codes.values(codes.codes(values)) - values)[inside].max() <= codes.scale / 2 + 1e-12


def test_a_lonely_outlier_is_clipped_at_few_bits() -> None:
    """The least squared error is what is chosen, not the range."""
    values = np.concatenate([np.random.default_rng(0).normal(0, 1, 5000), [12.0]])
    full = affine(np.array([values.min(), values.max()]), 4)
    assert affine(values, 4).squared_error(values) < full.squared_error(values)


def test_eight_bits_keep_the_features_whole(shipped_features: np.ndarray) -> None:
    """The input table of an 8-bit level is the identity: a feature is its own code."""
    model = zoo.load("w8a8-asym-ptq")
    assert model.input_table.tolist() == list(range(256))
    made = post_training(zoo.load("fp32"), parse("w8a8-asym-ptq"), shipped_features)
    assert made.input_table.tolist() == list(range(256))


def test_eight_bits_stay_close_to_float(shipped_features: np.ndarray) -> None:
    """Real logits move by little, labels hardly."""
    floats = zoo.load("fp32")
    made = post_training(floats, parse("w8a8-asym-ptq"), shipped_features)
    codes, real = golden.infer(made, shipped_features), golden.infer(floats, shipped_features)
    assert np.abs(golden.real_logits(made, codes.logits) - real.logits).max() < 0.5
    assert (codes.labels == real.labels).mean() >= 0.95


def test_codes_use_the_width_that_the_level_names(shipped_features: np.ndarray) -> None:
    """Weights and activations have widths of their own."""
    made = post_training(zoo.load("fp32"), parse("w3a5-asym-ptq"), shipped_features)
    assert (made.weight_bits, made.activation_bits, made.activation_max) == (3, 5, 31)
    assert made.dense_weights.max() <= 7


@pytest.mark.parametrize("level", ["fp32", "int8-tflite", "w8a8-asym-qat"])
def test_a_level_made_otherwise_is_refused(level: str, shipped_features: np.ndarray) -> None:
    """A level of another kind under this one's name would be a lie."""
    with pytest.raises(LevelError, match=f"level {level} is not made by"):
        post_training(zoo.load("fp32"), parse(level), shipped_features)


@pytest.mark.parametrize("level", ["w8a8-asym-ptq-ch2", "w8a8-sym-ptq-un25", "w8a8-sym-ptq-un50-ft"])
def test_a_model_that_is_not_pruned_as_its_level_is_refused(level: str, shipped_features: np.ndarray) -> None:
    """The whole network does not pass for a smaller one."""
    with pytest.raises(LevelError, match=rf"level {level} has .*; prune the model first"):
        post_training(zoo.load("fp32"), parse(level), shipped_features)


def test_symmetric_codes_are_as_many_on_either_side_of_zero() -> None:
    """With 3 bits -3 to 3, stored as 0 to 6: one code of the eight is left out."""
    codes = symmetric(np.array([-1.5, -0.5, 0.0, 0.5, 1.5]), 3)
    assert (codes.zero, codes.highest) == (3, 6)
    assert codes.scale == pytest.approx(0.5)
    assert codes.codes([-9.0, -1.5, -1.0, 0.0, 0.2, 1.0, 1.5, 9.0]).tolist() == [0, 0, 1, 3, 3, 5, 6, 6]
    assert codes.values(np.array([0, 3, 6], np.uint8)).tolist() == pytest.approx([-1.5, 0.0, 1.5])


def test_symmetric_codes_of_nothing_stand_for_zero() -> None:
    """A tensor of zeros has a step nevertheless."""
    codes = symmetric(np.zeros(4), 2)
    assert codes.values(codes.codes([0.0])).tolist() == [0.0]


@pytest.mark.parametrize(
    ("level", "weight_zero", "activation_zero", "activation_max"),
    [
        ("w2a2-sym-ptq", 1, 1, 2),
        ("w4a4-sym-ptq", 7, 7, 14),
        ("w8a8-sym-ptq", 127, 127, 254),
        ("w3a3-symw-ptq", 3, 0, 7),
        ("w3a3-asym-ptq", None, 0, 7),
    ],
)
def test_zero_points_and_codes_are_those_of_the_scheme(
    level: str, weight_zero: int | None, activation_zero: int, activation_max: int, shipped_features: np.ndarray
) -> None:
    """Symmetric tensors, features and ReLU outputs among them, use the upper half; affine ones all codes."""
    model = post_training(zoo.load("fp32"), parse(level), shipped_features)
    if weight_zero is None:
        assert model.dense_weights.max() == 2**model.weight_bits - 1
    else:
        assert (model.conv_weight_zero, model.dense_weight_zero) == (weight_zero, weight_zero)
        assert max(model.conv_weights.max(), model.dense_weights.max()) <= 2 * weight_zero
    assert (model.input_zero, model.activation_zero) == (activation_zero, activation_zero)
    assert model.input_table.min() == activation_zero
    assert model.input_table.max() == model.activation_max == activation_max
    convolution = golden.infer(model, shipped_features).convolution
    assert convolution.min() == activation_zero
    assert convolution.max() <= activation_max


def test_pruned_weights_stay_zero_in_codes(shipped_features: np.ndarray) -> None:
    """Every scheme has a code for 0."""
    floats = pruned(zoo.load("fp32"), Pruning(percent=75), shipped_features)
    for scheme in ("sym", "asym", "symw"):
        model = post_training(floats, parse(f"w3a8-{scheme}-ptq-un75"), shipped_features)
        assert (model.conv_weights[floats.conv_weights == 0] == model.conv_weight_zero).all()
