"""What a device and a board say to each other, on a good line; each test with the board in Python and in C++."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness.device import Tensor
from harness.errors import BoardError, MisuseError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.wire.conftest import Bench, Board

CLIP = np.random.default_rng(1).integers(-32768, 32768, 16_000).astype(np.int16)
FEATURES = np.random.default_rng(2).integers(0, 256, (49, 40)).astype(np.uint8)


def test_a_board_tells_what_it_is(bench: Bench, make_board: Callable[..., Board]) -> None:
    """Each field of hello arrives, strings included."""
    hello = bench.port(make_board()).device().hello()
    assert (hello.clock_hz, hello.build_id, hello.model_hash) == (64_000_000, 0x12345678, 0x9ABCDEF0)
    assert (hello.board, hello.core, hello.level, hello.kernels) == ("checksum", "host 1", "int8-tflite", "plain")
    assert hello.labels == ("silence", "unknown", "yes", "no")
    assert (hello.window_bytes, hello.payload_in_bytes, hello.payload_out_bytes) == (1024, 504, 1024)


@pytest.mark.parametrize("window_bytes", [64, 100, 256, 1024])
def test_a_clip_arrives_whole_through_any_window(
    bench: Bench, make_board: Callable[..., Board], window_bytes: int
) -> None:
    """The board's network saw exactly the samples, and ran once for each of two clips."""
    device = bench.port(make_board(window_bytes)).device()
    for inferences, clip in enumerate((CLIP, CLIP[::-1].copy()), start=1):
        result = device.infer(clip)
        expected = bench.result(zlib.crc32(clip.tobytes()), 49, inferences)
        assert result.input_crc == zlib.crc32(clip.tobytes())
        assert result.features_crc == zlib.crc32(device.dump(Tensor.FEATURES))
        assert (result.label, result.logits, result.probabilities) == (
            expected.label,
            expected.logits,
            expected.probabilities,
        )
        assert (result.nn_cycles, result.postprocess_cycles) == (inferences, 7)
        assert result.preprocess_cycles == sum(range(1000, 1049))
    assert device.stats().frames_repeated == 0


def test_features_take_the_place_of_audio(bench: Bench, make_board: Callable[..., Board]) -> None:
    """An inference from features times no slices."""
    result = bench.port(make_board()).device().infer_features(FEATURES)
    assert result.logits == bench.result(zlib.crc32(FEATURES.tobytes()), 0, 1).logits
    assert result.slice_cycles == ()


@pytest.mark.parametrize(("tensor", "size"), [(Tensor.FEATURES, 1960), (Tensor.CONVOLUTION, 4096)])
def test_an_intermediate_is_read_in_pieces(
    bench: Bench, make_board: Callable[..., Board], tensor: Tensor, size: int
) -> None:
    """A tensor of any size arrives whole, also one that ends where a piece does."""
    device = bench.port(make_board()).device()
    device.infer(CLIP)
    assert device.dump(tensor) == bench.tensor(zlib.crc32(CLIP.tobytes()), size)


def test_logits_can_be_read_again(bench: Bench, make_board: Callable[..., Board]) -> None:
    """DUMP gives the logits that the result had."""
    device = bench.port(make_board()).device()
    result = device.infer(CLIP)
    assert device.dump(Tensor.LOGITS) == np.array(result.logits, "<i4").tobytes()


def test_a_tensor_that_is_not_kept_is_refused_in_words(bench: Bench, make_board: Callable[..., Board]) -> None:
    """The board says that it lacks the tensor; then it goes on."""
    device = bench.port(make_board()).device()
    device.infer(CLIP)
    with pytest.raises(BoardError, match=r"virtual.*tensor|virtual.*unsupported"):
        device.dump(Tensor.INPUT)
    assert device.infer(CLIP).nn_cycles == 2


def test_a_dump_before_any_inference_is_refused(bench: Bench, make_board: Callable[..., Board]) -> None:
    """There is nothing to read yet."""
    with pytest.raises(BoardError, match="incomplete"):
        bench.port(make_board()).device().dump(Tensor.FEATURES)


def test_a_clip_that_is_too_long_is_refused(bench: Bench, make_board: Callable[..., Board]) -> None:
    """The board refuses at BEGIN, and all that follows with the same words; the next clip works."""
    device = bench.port(make_board()).device()
    with pytest.raises(BoardError, match=r"clip length|unsupported"):
        device.infer(np.zeros(16_001, np.int16))
    assert device.infer(CLIP).label == zlib.crc32(CLIP.tobytes()) % 4


def test_samples_of_another_type_are_not_converted(bench: Bench, make_board: Callable[..., Board]) -> None:
    """Floats would have to be scaled, and the caller knows how."""
    with pytest.raises(MisuseError, match="int16"):
        bench.port(make_board()).device().infer(np.zeros(16_000))


def test_statistics_count_frames(bench: Bench, make_board: Callable[..., Board]) -> None:
    """Every frame was taken once."""
    device = bench.port(make_board()).device()
    device.infer_features(FEATURES)
    stats = device.stats()
    assert (stats.frames_accepted, stats.frames_repeated, stats.frames_skipped, stats.chunks_damaged) == (7, 0, 0, 0)
