"""How late the host is must show nowhere in what a board measures of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import StartBoard
    from harness.boards.build import Build
    from harness.boards.simulated import SimulatedBoard

BAUD = 1_000_000
WORDS = [bytes((i * 31 + j) % 256 for j in range(32)) for i in range(12)]


def _stages(board: SimulatedBoard) -> list[bytes]:
    """Return what the board prints for each word: a hash and the cycles that it took."""
    with board.open(BAUD) as port:
        port.timeout = 20
        answers = []
        for word in WORDS:
            for piece in (word[:5], word[5:6], word[6:]):
                port.write(piece)
            answers.append(port.readline())
    return answers


def test_random_delays_of_the_host_leave_every_cycle_count_as_it_is(
    start_board: StartBoard, build_of: Callable[[str], Build]
) -> None:
    """Bytes up to 30 ms late in both directions, in three different ways, against a host that is always in time."""
    reference = start_board()
    reference.flash(build_of("stage").elf)
    expected = _stages(reference)
    assert all(int(answer.split()[1]) > 2000 * 32 for answer in expected)
    for seed in (1, 2, 3):
        late = start_board(jitter_ms=30, seed=seed)
        late.flash(build_of("stage").elf)
        assert _stages(late) == expected


@pytest.mark.parametrize("seed", [1, 2])
def test_delayed_bytes_stay_in_order(start_board: StartBoard, build_of: Callable[[str], Build], seed: int) -> None:
    """A late byte is never overtaken, in neither direction."""
    board = start_board(jitter_ms=20, seed=seed)
    board.flash(build_of("echo").elf)
    data = bytes(i % 251 for i in range(400))
    with board.open(BAUD) as port:
        port.timeout = 20
        for start in range(0, len(data), 7):
            port.write(data[start : start + 7])
        assert port.read(len(data)) == data
