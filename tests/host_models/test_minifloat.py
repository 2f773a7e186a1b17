"""Minifloat weights."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

import numpy as np
import pytest

from host_models import export, golden, pytorch, zoo
from host_models.errors import HostModelError
from host_models.level import Minifloat, parse
from host_models.minifloat import MinifloatQuantizer, span_bits, table
from host_models.model import MinifloatModel
from host_models.quantization import minifloat, post_training

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("form", "unit", "values"),
    [
        (Minifloat(2, 1), 0.5, [0, 0.5, 1, 1.5, 2, 3, 4, 6]),
        (Minifloat(1, 2), 0.25, [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75]),
        (Minifloat(3, 0), 0.25, [0, 0.25, 0.5, 1, 2, 4, 8, 16]),
    ],
)
def test_codes_stand_for_the_numbers_of_the_format(form: Minifloat, unit: float, values: list[float]) -> None:
    """The first are those of E2M1 in the OCP Microscaling specification; negative ones follow with the sign bit."""
    assert (table(form) * unit).tolist() == [*values, *(-value for value in values)]


@pytest.mark.parametrize(("form", "unit", "highest"), [(Minifloat(2, 3), 0.125, 7.5), (Minifloat(3, 2), 0.0625, 28.0)])
def test_the_largest_numbers_are_those_of_the_specification(form: Minifloat, unit: float, highest: float) -> None:
    """Table 5 of the OCP Microscaling specification: E2M3 reaches 7.5, E3M2 28."""
    assert table(form).max() * unit == highest


@pytest.mark.parametrize(
    ("form", "bits"), [(Minifloat(2, 1), 5), (Minifloat(3, 2), 10), (Minifloat(1, 6), 8), (Minifloat(4, 3), 19)]
)
def test_a_format_spans_as_many_bits_as_its_largest_number_has(form: Minifloat, bits: int) -> None:
    """With the sign: 12 units of f4e2m1 are 4 bits and a sign."""
    assert span_bits(form) == bits


def test_values_go_to_the_nearest_number_and_halves_to_even_codes() -> None:
    """By hand, f4e2m1 in steps of 0.5; what is too large becomes the largest."""
    quantizer = MinifloatQuantizer(0.5, Minifloat(2, 1))
    values = [-9.0, -2.6, -0.1, 0.0, 0.25, 0.3, 0.75, 1.25, 2.5, 2.6, 5.0, 6.0]
    codes = quantizer.codes(values)
    assert codes.tolist() == [15, 13, 0, 0, 0, 1, 2, 2, 4, 5, 6, 7]
    assert quantizer.values(codes).tolist() == [-6, -3, 0, 0, 0, 0.5, 1, 1, 2, 3, 4, 6]


def test_the_scale_of_least_error_is_chosen() -> None:
    """Numbers of the format come back as they were, whatever their unit."""
    values = table(Minifloat(2, 1)) * 0.037
    quantizer = minifloat(values, Minifloat(2, 1))
    assert quantizer.scale == pytest.approx(0.037)
    assert quantizer.values(quantizer.codes(values)) == pytest.approx(values)


@pytest.mark.parametrize("level", ["f4e2m1a8-symw-ptq", "f6e3m2a8-sym-ptq", "f4e3m0a4-symw-ptq"])
def test_a_level_of_minifloat_weights_computes_in_integers(
    level: str, shipped_features: np.ndarray, tmp_path: Path
) -> None:
    """The golden model stays close to float and comes back from its file."""
    model = post_training(zoo.load("fp32"), parse(level), shipped_features)
    assert isinstance(model, MinifloatModel)
    assert set(np.unique(model.dense_weight_steps)) <= set(model.weight_table)
    found = golden.infer(model, shipped_features)
    real = golden.infer(zoo.load("fp32"), shipped_features)
    assert (found.labels == real.labels).mean() >= 0.8
    zoo.save(model, tmp_path)
    back = zoo.load(level, tmp_path)
    assert all(np.array_equal(getattr(back, field.name), getattr(model, field.name)) for field in fields(model))


@pytest.mark.extras
def test_integers_say_what_rounded_reals_say(shipped_features: np.ndarray) -> None:
    """PyTorch multiplies the real values of the codes."""
    model = post_training(zoo.load("fp32"), parse("f4e2m1a8-symw-ptq"), shipped_features)
    integers = golden.real_logits(model, golden.infer(model, shipped_features).logits)
    reals = pytorch._fake_quantized(model, "cpu")(shipped_features)
    assert (np.abs(reals - integers).max(1) < 1e-3).mean() >= 0.95


def test_a_board_has_no_minifloat_weights_yet(shipped_features: np.ndarray) -> None:
    """The export says so, before anything is built."""
    model = post_training(zoo.load("fp32"), parse("f4e2m1a8-symw-ptq"), shipped_features)
    with pytest.raises(HostModelError, match="f4e2m1a8-symw-ptq runs on the host only: boards have no kernel"):
        export.header(model)


def test_a_format_too_wide_for_its_sums_is_refused(shipped_features: np.ndarray) -> None:
    """f8e5m2 spans 34 bits; int32 accumulators can't hold that."""
    with pytest.raises(HostModelError, match="f8e5m2a8-symw-ptq: the convolution can overflow its int32 accumulator"):
        post_training(zoo.load("fp32"), parse("f8e5m2a8-symw-ptq"), shipped_features)
