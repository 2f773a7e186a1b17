"""The host's window: what may go out, what goes again, and when."""

from __future__ import annotations

import pytest

from harness.wire.frame import DELIMITER, Frame, encode
from harness.wire.requests import Request
from harness.wire.window import SEQUENCES, Window

SESSION = 5


def frame(sequence: int, payload: bytes = b"1234567890") -> bytes:
    """Return the bytes that the window makes of its frame number `sequence`."""
    return encode(Frame(3, sequence % SEQUENCES, payload), SESSION)


def poll(sequence: int) -> bytes:
    """Return the bytes of a poll."""
    return DELIMITER + encode(Frame(Request.POLL, sequence), SESSION)


@pytest.fixture
def window() -> Window:
    """Make a window of two frames with five queued."""
    window = Window(SESSION, 2 * len(frame(0)) + 1, retry_s=1.0)
    for _ in range(5):
        window.queue(3, b"1234567890")
    return window


def test_no_more_goes_out_than_the_board_can_hold(window: Window) -> None:
    """Two frames fit; the third waits for an acknowledgement."""
    assert window.due(0) == frame(0) + frame(1)
    assert window.due(0.5) == b""
    window.acknowledge(1, 0.5)
    assert window.due(0.5) == frame(2)


def test_an_acknowledgement_covers_all_before_it(window: Window) -> None:
    """One that was lost does not matter when a later one arrives."""
    window.due(0)
    window.acknowledge(2, 0)
    assert window.due(0) == frame(2) + frame(3)


def test_old_and_impossible_acknowledgements_are_ignored(window: Window) -> None:
    """What was said before, or of frames that never went out, changes nothing."""
    window.due(0)
    window.acknowledge(1, 0)
    for sequence in (0, 1, 4, 700, SEQUENCES - 1):
        window.acknowledge(sequence, 0)
    assert window.acknowledged == 1


def test_a_refusal_asks_the_board_where_it_is_and_sends_again_from_there(window: Window) -> None:
    """All after the lost frame was dropped, so all of it goes again; nothing goes out before the answer."""
    window.due(0)
    window.refuse(0, 0)
    assert window.due(0) == poll(2)
    assert window.due(0) == b""
    window.located(0, 2, 0)
    assert window.due(0) == frame(0) + frame(1)


def test_a_board_that_has_everything_gets_nothing_again(window: Window) -> None:
    """It was only busy: its answer to the poll says that nothing is lost."""
    window.due(0)
    assert window.due(1.0) == poll(2)
    window.located(2, 2, 1.5)
    assert window.due(1.5) == frame(2) + frame(3)


def test_a_refusal_that_was_overtaken_is_ignored(window: Window) -> None:
    """Everything that went out is acknowledged, so nothing can be lost."""
    window.due(0)
    window.acknowledge(2, 0)
    window.refuse(1, 0)
    assert window.due(0) == frame(2) + frame(3)


def test_an_acknowledgement_of_all_answers_a_poll_that_was_lost(window: Window) -> None:
    """The poll did not fit in the board's buffer; the frames before it did."""
    window.due(0)
    assert window.due(1.0) == poll(2)
    window.acknowledge(2, 1.5)
    assert window.due(1.5) == frame(2) + frame(3)


def test_the_answer_to_an_older_poll_is_ignored(window: Window) -> None:
    """It does not tell what became of the frames that went out after it."""
    window.due(0)
    window.due(1.0)
    window.acknowledge(2, 1.5)
    window.due(1.5)
    assert window.due(2.5) == poll(4)
    window.located(2, 2, 2.6)
    assert window.due(2.6) == b""
    window.located(2, 4, 2.7)
    assert window.due(2.7) == frame(2) + frame(3)


def test_silence_is_met_with_polls_at_growing_distance(window: Window) -> None:
    """Small ones, as a busy board still holds what was sent before."""
    window.due(0)
    assert window.due(0.9) == b""
    assert window.due(1.0) == poll(2)
    assert window.due(2.9) == b""
    assert window.due(3.0) == poll(2)
    assert window.due(6.9) == b""


def test_nothing_is_polled_while_nothing_is_on_the_way(window: Window) -> None:
    """Damage on an idle line means nothing."""
    window.doubt()
    assert window.due(0) == frame(0) + frame(1)


def test_sequences_begin_again_after_65536_frames() -> None:
    """The numbers on the wire wrap, the counting does not."""
    window = Window(SESSION, 1024, 1.0)
    for number in range(SEQUENCES + 3):
        expected = window.queue(3, b"1234567890")
        assert expected == (number + 1) % SEQUENCES
        assert window.due(0) == frame(number)
        window.acknowledge(expected, 0)
    assert window.acknowledged == SEQUENCES + 3
    assert window.empty


def test_a_frame_larger_than_the_window_goes_alone() -> None:
    """Else it would never go."""
    window = Window(SESSION, 8, 1.0)
    window.queue(3, b"1234567890")
    assert window.due(0) == frame(0)
