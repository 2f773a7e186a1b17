"""What a board answers, whether it runs firmware or is a mock: the same questions, the same answers."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest

from harness import firmware
from harness.comparison import FLOAT_TOLERANCE, answer_difference
from harness.device import Device, LogitKind, Tensor
from harness.errors import BoardError
from harness.wire import requests
from harness.wire.replies import ErrorCode, Reply
from harness.wire.requests import Input, Request
from host_models import export
from host_models.model import FloatModel

if TYPE_CHECKING:
    from harness.boards.board import Board
    from harness.expectation import Expectation
    from harness.link import Link, Port
    from host_models.dataset import Dataset
    from host_models.model import Model

pytestmark = pytest.mark.xdist_group("hil")

BAUD = 1_000_000
SAMPLES, FEATURES = 16_000, 49 * 40
PIECE = bytes(100)
STATS = (Request.STATS, b"")


def test_hello_tells_build_level_and_model(board: Board, model: Model, device: Device) -> None:
    """All by which a host knows that it speaks to the right board."""
    hello = device.hello()
    assert hello.build_id == firmware.headers(model, board.fqbn, BAUD)[0]
    assert (hello.level, hello.labels) == (model.level, model.labels)
    assert hello.model_hash == export.model_hash(model)
    assert (hello.logits is LogitKind.FLOAT32) == isinstance(model, FloatModel)


def test_audio_gets_the_golden_model_s_answer(device: Device, clips: Dataset, expectation: Expectation) -> None:
    """Features, logits, label and probabilities, for each clip."""
    for index, clip in enumerate(clips.clips):
        assert answer_difference(device.infer(clip.samples), expectation.clip(index)) is None


def test_features_get_the_golden_model_s_answer(device: Device, expectation: Expectation) -> None:
    """As if they were of audio, but without slices to time."""
    answer = device.infer_features(expectation.features[1])
    assert answer_difference(answer, expectation.clip(1)) is None
    assert answer.slice_cycles == ()
    assert answer.input_crc == answer.features_crc == zlib.crc32(expectation.features[1].tobytes())


@pytest.mark.parametrize("tensor", Tensor)
def test_each_intermediate_is_the_golden_model_s(
    device: Device, clips: Dataset, expectation: Expectation, tensor: Tensor
) -> None:
    """In its shape, order and type; floats within the tolerance."""
    device.infer(clips.clips[2].samples)
    golden = getattr(expectation.clip(2), tensor.name.lower())
    raw = device.dump(tensor)
    assert len(raw) == golden.nbytes
    values = np.frombuffer(raw, golden.dtype.newbyteorder("<")).reshape(golden.shape)
    tolerance = FLOAT_TOLERANCE if golden.dtype == np.float32 else 0
    np.testing.assert_allclose(values.astype(np.float64), golden.astype(np.float64), rtol=0, atol=tolerance)


def test_a_clip_leaves_nothing_behind_for_the_next(device: Device, clips: Dataset) -> None:
    """The same clip gets the same answer, after itself and after another."""
    first, other = clips.clips[2].samples, clips.clips[3].samples
    answers = [device.infer(samples) for samples in (first, first, other, first)]
    assert answers[0].logits == answers[1].logits == answers[3].logits != answers[2].logits
    assert len({answer.clip for answer in answers}) == 4


def test_cycles_are_counted_as_hello_says(device: Device, clips: Dataset) -> None:
    """For each stage and slice, or not at all."""
    hello = device.hello()
    answer = device.infer(clips.clips[0].samples)
    if hello.counts_cycles:
        assert len(answer.slice_cycles) == 49
        assert min(*answer.slice_cycles, answer.nn_cycles, answer.postprocess_cycles) > 0
    else:
        assert (answer.slice_cycles, answer.nn_cycles, answer.postprocess_cycles) == ((), 0, 0)


def test_stats_count_the_frames(device: Device, expectation: Expectation) -> None:
    """A question is a frame too; on a line that loses nothing, nothing is damaged."""
    before = device.stats()
    device.infer_features(expectation.features[0])
    after = device.stats()
    assert after.frames_accepted >= before.frames_accepted + len(expectation.features[0].tobytes()) // 512 + 3
    assert after.chunks_damaged == before.chunks_damaged


def test_a_second_session_begins_with_nothing(device: Device, clips: Dataset) -> None:
    """The first one's inference is gone, and clips go on as before."""
    clip = clips.clips[3].samples
    answer = device.infer(clip)
    first, second = device.hello(), device.hello()
    assert first.nonce != second.nonce
    with pytest.raises(BoardError, match=f"error {ErrorCode.INCOMPLETE:d}"):
        device.dump(Tensor.LOGITS)
    assert device.infer(clip).logits == answer.logits


def test_a_port_can_be_closed_and_opened_again(board: Board, clips: Dataset) -> None:
    """The level stays on the board."""
    answers = []
    for _ in range(2):
        with board.open(BAUD) as port:
            answers.append(Device(cast("Port", port)).infer(clips.clips[1].samples))
    assert answers[0].logits == answers[1].logits


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        ([(Request.INFER, b"")], ErrorCode.NO_CLIP),
        ([(Request.AUDIO, PIECE), STATS], ErrorCode.NO_CLIP),
        ([(Request.DUMP, requests.dump(Tensor.LOGITS, 0, 16))], ErrorCode.INCOMPLETE),
        ([(Request.BEGIN, requests.begin(1, Input.AUDIO, SAMPLES)), (Request.INFER, b"")], ErrorCode.INCOMPLETE),
        (
            [(Request.BEGIN, requests.begin(1, Input.AUDIO, SAMPLES)), (Request.FEATURES, PIECE), STATS],
            ErrorCode.NO_CLIP,
        ),
        (
            [(Request.BEGIN, requests.begin(1, Input.AUDIO, SAMPLES)), (Request.AUDIO, PIECE[1:]), STATS],
            ErrorCode.MALFORMED,
        ),
        (
            [
                (Request.BEGIN, requests.begin(1, Input.FEATURES, FEATURES)),
                *[(Request.FEATURES, PIECE)] * (FEATURES // len(PIECE) + 1),
                STATS,
            ],
            ErrorCode.TOO_MUCH,
        ),
        ([(Request.BEGIN, requests.begin(1, Input.AUDIO, SAMPLES + 1)), STATS], ErrorCode.UNSUPPORTED),
        ([(Request.BEGIN, requests.begin(1, Input.FEATURES, FEATURES - 1)), STATS], ErrorCode.UNSUPPORTED),
        ([(Request.BEGIN, PIECE), STATS], ErrorCode.MALFORMED),
        ([(0x55, b""), STATS], ErrorCode.UNKNOWN),
    ],
    ids=[
        "infer before begin",
        "audio before begin",
        "dump before infer",
        "infer before all audio",
        "features for audio",
        "half a sample",
        "more than announced",
        "too long a clip",
        "too few features",
        "a begin of another size",
        "an unknown message",
    ],
)
def test_what_comes_at_the_wrong_time_is_refused_and_the_next_clip_is_not(
    link: Link,
    expectation: Expectation,
    device: Device,
    frames: list[tuple[Request, bytes]],
    code: ErrorCode,
) -> None:
    """With the error that the protocol has for it."""
    *before, (kind, payload) = frames
    for each in before:
        link.send(*each)
    with pytest.raises(BoardError, match=rf"the board refused \(error {code:d}\): \w+"):
        link.ask(kind, payload, Reply.STATS_REPLY)
    assert answer_difference(device.infer_features(expectation.features[0]), expectation.clip(0)) is None
