"""The host's window: what may go out, what goes again, and when."""

from __future__ import annotations

import pytest

from harness.wire.frame import DELIMITER, Frame, encode
from harness.wire.window import SEQUENCES, Window

SESSION = 5


def frame(sequence: int, payload: bytes = b"1234567890") -> bytes:
    """Return the bytes that the window makes of its frame number `sequence`."""
    return encode(Frame(3, sequence % SEQUENCES, payload), SESSION)


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


def test_a_refusal_sends_again_from_there(window: Window) -> None:
    """All after the lost frame was dropped, so all of it goes again, after a delimiter."""
    window.due(0)
    window.refuse(0, 0)
    assert window.due(0) == DELIMITER + frame(0) + frame(1)


def test_an_old_refusal_is_ignored(window: Window) -> None:
    """A refusal that was overtaken by an acknowledgement would only cost time."""
    window.due(0)
    window.acknowledge(2, 0)
    assert window.due(0) == frame(2) + frame(3)
    window.refuse(1, 0)
    assert window.due(0) == b""


def test_silence_sends_one_frame_again_and_waits_longer_each_time(window: Window) -> None:
    """A busy board still holds what was sent before, so only one frame more is risked."""
    window.due(0)
    assert window.due(0.9) == b""
    assert window.due(1.0) == DELIMITER + frame(0)
    assert window.due(2.9) == b""
    assert window.due(3.0) == DELIMITER + frame(0)


def test_after_silence_frames_go_singly_until_the_board_has_what_was_sent_before(window: Window) -> None:
    """Then the window opens again."""
    window.due(0)
    window.due(1.0)
    window.acknowledge(1, 1.5)
    assert window.due(1.5) == frame(1)
    window.acknowledge(2, 1.5)
    assert window.due(1.5) == frame(2) + frame(3)


def test_a_late_acknowledgement_of_frames_that_are_to_go_again_spares_them(window: Window) -> None:
    """The board was only slow: what it has is not sent again."""
    window.due(0)
    window.due(1.0)
    window.acknowledge(2, 1.1)
    assert window.due(1.1) == frame(2) + frame(3)


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
