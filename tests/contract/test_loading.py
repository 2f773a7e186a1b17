"""What a board answers to models that are loaded, whether it runs the quick firmware or is a mock."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, cast

import pytest

from harness import firmware
from harness.comparison import answer_difference
from harness.device import Device
from harness.errors import BoardError
from harness.expectation import Expectation
from harness.link import Link, Patience
from harness.wire import requests
from harness.wire.replies import ErrorCode, Hello, Reply
from harness.wire.requests import Request
from host_models import export, features, zoo

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.boards.board import Board
    from harness.link import Port
    from host_models.dataset import Dataset

pytestmark = pytest.mark.xdist_group("hil")

BAUD = 1_000_000
LEVEL = "int8-tflite"
BLOB = export.blob(zoo.load(LEVEL))
PIECE_BYTES = 100


@pytest.fixture
def port(quick_board: Board) -> Iterator[Port]:
    """Open the board's port for one test."""
    with quick_board.open(BAUD) as port:
        yield cast("Port", port)


@pytest.fixture
def device(port: Port) -> Device:
    """Ask the board as a campaign does."""
    return Device(port)


def load(port: Port, *frames: tuple[Request, bytes]) -> Hello:
    """Say all that in a new session, then USE. Raises BoardError where the board refuses."""
    link = Link(port, Patience())
    link.greet()
    for frame in frames:
        link.send(*frame)
    return Hello.read(link.ask(Request.USE, b"", Reply.LOADED))


def announcement(blob: bytes = BLOB, model_hash: int | None = None) -> tuple[Request, bytes]:
    """Make the LOAD of a model."""
    return Request.LOAD, requests.load(len(blob), zlib.crc32(blob) if model_hash is None else model_hash, len(LEVEL))


def pieces(blob: bytes = BLOB) -> list[tuple[Request, bytes]]:
    """Make the messages that bring it."""
    data = LEVEL.encode() + blob
    return [(Request.MODEL, data[start : start + PIECE_BYTES]) for start in range(0, len(data), PIECE_BYTES)]


def test_hello_tells_the_build_and_the_room_for_a_model(quick_board: Board, device: Device) -> None:
    """Which is enough for each level of the zoo."""
    hello = device.hello()
    assert hello.build_id == firmware.headers(None, quick_board.fqbn, BAUD)[0]
    assert hello.model_room_bytes == 66 * 1024
    assert max(len(export.blob(zoo.load(level))) for level in zoo.levels()) <= hello.model_room_bytes


def test_a_level_that_was_loaded_answers_as_its_golden_model(device: Device, clips: Dataset) -> None:
    """From audio and from features, a float and an integer level after each other."""
    rows = features.extract(clips.samples())
    for level in ("fp32", LEVEL):
        model = zoo.load(level)
        loaded = device.load(level, export.blob(model))
        assert (loaded.level, loaded.labels, loaded.model_hash) == (level, model.labels, export.model_hash(model))
        expectation = Expectation.of(model, rows)
        assert answer_difference(device.infer(clips.clips[2].samples), expectation.clip(2)) is None
        for index, row in enumerate(rows):
            assert answer_difference(device.infer_features(row), expectation.clip(index)) is None


def test_a_model_stays_for_the_next_session(device: Device) -> None:
    """And hello tells of it."""
    device.load(LEVEL, BLOB)
    hello = device.hello()
    assert (hello.level, hello.model_hash) == (LEVEL, zlib.crc32(BLOB))


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        ([], ErrorCode.NO_CLIP),
        (pieces(), ErrorCode.NO_CLIP),
        ([announcement(), *pieces()[:-1]], ErrorCode.INCOMPLETE),
        ([announcement(), *pieces(), (Request.MODEL, b"x")], ErrorCode.TOO_MUCH),
        ([announcement(bytes(67_585))], ErrorCode.NO_ROOM),
        ([announcement(model_hash=1), *pieces()], ErrorCode.DAMAGED),
        ([announcement(BLOB[:5] + b"\7" + BLOB[6:]), *pieces(BLOB[:5] + b"\7" + BLOB[6:])], ErrorCode.UNSOUND),
        ([(Request.LOAD, requests.load(100, 0, 0))], ErrorCode.MALFORMED),
        ([(Request.LOAD, bytes(8))], ErrorCode.MALFORMED),
        ([announcement(), (Request.AUDIO, bytes(100))], ErrorCode.NO_CLIP),
    ],
    ids=[
        "use without a load",
        "a model without a load",
        "cut short",
        "more than announced",
        "too large",
        "another hash",
        "of an unknown kind",
        "without a level",
        "a load of another size",
        "audio for a model",
    ],
)
def test_a_load_that_is_not_as_it_should_be_is_refused_and_the_next_is_not(
    port: Port, frames: list[tuple[Request, bytes]], code: ErrorCode
) -> None:
    """With the error that the protocol has for it."""
    with pytest.raises(BoardError, match=rf"the board refused \(error {code:d}\): \w+"):
        load(port, *frames)
    assert load(port, announcement(), *pieces()).level == LEVEL


def test_without_a_model_no_clip_is_taken(port: Port, device: Device, clips: Dataset) -> None:
    """The load that went wrong took the one before."""
    device.load(LEVEL, BLOB)
    with pytest.raises(BoardError, match=f"error {ErrorCode.DAMAGED:d}"):
        load(port, announcement(model_hash=1), *pieces())
    with pytest.raises(BoardError, match=f"error {ErrorCode.UNSUPPORTED:d}"):
        Device(port).infer(clips.clips[0].samples)


def test_a_board_with_a_level_in_flash_takes_no_model(board: Board, level: str) -> None:
    """The host says so before it sends one; the board refuses one that is sent nevertheless."""
    with board.open(BAUD) as opened:
        port = cast("Port", opened)
        with pytest.raises(BoardError, match=f"has {level} in flash and takes no other model; leave --quick out"):
            Device(port).load(LEVEL, BLOB)
        with pytest.raises(BoardError, match=f"error {ErrorCode.NO_ROOM:d}"):
            load(port, announcement(), *pieces())
        assert Device(port).hello().level == level
