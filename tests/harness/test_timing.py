"""Statistics of cycles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness import timing
from harness.timing import Spread
from harness.wire.replies import Result

if TYPE_CHECKING:
    from collections.abc import Iterable


def result(slices: Iterable[int], nn: int, postprocess: int) -> Result:
    """Make an answer with these cycles."""
    return Result(0, 0, (), (), 0, 0, nn, postprocess, tuple(slices))


def test_each_stage_has_its_least_middle_and_greatest() -> None:
    """A clip's preprocessing is the sum of its slices."""
    found = timing.spreads([result([1, 2, 9], 100, 7), result([4, 5, 6], 102, 7)])
    assert found == {
        "preprocess_slice": Spread(1, 2.5, 4.5, 5.75, 9),
        "preprocess": Spread(12, 12.75, 13.5, 14.25, 15),
        "nn": Spread(100, 100.5, 101, 101.5, 102),
        "postprocess": Spread(7, 7, 7, 7, 7),
    }


def test_the_interquartile_range_leaves_out_what_an_interrupt_delayed() -> None:
    """One time of eight that is ten times the others widens the range from least to greatest, not the middle half."""
    found = Spread.of([100, 101, 102, 103, 104, 105, 106, 1000])
    assert (found.median, found.iqr, found.max) == (103.5, 3.5, 1000)


def test_cycles_stay_whole_numbers_where_they_are() -> None:
    """A median of two odd or even counts is written as an integer."""
    assert isinstance(Spread.of([100, 102]).median, int)
    assert Spread.of([100, 101]).median == 100.5


def test_a_stage_that_was_not_timed_is_left_out() -> None:
    """Answers from features have no preprocessing."""
    assert set(timing.spreads([result([], 100, 7)])) == {"nn", "postprocess"}


def test_milliseconds_come_from_the_board_s_clock() -> None:
    """64,000 cycles are a millisecond at 64 MHz."""
    assert Spread(64_000, 96_000, 128_000, 320_000, 640_000).in_milliseconds(64_000_000) == Spread(1, 1.5, 2, 5, 10)
