"""Models that go over the line: whole through any window and over any fault, and again after a reset."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness.errors import BoardError
from harness.wire.board_session import BoardSession

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.wire.conftest import Bench, Board

MODEL = b"M" + np.random.default_rng(3).integers(0, 256, 4_000).astype(np.uint8).tobytes()
OTHER = b"M" + MODEL[::-1]
LEVEL = "w8a8-sym-ptq-un12.5-ft"
FEATURES = np.random.default_rng(2).integers(0, 256, (49, 40)).astype(np.uint8)


class _Resetting:
    """Forgets all that it was told, each time that it has taken so many bytes more, as long as there are counts."""

    def __init__(self, make: Callable[[], Board], *counts: int) -> None:
        self.make, self.counts, self.board, self.resets = make, list(counts), make(), 0

    def receive(self, data: bytes) -> bytes:
        if self.counts:
            self.counts[0] -= len(data)
            if self.counts[0] < 0:
                self.counts.pop(0)
                self.board, self.resets = self.make(), self.resets + 1
        return self.board.receive(data)


@pytest.fixture
def empty_board(bench: Bench) -> Callable[[], Board]:
    """Make a board without a model."""
    return lambda: BoardSession(bench.checksum_board(level="", labels=(), model_hash=0))


@pytest.mark.parametrize("window_bytes", [64, 256, 1024])
def test_a_model_arrives_whole_through_any_window(
    bench: Bench, make_board: Callable[..., Board], window_bytes: int
) -> None:
    """Also where its level's id is longer than a frame; the answer tells what the board runs from then on."""
    device = bench.port(make_board(window_bytes)).device()
    for level, blob in ((LEVEL, MODEL), ("fp32", OTHER)):
        loaded = device.load(level, blob)
        assert (loaded.level, loaded.model_hash) == (level, zlib.crc32(blob))
        assert loaded.labels == ("silence", "unknown", "yes", "no")
        assert device.infer_features(FEATURES).logits == bench.result(zlib.crc32(FEATURES.tobytes()), 0, 0).logits
        hello = device.hello()
        assert (hello.level, hello.model_hash, hello.model_room_bytes) == (level, zlib.crc32(blob), 4096)


@pytest.mark.parametrize("seed", range(4))
def test_faults_of_the_line_never_change_a_byte_of_a_model(
    bench: Bench, make_board: Callable[..., Board], seed: int
) -> None:
    """Loss, damage, repetition and stray prints in both directions cost time only."""
    faults = {"lose": 0.004, "damage": 0.004, "repeat": 0.004, "print_text": 0.004}
    to_board, from_board = bench.dice(seed, **faults), bench.dice(seed + 100, **faults)
    port = bench.port(make_board(), to_board=to_board, from_board=from_board)
    assert port.device().load(LEVEL, MODEL).model_hash == zlib.crc32(MODEL)


@pytest.mark.parametrize("count", range(0, 4_400, 550))
def test_a_reset_in_the_middle_of_a_load_begins_it_again(
    bench: Bench, empty_board: Callable[[], Board], count: int
) -> None:
    """Wherever it comes."""
    board = _Resetting(empty_board, count)
    loaded = bench.port(board).device().load(LEVEL, MODEL)
    assert (loaded.level, loaded.model_hash, board.resets) == (LEVEL, zlib.crc32(MODEL), 1)


def test_a_board_that_is_reset_gets_its_model_again_before_the_next_answer(
    bench: Bench, empty_board: Callable[[], Board]
) -> None:
    """The reset takes the model, and whoever asks need not know."""
    board = _Resetting(empty_board)
    device = bench.port(board).device()
    device.load(LEVEL, MODEL)
    for count in (0, 700, 2_000):
        board.counts = [count]
        device.infer_features(FEATURES)
        device.infer_features(FEATURES)
        assert device.hello().level == LEVEL
    assert board.resets == 3


def test_a_board_that_is_reset_again_and_again_counts_as_unusable(
    bench: Bench, empty_board: Callable[[], Board]
) -> None:
    """After four sessions, with what happened in each."""
    board = _Resetting(empty_board, *[2_000] * 9)
    with pytest.raises(BoardError, match="virtual: the board was reset; that happened 4 times in a row"):
        bench.port(board).device().load(LEVEL, MODEL)


def test_a_board_that_is_another_build_after_a_reset_is_not_loaded_into(bench: Bench) -> None:
    """Its answers would be another firmware's."""
    boards = [bench.checksum_board(level="", labels=(), model_hash=0, build_id=number) for number in (2, 1)]
    board = _Resetting(lambda: BoardSession(boards.pop()))
    device = bench.port(board).device()
    device.load(LEVEL, MODEL)
    board.counts = [0]
    with pytest.raises(BoardError, match="was reset and runs another build"):
        device.infer_features(FEATURES)


def test_a_refusal_comes_in_the_board_s_own_words(bench: Bench, make_board: Callable[..., Board]) -> None:
    """The next model is taken."""
    device = bench.port(make_board()).device()
    with pytest.raises(BoardError, match=r"virtual: the board refused \(error 10\): it does not begin with M"):
        device.load(LEVEL, b"X" + MODEL)
    assert device.load(LEVEL, MODEL).level == LEVEL
