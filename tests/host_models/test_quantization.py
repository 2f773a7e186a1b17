"""Quantization after training."""

from __future__ import annotations

import numpy as np
import pytest

from host_models import golden, zoo
from host_models.errors import LevelError
from host_models.level import parse
from host_models.quantization import affine, post_training


@pytest.mark.parametrize("bits", [2, 4, 8])
def test_affine_codes_hold_zero_exactly(bits: int) -> None:
    """Padding and a silent ReLU are real zeros in every level."""
    for values in (np.linspace(-1, 3, 50), np.linspace(0.5, 3, 50), np.linspace(-4, -1, 50), np.zeros(5)):
        codes = affine(values, bits)
        assert 0 <= codes.zero < 2**bits
        assert codes.values(codes.codes([0.0])).tolist() == [0.0]


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


@pytest.mark.parametrize("level", ["fp32", "int8-tflite", "w8a8-sym-ptq", "w8a8-asym-qat", "w8a8-asym-ptq-ch2"])
def test_a_level_made_otherwise_is_refused(level: str, shipped_features: np.ndarray) -> None:
    """A level of another kind under this one's name would be a lie."""
    with pytest.raises(LevelError, match=f"level {level} is not made by"):
        post_training(zoo.load("fp32"), parse(level), shipped_features)
