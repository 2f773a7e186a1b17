"""Lines that lose, damage, repeat and reorder bytes, and boards that restart: the right result or a clear error."""

from __future__ import annotations

import zlib
from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.device import Tensor
from harness.errors import BoardError
from harness.wire.board_session import BoardSession, Handler

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.wire.conftest import Bench, Board

CLIP = np.random.default_rng(3).integers(-32768, 32768, 3_000).astype(np.int16)
CRC = zlib.crc32(CLIP.tobytes())

often = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
seeds = st.integers(0, 2**32 - 1)
FAULTS = ("lose", "damage", "repeat", "reorder", "print_text")
fault_rates = st.fixed_dictionaries({fault: st.floats(0, 0.02) for fault in FAULTS})


@often
@given(seed=seeds, faults=fault_rates, window_bytes=st.sampled_from([64, 256, 1024]))
def test_faults_never_change_a_sample(
    bench: Bench, make_board: Callable[..., Board], seed: int, faults: dict[str, float], window_bytes: int
) -> None:
    """Whatever a line does to the bytes, the result is of exactly the samples that were sent, or there is none."""
    port = bench.port(make_board(window_bytes), bench.dice(seed, **faults), bench.dice(seed + 1, **faults))
    device = port.device()
    with suppress(BoardError):
        for _ in range(2):
            assert device.infer(CLIP).logits == bench.result(CRC, 49, 0).logits
        assert device.dump(Tensor.FEATURES) == bench.tensor(CRC, 1960)


@often
@given(seed=seeds, fault=st.sampled_from(FAULTS))
def test_a_poor_line_costs_time_only(bench: Bench, make_board: Callable[..., Board], seed: int, fault: str) -> None:
    """With one fault in a hundred pieces of 40 bytes a clip arrives, and the network runs once."""
    faults = {fault: 0.01}
    port = bench.port(make_board(), bench.dice(seed, **faults), bench.dice(seed + 1, **faults))
    result = port.device().infer(CLIP)
    assert result.logits == bench.result(CRC, 49, 0).logits
    assert result.nn_cycles == 1
    assert port.now < 60


@often
@given(seed=seeds, stop_after=st.integers(1, 6000))
def test_a_new_host_is_not_disturbed_by_the_bytes_of_the_last(
    bench: Bench, make_board: Callable[..., Board], seed: int, stop_after: int
) -> None:
    """A host dies in the middle of a clip; its last bytes, kept back on the way, arrive during the next host's clip."""
    board = make_board()
    kept = _Keeper(board, stop_after)
    with pytest.raises(KeyboardInterrupt):
        bench.port(kept).device().infer(CLIP[::-1].copy())
    late = _Latecomer(board, kept.kept, np.random.default_rng(seed))
    assert bench.port(late).device().infer(CLIP).logits == bench.result(CRC, 49, 0).logits


@pytest.mark.parametrize("after", [1, 20, 600, 3_000, 6_000])
def test_a_board_that_is_reset_during_a_clip_gets_it_again(bench: Bench, after: int) -> None:
    """The reset board says that it knows no session; the device greets it and starts the clip anew."""
    board = _Resetting(bench.checksum_board(), bench.checksum_board(), after)
    device = bench.port(board).device()
    device.hello()
    assert device.infer(CLIP).logits == bench.result(CRC, 49, 0).logits
    assert board.resets == 1


def test_a_board_that_comes_back_with_another_build_is_not_used(bench: Bench) -> None:
    """A result of another build would be worth nothing."""
    board = _Resetting(bench.checksum_board(), bench.checksum_board(build_id=2), 600)
    device = bench.port(board).device()
    device.hello()
    with pytest.raises(BoardError, match=r"virtual.*another build"):
        device.infer(CLIP)


def test_a_damaged_answer_is_asked_for_again_at_once(bench: Bench) -> None:
    """Damage tells that the board has spoken, so nothing is waited for."""
    port = bench.port(_Spoiling(BoardSession(bench.checksum_board()), out_at=8, in_at=None))
    assert port.device().infer(CLIP).nn_cycles == 1
    assert port.now < 0.9


def test_a_damaged_refusal_is_found_out_at_once(bench: Bench) -> None:
    """A frame and the NAK for it are damaged: the host asks where the board is, without waiting for its timer."""
    port = bench.port(_Spoiling(BoardSession(bench.checksum_board()), out_at=5, in_at=5))
    assert port.device().infer(CLIP).nn_cycles == 1
    assert port.now < 0.9


def test_an_answer_that_comes_twice_is_not_taken_for_the_next(bench: Bench) -> None:
    """The result of one clip, repeated during the next, is not its result."""
    device = bench.port(_Repeating(BoardSession(bench.checksum_board()))).device()
    assert device.infer(CLIP).nn_cycles == 1
    assert device.infer(CLIP[::-1].copy()).nn_cycles == 2


class _Keeper:
    """Passes on so many bytes, keeps the next ones back, and stops the host after them."""

    def __init__(self, board: Board, count: int) -> None:
        self.board, self.count, self.kept = board, count, b""

    def receive(self, data: bytes) -> bytes:
        if self.count <= 0 and self.kept:
            raise KeyboardInterrupt
        passed, self.kept = data[: max(0, self.count)], self.kept + data[max(0, self.count) :]
        self.count -= len(data)
        return self.board.receive(passed)


class _Latecomer:
    """Brings bytes of an earlier conversation in pieces between those of this one."""

    def __init__(self, board: Board, late: bytes, random: np.random.Generator) -> None:
        self.board, self.late, self.random = board, late, random

    def receive(self, data: bytes) -> bytes:
        count = self.random.integers(0, len(self.late) + 1)
        piece, self.late = self.late[:count], self.late[count:]
        return self.board.receive(piece) + self.board.receive(data)


class _Resetting:
    """Runs one program for so many bytes after hello, then another from its start."""

    def __init__(self, before: Handler, after: Handler, count: int) -> None:
        self.session, self.after, self.count, self.resets = BoardSession(before), after, count, 0
        self.greeted = False

    def receive(self, data: bytes) -> bytes:
        if self.greeted and self.resets == 0:
            self.count -= len(data)
            if self.count < 0:
                self.session = BoardSession(self.after)
                self.resets = 1
        self.greeted = True
        return self.session.receive(data)


class _Spoiling:
    """Damages what goes in and what comes out, at one exchange each, counted from 1."""

    def __init__(self, board: Board, out_at: int, in_at: int | None) -> None:
        self.board, self.out_at, self.in_at, self.count = board, out_at, in_at, 0

    def receive(self, data: bytes) -> bytes:
        self.count += 1
        if self.count == self.in_at:
            data = data[:9] + bytes([data[9] ^ 64 or 1]) + data[10:]
        out = self.board.receive(data)
        return b"\x05\x80\x80\0" if self.count == self.out_at else out


class _Repeating:
    """Says the long answer before last once more, before each answer."""

    def __init__(self, board: Board) -> None:
        self.board, self.last = board, b""

    def receive(self, data: bytes) -> bytes:
        out = self.board.receive(data)
        repeated, self.last = self.last, out if len(out) > 200 else self.last
        return repeated + out
