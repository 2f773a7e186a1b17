"""The quick firmware, compiled for the host under sanitizers: models that are loaded into its RAM, whole and spoilt."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness import firmware
from harness.comparison import answer_difference
from harness.device import Device, LogitKind, Patience
from harness.errors import BoardError
from harness.expectation import Expectation
from harness.link import Link
from harness.wire import requests
from harness.wire.replies import ErrorCode, Hello, Reply
from harness.wire.requests import Input, Request
from host_models import dataset, export, features, zoo
from host_models.model import FloatModel
from tests.firmware.conftest import BUILD_ID, SocketPort, connected, running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

ROWS = features.extract(dataset.choose(dataset.shipped(), 4).samples())
LEVEL = "int8-tflite"
BLOB = export.blob(zoo.load(LEVEL))
PIECE_BYTES = 22
STATS = (Request.STATS, b"")


@pytest.fixture
def program(sketch: Callable[[str, str], Path]) -> Path:
    """Compile the firmware that has no model in flash."""
    return sketch("quick", firmware.QUICK_MODEL_HEADER)


@pytest.fixture
def board(program: Path) -> Iterator[Device]:
    """Start it."""
    with running(program) as device:
        yield device


@pytest.fixture
def port(program: Path) -> Iterator[SocketPort]:
    """Start it, to say to it whatever a test likes."""
    with connected(program) as port:
        yield port


def frames(blob: bytes, level: str = LEVEL, model_hash: int | None = None) -> list[tuple[Request, bytes]]:
    """Return the messages that load a model."""
    load = requests.load(len(blob), zlib.crc32(blob) if model_hash is None else model_hash, len(level))
    data = level.encode() + blob
    pieces = [data[start : start + PIECE_BYTES] for start in range(0, len(data), PIECE_BYTES)]
    return [(Request.LOAD, load), *((Request.MODEL, piece) for piece in pieces)]


def loaded(port: SocketPort, messages: list[tuple[Request, bytes]]) -> Hello:
    """Say all that in a new session, then USE; raises BoardError where the board refuses."""
    link = Link(port, Patience())
    link.greet()
    for message in messages:
        link.send(*message)
    return Hello.read(link.ask(Request.USE, b"", Reply.LOADED))


def spoilt(offset: int, value: bytes) -> bytes:
    """Return the model with some bytes replaced."""
    return BLOB[:offset] + value + BLOB[offset + len(value) :]


def test_before_a_model_is_loaded_there_is_none(board: Device) -> None:
    """The board says so, has room for the largest level, and takes no clip."""
    hello = board.hello()
    assert (hello.build_id, hello.level, hello.labels, hello.model_hash) == (BUILD_ID, "", (), 0)
    assert hello.kernels == "none"
    assert hello.model_room_bytes >= len(export.blob(zoo.load("fp32")))
    with pytest.raises(BoardError, match="no such input"):
        board.infer_features(ROWS[0])


def test_every_level_of_the_zoo_is_loaded_in_turn_and_runs_as_from_flash(board: Device) -> None:
    """All answers are the golden model's, whatever lay in the same memory before."""
    for level in zoo.levels():
        model = zoo.load(level)
        hello = board.load(level, export.blob(model))
        assert (hello.level, hello.model_hash, hello.labels) == (level, export.model_hash(model), model.labels)
        assert (hello.logits is LogitKind.FLOAT32) is isinstance(model, FloatModel)
        expectation = Expectation.of(model, ROWS)
        for index, row in enumerate(ROWS):
            assert answer_difference(board.infer_features(row), expectation.clip(index)) is None, level


def test_a_model_stays_over_sessions(board: Device) -> None:
    """Hello tells it, with a hash that is computed anew."""
    loaded = board.load(LEVEL, BLOB)
    hello = board.hello()
    assert (hello.level, hello.model_hash, hello.labels) == (LEVEL, zlib.crc32(BLOB), loaded.labels)
    assert hello.nonce != loaded.nonce


@pytest.mark.parametrize(
    ("offset", "value", "why"),
    [
        (0, b"X", "TKWM"),
        (4, b"\x02", "version"),
        (5, b"\x07", "kind is unknown"),
        (6, b"\x09", "weight bits"),
        (7, b"\x00", "activation bits"),
        (8, b"\x09", "filters"),
        (8, b"\x07", "length does not fit its shape"),
        (9, b"\x0d", "labels"),
        (10, b"\x02", "logits"),
        (12, struct.pack("<I", len(BLOB) + 4), "cut short"),
    ],
)
def test_a_model_that_can_t_be_run_is_refused_with_the_reason(
    port: SocketPort, offset: int, value: bytes, why: str
) -> None:
    """Its hash is right, its content is not; the board then has no model, and takes the next."""
    with pytest.raises(BoardError, match=rf"error {ErrorCode.UNSOUND:d}\): .*{why}"):
        loaded(port, frames(spoilt(offset, value)))
    assert Link(port, Patience()).greet().level == ""
    assert loaded(port, frames(BLOB)).level == LEVEL


