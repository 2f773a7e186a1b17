"""The library's networks, compiled for the host under sanitizers, beside the golden model."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from host_models import export, golden, zoo
from host_models.model import FloatModel, Logits, Model, QuantizedModel

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FILTERS, LABELS = 8, ("silence", "unknown", "yes", "no")
INT32_MAX = 2**31 - 1


@dataclass(frozen=True)
class Intermediates:
    """What the compiled network gave for n clips, shaped as host_models.golden.Activations."""

    input: np.ndarray
    convolution: np.ndarray
    logits: np.ndarray
    probabilities: np.ndarray
    labels: np.ndarray


@pytest.fixture
def infer(native: Callable[..., Path], tmp_path: Path) -> Callable[..., Intermediates]:
    """Run a model on features with one of the two kernel families."""
    program = native("network_driver.cpp", "network", "kernels")

    def run(model: Model, features: np.ndarray, kernels: str) -> Intermediates:
        (tmp_path / "blob").write_bytes(export.blob(model))
        (tmp_path / "features").write_bytes(features.tobytes())
        command = [program, kernels, tmp_path / "blob", tmp_path / "features"]
        result = subprocess.run(command, capture_output=True, check=False)
        assert result.returncode == 0, result.stderr.decode()
        real = isinstance(model, FloatModel)
        code, logit = (np.float32, np.float32) if real else (np.uint8, np.int32)
        labels = len(model.labels)
        record = np.dtype(
            [
                ("input", code, (49, 40)),
                ("convolution", code, (25, 20, model.filters)),
                ("logits", logit, (labels,)),
                ("probabilities", np.float32, (labels,)),
                ("label", np.int32),
            ]
        )
        rows = np.frombuffer(result.stdout, record)
        assert len(rows) == len(features)
        return Intermediates(*(rows[name] for name in record.names or ()))

    return run


def random_model(seed: int, bits: int = 8, filters: int = FILTERS, logits: Logits = Logits.ACCUMULATORS) -> Model:
    """Draw a level with any codes, zero points, multipliers and clamps that its widths allow."""
    random = np.random.default_rng(seed)
    top = 2**bits
    activation_zero = int(random.integers(0, top))
    return QuantizedModel(
        level=f"w{bits}a{bits}-asym-ptq",
        labels=LABELS,
        weight_bits=bits,
        activation_bits=bits,
        input_table=random.integers(0, top, 256).astype(np.uint8),
        input_zero=int(random.integers(0, top)),
        input_scale=0.1,
        conv_weights=random.integers(0, top, (filters, 10, 8)).astype(np.uint8),
        conv_weight_zero=int(random.integers(0, top)),
        conv_weight_scale=np.ones(filters),
        conv_bias=random.integers(-(2**16), 2**16, filters).astype(np.int32),
        conv_multiplier=random.integers(2**30, 2**31, filters).astype(np.int32),
        conv_shift=random.integers(0, 16, filters).astype(np.int32),
        activation_zero=activation_zero,
        activation_max=int(random.integers(activation_zero, top)),
        activation_scale=0.1,
        dense_weights=random.integers(0, top, (len(LABELS), 500 * filters)).astype(np.uint8),
        dense_weight_zero=int(random.integers(0, top)),
        dense_weight_scale=0.1,
        dense_bias=random.integers(-(2**20), 2**20, len(LABELS)).astype(np.int32),
        logits=logits,
        logit_multiplier=int(random.integers(2**30, 2**31)) if logits is Logits.INT8 else 0,
        logit_shift=int(random.integers(0, 20)) if logits is Logits.INT8 else 0,
        logit_zero=int(random.integers(-128, 128)) if logits is Logits.INT8 else 0,
        logit_scale=1e-4,
    )


def random_features(seed: int, clips: int = 3) -> np.ndarray:
    """Draw features, and add clips of all 0 and all 255."""
    drawn = np.random.default_rng(seed).integers(0, 256, (clips, 49, 40))
    return np.concatenate([drawn, np.zeros((1, 49, 40)), np.full((1, 49, 40), 255)]).astype(np.uint8)


def assert_same(given: Intermediates, expected: golden.Activations) -> None:
    """Hold every intermediate to the golden model's, bit for bit."""
    np.testing.assert_array_equal(given.input, expected.input)
    np.testing.assert_array_equal(given.convolution, expected.convolution)
    np.testing.assert_array_equal(given.logits, expected.logits)
    np.testing.assert_array_equal(given.labels, expected.labels)


@pytest.mark.parametrize("kernels", ["plain", "fast"])
@pytest.mark.parametrize("bits", range(2, 9))
def test_any_zero_points_multipliers_and_clamps_give_the_golden_integers(
    infer: Callable[..., Intermediates], bits: int, kernels: str
) -> None:
    """Random levels of each width agree in every intermediate, with both kernel families."""
    for seed in range(6):
        model, features = random_model(seed, bits), random_features(seed)
        assert_same(infer(model, features, kernels), golden.infer(model, features))


