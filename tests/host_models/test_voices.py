"""What PyTorch and TensorFlow Lite say, beside the golden model, on the shipped clips."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from host_models import dataset, golden, pytorch, tflite, zoo

if TYPE_CHECKING:
    from collections.abc import Callable

    from host_models.voice import Voice


def _is_good(level: str) -> bool:
    """Whether the network learned to be what the level is, or has bits enough not to need that."""
    return level.endswith(("-qat", "-ft")) or level in {"fp32", "int8-tflite", "w8a8-asym-ptq", "w8a8-sym-ptq"}


def _golden(level: str, features: np.ndarray) -> np.ndarray:
    model = zoo.load(level)
    return golden.real_logits(model, golden.infer(model, features).logits)


def test_int8_is_bit_for_bit_that_of_the_reference_kernels(shipped_features: np.ndarray) -> None:
    """Logits are equal, not close."""
    voice = tflite.infer("int8-tflite", shipped_features)
    assert np.array_equal(voice.logits, _golden("int8-tflite", shipped_features))


def test_int8_is_bit_for_bit_on_features_that_no_clip_has(shipped_features: np.ndarray) -> None:
    """Noise, extremes and mixtures of clips reach codes that speech doesn't."""
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (60, 49, 40))
    extremes = np.stack([np.full((49, 40), value) for value in (0, 1, 127, 254, 255)])
    mixed = shipped_features[rng.integers(0, 40, (60, 49)), np.arange(49)]
    features = np.concatenate([noise, extremes, mixed]).astype(np.uint8)
    assert np.array_equal(tflite.infer("int8-tflite", features).logits, _golden("int8-tflite", features))


@pytest.mark.parametrize("voice", [tflite.infer, pytest.param(pytorch.infer, marks=pytest.mark.extras)])
def test_float_agrees_within_a_thousandth(
    voice: Callable[[str, np.ndarray], Voice], shipped_features: np.ndarray
) -> None:
    """Both come from the same weights."""
    said = voice("fp32", shipped_features)
    assert said.logits is not None, said.reason
    assert np.abs(said.logits - _golden("fp32", shipped_features)).max() < 1e-3


@pytest.mark.extras
@pytest.mark.parametrize("level", [level for level in zoo.levels() if not level.startswith("fp32")])
def test_fake_quantized_pytorch_says_what_the_integers_say(level: str, shipped_features: np.ndarray) -> None:
    """It rounds as they do, only not in integers: a clip of the forty may have an activation on a tie."""
    said = pytorch.infer(level, shipped_features)
    assert said.logits is not None, said.reason
    differences = np.abs(said.logits - _golden(level, shipped_features)).max(1)
    assert np.median(differences) < 1e-4
    assert (differences < 1e-3).mean() >= 0.95
    assert (said.labels == _golden(level, shipped_features).argmax(1)).mean() >= 0.95


def test_a_level_that_tflite_lacks_is_silent_with_its_reason(shipped_features: np.ndarray) -> None:
    """No logits, no labels, a sentence."""
    said = tflite.infer("w8a8-asym-ptq", shipped_features)
    assert (said.logits, said.labels) == (None, None)
    assert said.reason == "TensorFlow Lite has no such level, only fp32 and int8-tflite"


@pytest.mark.parametrize(
    ("voice", "module", "reason"),
    [(pytorch.infer, "torch", "PyTorch is not installed"), (tflite.infer, "ai_edge_litert", "interpreter is not")],
)
def test_a_voice_that_is_not_installed_is_silent_with_its_reason(
    voice: Callable[[str, np.ndarray], Voice],
    module: str,
    reason: str,
    shipped_features: np.ndarray,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The default run has neither PyTorch nor TensorFlow."""
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.setattr(sys, "path_importer_cache", {})
    monkeypatch.delitem(sys.modules, module, raising=False)
    said = voice("fp32", shipped_features)
    assert said.logits is None
    assert reason in str(said.reason)


@pytest.mark.parametrize("level", [level for level in zoo.levels() if _is_good(level)])
def test_the_shipped_clips_are_mostly_understood(level: str, shipped_features: np.ndarray) -> None:
    """A swapped label or a wrong order of weights would not be; one filter alone gets to three in four."""
    truth = dataset.shipped().labels()
    assert (golden.infer(zoo.load(level), shipped_features).labels == truth).mean() >= 0.7, level