@pytest.mark.parametrize(
    ("messages", "code"),
    [
        (frames(BLOB[:-4] + b"\1\2\3\4", model_hash=zlib.crc32(BLOB)), ErrorCode.DAMAGED),
        (frames(BLOB)[:-1], ErrorCode.INCOMPLETE),
        (frames(BLOB)[1:], ErrorCode.NO_CLIP),
        ([*frames(BLOB), (Request.MODEL, b"x")], ErrorCode.TOO_MUCH),
        ([(Request.LOAD, requests.load(70_000, 0, 4))], ErrorCode.NO_ROOM),
        ([(Request.LOAD, requests.load((1 << 32) - 1, 0, 4))], ErrorCode.NO_ROOM),
        ([(Request.LOAD, requests.load(len(BLOB), 0, 48))], ErrorCode.MALFORMED),
        ([(Request.LOAD, requests.load(len(BLOB), 0, 0))], ErrorCode.MALFORMED),
        ([(Request.LOAD, requests.load(len(BLOB), 0, 4)[:-1])], ErrorCode.MALFORMED),
        ([(Request.LOAD, b"")], ErrorCode.MALFORMED),
        ([(Request.LOAD, requests.load(0, 0, 4)), (Request.MODEL, b"fp32")], ErrorCode.UNSOUND),
        ([*frames(BLOB)[:3], (Request.AUDIO, bytes(20))], ErrorCode.NO_CLIP),
        ([*frames(BLOB)[:3], (Request.BEGIN, requests.begin(1, Input.FEATURES, 1960))], ErrorCode.UNSUPPORTED),
    ],
    ids=[
        "another hash",
        "cut short",
        "not announced",
        "too much",
        "too large",
        "far too large",
        "too long a level",
        "no level",
        "a load cut short",
        "an empty load",
        "an empty model",
        "audio in its place",
        "a clip in the middle",
    ],
)
def test_a_load_that_is_not_as_it_should_be_is_refused(
    port: SocketPort, messages: list[tuple[Request, bytes]], code: ErrorCode
) -> None:
    """With its own code; the next load works."""
    with pytest.raises(BoardError, match=rf"error {code:d}\)"):
        loaded(port, messages)
    assert loaded(port, frames(BLOB)).model_hash == zlib.crc32(BLOB)


def test_a_refused_load_leaves_the_model_that_is_there(port: SocketPort) -> None:
    """It is the board's still, and runs."""
    assert loaded(port, frames(BLOB)).level == LEVEL
    for payload in (requests.load(70_000, 0, 4), requests.load(9, 0, 48)):
        with pytest.raises(BoardError, match="refused"):
            loaded(port, [(Request.LOAD, payload)])
        assert Link(port, Patience()).greet().level == LEVEL
    assert Device(port).infer_features(ROWS[0]).logits


def test_a_session_that_ends_in_the_middle_of_a_load_leaves_no_model(port: SocketPort) -> None:
    """Not the one before, whose memory was written over, and not half of the next."""
    loaded(port, frames(BLOB))
    link = Link(port, Patience())
    link.greet()
    for message in frames(export.blob(zoo.load("fp32")))[:5]:
        link.send(*message)
    link.ask(*STATS, Reply.STATS_REPLY)
    assert (hello := Link(port, Patience()).greet()).level == ""
    assert (hello.labels, hello.model_hash) == ((), 0)


def test_random_models_and_orders_of_messages_never_lead_outside_the_memory(port: SocketPort) -> None:
    """An answer or a refusal each time, the sanitizers stay silent, and a sound load works afterwards.

    The damage is anywhere in the header and the first arrays, under a hash that matches it.
    """
    random = np.random.default_rng(5)
    taken, refusals = 0, []
    for _ in range(40):
        damaged = bytearray(BLOB)
        for place in random.integers(0, 600, random.integers(1, 4)):
            damaged[place] = random.integers(256)
        messages = frames(bytes(damaged))
        if random.random() < 0.3:
            at, other = random.integers(len(messages), size=2)
            messages[at], messages[other] = messages[other], messages[at]
        try:
            taken += loaded(port, messages).level == LEVEL
            Device(port).infer_features(ROWS[0])
        except BoardError as error:
            refusals.append(str(error))
    assert taken > 0
    assert refusals
    assert all("the board refused" in each for each in refusals)
    assert loaded(port, frames(BLOB)).level == LEVEL


def test_a_board_with_its_model_in_flash_takes_no_other(sketch: Callable[[str, str], Path]) -> None:
    """Neither by the host's own check nor by the board's."""
    program = sketch(LEVEL, export.header(zoo.load(LEVEL)))
    with running(program) as device, pytest.raises(BoardError, match=f"has {LEVEL} in flash and takes no other"):
        device.load(LEVEL, BLOB)
    with connected(program) as port:
        for messages in (frames(BLOB), [(Request.LOAD, requests.load(0, 0, 4))]):
            with pytest.raises(BoardError, match=rf"error {ErrorCode.NO_ROOM:d}\)"):
                loaded(port, messages)
        assert Link(port, Patience()).greet().level == LEVEL


def test_a_model_larger_than_the_room_is_refused_before_it_is_sent(board: Device) -> None:
    """The sentence has both sizes."""
    with pytest.raises(BoardError, match=r"the model of fp32 has 80,000 bytes, and the board has room for 67,584"):
        board.load("fp32", bytes(80_000))