@pytest.mark.parametrize("kernels", ["plain", "fast"])
def test_codes_and_zero_points_at_both_ends_give_the_golden_integers(
    infer: Callable[..., Intermediates], kernels: str
) -> None:
    """The largest products, of either sign, go through the accumulators as the golden model says."""
    features = random_features(1, clips=1)
    for weight, weight_zero, code, input_zero in np.ndindex(2, 2, 2, 2):
        model = replace(
            random_model(5),
            conv_weights=np.full((FILTERS, 10, 8), 255 * weight, np.uint8),
            dense_weights=np.full((len(LABELS), 4000), 255 * weight, np.uint8),
            conv_weight_zero=255 * weight_zero,
            dense_weight_zero=255 * weight_zero,
            input_table=np.full(256, 255 * code, np.uint8),
            input_zero=255 * input_zero,
            activation_zero=0,
            activation_max=255,
        )
        assert_same(infer(model, features, kernels), golden.infer(model, features))


@pytest.mark.parametrize("kernels", ["plain", "fast"])
def test_accumulators_near_the_ends_of_int32_saturate_at_the_clamp(
    infer: Callable[..., Intermediates], kernels: str
) -> None:
    """Biases close to 2^31, all shifts and the smallest and largest multipliers do not overflow on their way."""
    features = random_features(2, clips=1)
    for bias in (-INT32_MAX + 6_000_000, INT32_MAX - 6_000_000):
        for multiplier in (0, 1, 2**30, INT32_MAX):
            model = replace(
                random_model(9),
                conv_bias=np.full(FILTERS, bias, np.int32),
                conv_multiplier=np.full(FILTERS, multiplier, np.int32),
                conv_shift=np.array([0, 1, 2, 7, 8, 29, 30, 31], np.int32),
            )
            assert_same(infer(model, features, kernels), golden.infer(model, features))


@pytest.mark.parametrize("kernels", ["plain", "fast"])
def test_int8_logits_are_requantized_as_tflite_does(infer: Callable[..., Intermediates], kernels: str) -> None:
    """Logits of the int8 kind agree, saturated ones included."""
    for seed in range(8):
        model, features = random_model(seed, logits=Logits.INT8), random_features(seed)
        assert_same(infer(model, features, kernels), golden.infer(model, features))


@pytest.mark.parametrize("filters", [1, 3, 5])
def test_networks_with_fewer_filters_give_the_golden_integers(
    infer: Callable[..., Intermediates], filters: int
) -> None:
    """A structurally pruned level, whose dense layer is shorter, agrees with both kernel families."""
    for bits in (3, 8):
        model, features = random_model(filters, bits, filters), random_features(filters)
        for kernels in ("plain", "fast"):
            assert_same(infer(model, features, kernels), golden.infer(model, features))


def test_a_tie_goes_to_the_lowest_index(infer: Callable[..., Intermediates]) -> None:
    """Equal logits give label 0, and equal probabilities."""
    same = np.zeros((len(LABELS), 4000), np.uint8)
    model = replace(random_model(3), dense_weights=same, dense_bias=np.zeros(4, np.int32))
    given = infer(model, random_features(3), "fast")
    assert set(given.labels) == {0}
    np.testing.assert_allclose(given.probabilities, 0.25)


@pytest.mark.parametrize("kernels", ["plain", "fast"])
@pytest.mark.parametrize("level", zoo.levels())
def test_shipped_levels_agree_with_the_golden_model(
    infer: Callable[..., Intermediates], level: str, kernels: str
) -> None:
    """The levels of the zoo, on random features: integers bit for bit, floats within 1e-3, probabilities as softmax."""
    model, features = zoo.load(level), random_features(4, clips=20)
    given, expected = infer(model, features, kernels), golden.infer(model, features)
    if isinstance(model, QuantizedModel):
        assert_same(given, expected)
    else:
        np.testing.assert_allclose(given.logits, expected.logits, atol=1e-3)
    real = golden.real_logits(model, given.logits)
    softmax = np.exp(real - real.max(1, keepdims=True))
    np.testing.assert_allclose(given.probabilities, softmax / softmax.sum(1, keepdims=True), atol=1e-6)


def test_requantization_is_that_of_the_golden_model(native: Callable[..., Path]) -> None:
    """A million random and extreme accumulators come out as host_models.requantization has them."""
    from host_models.requantization import requantize  # noqa: PLC0415 the module under comparison, used once

    random = np.random.default_rng(11)
    ends = np.array([-(2**31), -(2**31) + 1, -(2**30), -1, 0, 1, 2**30, INT32_MAX])
    near_ties = (random.integers(-(2**20), 2**20, 500_000) << 11) + random.integers(-1, 2, 500_000)
    accumulators = np.concatenate([np.repeat(ends, 32), random.integers(-(2**31), 2**31, 500_000), near_ties])
    count = len(accumulators)
    multipliers = np.where(random.random(count) < 0.2, 2**30, random.integers(0, 2**31, count))
    shifts = np.concatenate([np.tile(np.arange(32), len(ends)), random.integers(0, 32, count - 32 * len(ends))])
    triples = np.stack([accumulators, multipliers, shifts], 1).astype("<i4")

    program = native("requantize_driver.cpp")
    result = subprocess.run([program], input=triples.tobytes(), capture_output=True, check=True)
    given = np.frombuffer(result.stdout, "<i4")
    np.testing.assert_array_equal(given, requantize(accumulators, multipliers, shifts))
