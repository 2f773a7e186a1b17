"""The whole sketch, compiled for the host under sanitizers, asked by the same device code as a board."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness.device import Tensor
from harness.errors import BoardError
from host_models import export, features, golden, zoo
from host_models.model import FloatModel, Model
from tests.firmware.conftest import BUILD_ID, running

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def clip(seed: int) -> np.ndarray:
    """Draw a second of noise that swells, int16 (16000,)."""
    random = np.random.default_rng(seed)
    return (random.normal(0, 3000, 16_000) * np.linspace(0.1, 1, 16_000)).astype(np.int16)


def expected(model: Model, samples: np.ndarray) -> golden.Activations:
    """Ask the golden model about one clip."""
    return golden.infer(model, features.extract(samples)[np.newaxis])


@pytest.mark.parametrize("level", ["int8-tflite", "w8a8-asym-ptq", "fp32"])
def test_a_clip_gives_the_golden_intermediates_at_every_stage(sketch: Callable[..., Path], level: str) -> None:
    """Features, their checksum, input, convolution, logits and label of streamed audio agree; 49 slices are timed."""
    model, samples = zoo.load(level), clip(1)
    want = expected(model, samples)
    with running(sketch(level, export.header(model))) as board:
        result = board.infer(samples)
        dumps = {tensor: board.dump(tensor) for tensor in Tensor}
    assert len(result.slice_cycles) == 49
    assert dumps[Tensor.FEATURES] == features.extract(samples).tobytes()
    assert result.features_crc == zlib.crc32(dumps[Tensor.FEATURES])
    assert dumps[Tensor.INPUT] == want.input.tobytes()
    assert dumps[Tensor.LOGITS] == np.array(result.logits, want.logits.dtype).tobytes()
    if isinstance(model, FloatModel):
        convolution = np.frombuffer(dumps[Tensor.CONVOLUTION], np.float32).reshape(want.convolution.shape)
        np.testing.assert_allclose(convolution, want.convolution, atol=1e-4)
        np.testing.assert_allclose(result.logits, want.logits[0], atol=1e-3)
    else:
        assert dumps[Tensor.CONVOLUTION] == want.convolution.tobytes()
        np.testing.assert_array_equal(result.logits, want.logits[0])
    assert result.label == want.labels[0]


def test_hello_tells_build_level_model_and_kernels(sketch: Callable[..., Path]) -> None:
    """What the board says of itself is what it was built from."""
    model = zoo.load("int8-tflite")
    with running(sketch("int8-tflite", export.header(model))) as board:
        hello = board.hello()
    assert hello.build_id == BUILD_ID
    assert hello.level == "int8-tflite"
    assert hello.model_hash == export.model_hash(model)
    assert hello.labels == model.labels
    assert hello.kernels == "integer-plain"


def test_clips_do_not_touch_each_other(sketch: Callable[..., Path]) -> None:
    """A clip gives the same after another clip, and after features, as it gave first."""
    model = zoo.load("int8-tflite")
    with running(sketch("int8-tflite", export.header(model))) as board:
        first = board.infer(clip(1)).logits
        board.infer(clip(2))
        board.infer_features(np.full((49, 40), 255, np.uint8))
        assert board.infer(clip(1)).logits == first


def test_features_give_what_their_audio_gave(sketch: Callable[..., Path]) -> None:
    """Features sent as input lead to the same logits as the audio that they are of, without timed slices."""
    model, samples = zoo.load("w8a8-asym-ptq"), clip(3)
    with running(sketch("w8a8-asym-ptq", export.header(model))) as board:
        from_audio = board.infer(samples)
        from_features = board.infer_features(features.extract(samples))
    assert from_features.logits == from_audio.logits
    assert from_features.features_crc == from_audio.features_crc
    assert from_features.slice_cycles == ()


def test_a_clip_of_another_length_is_refused(sketch: Callable[..., Path]) -> None:
    """Half a second is no clip."""
    with (
        running(sketch("int8-tflite", export.header(zoo.load("int8-tflite")))) as board,
        pytest.raises(BoardError, match="no such input, clip length"),
    ):
        board.infer(clip(1)[:8_000])


def test_an_unsound_model_says_hello_and_refuses_clips(sketch: Callable[..., Path]) -> None:
    """With a model blob of another format version the board still tells its hash, but runs nothing."""
    header = export.header(zoo.load("int8-tflite")).replace("84, 75, 87, 77, 1,", "84, 75, 87, 77, 9,")
    with running(sketch("unsound", header)) as board:
        hello = board.hello()
        assert hello.model_hash != export.model_hash(zoo.load("int8-tflite"))
        assert hello.labels == ()
        with pytest.raises(BoardError, match="no such input"):
            board.infer(clip(1))
