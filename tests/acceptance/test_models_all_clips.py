"""Every level on every shared test clip: accuracy, and agreement of the voices."""

from __future__ import annotations

import numpy as np
import pytest

from host_models import dataset, features, golden, pytorch, tflite, zoo


@pytest.fixture(scope="module")
def all_features(test_clips: dataset.Dataset) -> np.ndarray:
    """Features of all test clips, uint8 (n, 49, 40)."""
    return features.extract(test_clips.samples())


def _accuracy(level: str, all_features: np.ndarray, test_clips: dataset.Dataset) -> float:
    return float((golden.infer(zoo.load(level), all_features).labels == test_clips.labels()).mean())


def test_float_is_right_nine_times_in_ten(all_features: np.ndarray, test_clips: dataset.Dataset) -> None:
    """The float level's accuracy is at least 90 %."""
    assert _accuracy("fp32", all_features, test_clips) >= 0.9


@pytest.mark.parametrize("level", ["w8a8-asym-ptq", "int8-tflite"])
def test_eight_bits_are_within_a_point_of_float(
    level: str, all_features: np.ndarray, test_clips: dataset.Dataset
) -> None:
    """Quantizing to 8 bits costs less than one percentage point."""
    assert abs(_accuracy(level, all_features, test_clips) - _accuracy("fp32", all_features, test_clips)) < 0.01


def test_int8_is_bit_for_bit_that_of_the_reference_kernels(all_features: np.ndarray) -> None:
    """Golden logits of int8-tflite equal those of TensorFlow Lite's reference kernels on every clip."""
    model = zoo.load("int8-tflite")
    ours = golden.real_logits(model, golden.infer(model, all_features).logits)
    assert np.array_equal(tflite.infer("int8-tflite", all_features).logits, ours)


@pytest.mark.extras
def test_float_voices_agree_within_a_thousandth(all_features: np.ndarray) -> None:
    """Numpy, PyTorch and TensorFlow Lite compute the same float network; labels differ in near ties only."""
    ours = golden.infer(zoo.load("fp32"), all_features)
    best = np.sort(ours.logits, 1)
    clear = best[:, -1] - best[:, -2] > 2e-3
    for voice in (pytorch.infer("fp32", all_features), tflite.infer("fp32", all_features)):
        assert voice.logits is not None, voice.reason
        assert np.abs(voice.logits - ours.logits).max() < 1e-3
        assert np.array_equal(voice.labels[clear], ours.labels[clear])


@pytest.mark.extras
@pytest.mark.parametrize("level", ["w8a8-asym-ptq", "int8-tflite"])
def test_fake_quantization_hardly_ever_differs(level: str, all_features: np.ndarray) -> None:
    """PyTorch's rounded values give the golden model's labels on at least 99 % of the clips."""
    voice = pytorch.infer(level, all_features)
    assert voice.labels is not None, voice.reason
    assert (voice.labels == golden.infer(zoo.load(level), all_features).labels).mean() >= 0.99
