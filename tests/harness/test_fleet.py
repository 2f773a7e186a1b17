"""One campaign on several boards: levels are shared, results are as on one, and an error ends all."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from harness import fleet, verdict
from harness.campaign import Campaign, Streaming
from harness.errors import BoardError
from harness.expectation import Expectation
from harness.fleet import Fleet
from harness.journal import lines
from harness.journal.journal import Conditions, Journal
from host_models import features, zoo
from tests.harness.conftest import GoldenBoard, GoldenDevice, NoCompiler, Silent

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from host_models.dataset import Dataset

LEVELS = ("fp32", "w8a8-asym-ptq", "int8-tflite")


@pytest.fixture
def three_levels(eight_clips: Dataset) -> tuple[Expectation, ...]:
    """Ask the golden models of three levels."""
    rows = features.extract(eight_clips.samples())
    return tuple(Expectation.of(zoo.load(level), rows) for level in LEVELS)


@pytest.fixture
def make_fleet(monkeypatch: pytest.MonkeyPatch, eight_clips: Dataset) -> Callable[..., Fleet]:
    """Put boards in Python side by side."""

    def connected(board: GoldenBoard, *values: object, **named: object) -> Campaign:
        return Campaign(board, *values, **named, connect=lambda _port: GoldenDevice(board))

    monkeypatch.setattr(fleet, "Campaign", connected)

    def make(*boards: GoldenBoard, observers: tuple[object, ...] = ()) -> Fleet:
        return Fleet(
            boards, eight_clips.clips, observers, streaming=Streaming(1_000_000), toolchain=NoCompiler(), begun={}
        )

    return make


def together(parties: int) -> Callable[[object], object]:
    """Make boards wait for each other at their first clip, so that each has a level before any has two."""
    barrier = threading.Barrier(parties, timeout=20)
    met: set[int] = set()

    def spoil(answer: object) -> object:
        if threading.get_ident() not in met:
            met.add(threading.get_ident())
            barrier.wait()
        return answer

    return spoil


def test_boards_share_the_levels_and_the_runs_come_in_their_order(
    make_fleet: Callable[..., Fleet], three_levels: tuple[Expectation, ...], eight_clips: Dataset
) -> None:
    """Each level runs once, on some board; nothing shows which."""
    boards = [GoldenBoard(spoil=spoil) for spoil in [together(2)] for _ in range(2)]
    observer = Silent()
    side_by_side = make_fleet(*boards, observers=(observer,))
    side_by_side.run(LEVELS, three_levels)
    assert [run.level for run in side_by_side.runs] == list(LEVELS)
    assert all(run.complete for run in side_by_side.runs)
    assert sorted(observer.finished) == sorted(LEVELS)
    assert [bool(board.uploads) for board in boards] == [True, True]
    assert sum(len(board.uploads) for board in boards) == len(LEVELS)
    assert verdict.judge(side_by_side.runs, eight_clips.clips).code == 0


def test_an_error_of_one_board_ends_the_others_and_is_the_one_that_is_told(
    make_fleet: Callable[..., Fleet], three_levels: tuple[Expectation, ...]
) -> None:
    """The board that works stops at its next clip; what both had is kept."""

    def ending() -> None:
        raise BoardError("no answer")

    meeting = together(2)
    dying = GoldenBoard(name="dying", spoil=meeting, answers_left=3, ending=ending)
    working = GoldenBoard(name="working", spoil=meeting)
    side_by_side = make_fleet(dying, working)
    with pytest.raises(BoardError, match="no answer"):
        side_by_side.run(LEVELS, three_levels)
    runs = {run.level: len(run.answers) for run in side_by_side.runs}
    assert 3 in runs.values()
    assert sum(runs.values()) < 3 * 8


def test_an_interruption_ends_all_boards(
    make_fleet: Callable[..., Fleet], three_levels: tuple[Expectation, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It reaches the main thread, while boards work in others."""

    def interrupted(*_: object, **__: object) -> None:
        monkeypatch.undo()
        raise KeyboardInterrupt

    side_by_side = make_fleet(*(GoldenBoard() for _ in range(2)))
    monkeypatch.setattr(fleet, "wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        side_by_side.run(LEVELS, three_levels)
    assert not [each for each in threading.enumerate() if each.name.startswith("ThreadPoolExecutor")]


def test_a_silent_board_does_not_hold_up_the_end(
    make_fleet: Callable[..., Fleet], three_levels: tuple[Expectation, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is closed, so that whoever waits for its answer need not wait any longer."""
    monkeypatch.setattr(fleet, "_BRAKING_S", 0.2)
    asked, closed = threading.Event(), threading.Event()

    class SilentBoard(GoldenBoard):
        """Answers nothing until it is closed."""

        def close(self) -> None:
            """Wake who waits."""
            closed.set()

    def silence() -> None:
        asked.set()
        assert closed.wait(20), "nobody closed the board"
        raise BoardError("the port is gone")

    def failing() -> None:
        assert asked.wait(20), "nobody asked the other board"
        raise BoardError("no answer")

    side_by_side = make_fleet(SilentBoard(answers_left=0, ending=silence), GoldenBoard(answers_left=1, ending=failing))
    with pytest.raises(BoardError, match=r"no answer|the port is gone"):
        side_by_side.run(LEVELS, three_levels)
    assert closed.is_set()


def test_answers_of_boards_side_by_side_are_kept_whole(
    make_fleet: Callable[..., Fleet], three_levels: tuple[Expectation, ...], eight_clips: Dataset, tmp_path: Path
) -> None:
    """Their lines in the journal mix, level by level they are in order."""
    conditions = Conditions("f", None, eight_clips.sha256, 8, "audio", quick=False, upload=True, warm_up=0)
    with Journal(tmp_path, conditions) as journal:
        journal.begin(())
        make_fleet(*(GoldenBoard(spoil=together(1)) for _ in range(3)), observers=(journal,)).run(LEVELS, three_levels)
    records, _ = lines.read(tmp_path / "answers.jsonl")
    for level in LEVELS:
        assert [each["clip"] for each in records if each.get("level") == level and "answer" in each] == list(range(8))
    assert len(records) == 1 + 3 * (1 + 8)
