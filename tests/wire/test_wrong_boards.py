"""Ports behind which something else answers, or nothing: one clear error that names the port, in time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import serial

from harness.errors import BoardError
from harness.wire.board_session import BoardSession
from harness.wire.frame import Frame, encode
from harness.wire.replies import Reply

if TYPE_CHECKING:
    from tests.wire.conftest import Bench, Board

CLIP = np.zeros(16_000, np.int16)


class _Says:
    """Answers everything with the same bytes."""

    def __init__(self, answer: bytes) -> None:
        self.answer = answer

    def receive(self, _: bytes) -> bytes:
        return self.answer


class _Echo:
    """Sends back what it gets, as a modem or a loopback plug does."""

    def receive(self, data: bytes) -> bytes:
        return data


@pytest.mark.parametrize(
    ("board", "said"),
    [
        (_Says(b""), "not a byte came"),
        (_Says(b"Hello, world!\r\n"), "Hello, world!"),
        (_Says(b"\x81\xfe\xa0"), "81 fe a0.*115200 baud"),
        (_Says(b"\x81\xfe\xa0\0"), "81 fe a0.*115200 baud"),
        (_Says(b"x" * 70_000), "kws_bench"),
        (_Echo(), "echoes"),
    ],
    ids=["silence", "text", "noise", "noise with zeros", "endless text", "echo"],
)
def test_what_is_no_board_is_named(bench: Bench, board: Board, said: str) -> None:
    """Hello gives up after its patience, and says what it heard."""
    port = bench.port(board)
    with pytest.raises(BoardError, match=f"virtual: no answer to hello in 10 s.*{said}"):
        port.device().hello()
    assert 10 <= port.now < 11 + 70_000 * 10


def test_another_version_of_the_protocol_is_named(bench: Bench) -> None:
    """Both versions stand in the message, and the way out."""
    reply = encode(Frame(Reply.HELLO_REPLY, 0, bytes([9]) + bytes(40)), 0)
    with pytest.raises(BoardError, match=r"virtual: .*version 9, this host version 2.*upload"):
        bench.port(_Says(reply)).device().hello()


def test_a_cut_off_hello_is_named(bench: Bench) -> None:
    """A reply with a good checksum but the wrong size is the firmware's fault."""
    reply = encode(Frame(Reply.HELLO_REPLY, 0, bytes([2, 0, 0, 4])), 0)
    with pytest.raises(BoardError, match=r"virtual: .*not as version 2 specifies"):
        bench.port(_Says(reply)).device().hello()


def test_a_board_that_goes_silent_is_named(bench: Bench) -> None:
    """It answers hello and then nothing: the device tries a new session, and says what it waited for."""
    port = bench.port(BoardSession(bench.checksum_board()))
    device = port.device()
    device.hello()
    port.board = _Says(b"")
    with pytest.raises(BoardError, match=r"virtual: no answer to hello"):
        device.infer(CLIP)
    assert port.now < 20


def test_a_network_that_never_ends_is_named(bench: Bench) -> None:
    """INFER was taken but its answer does not come."""

    class Stuck(bench.checksum_board):
        def receive(self, data: bytes) -> bytes:
            out = session.receive(data)
            return out if len(out) < 200 else b""

    session = BoardSession(Stuck())
    port = bench.port(session)
    device = port.device()
    device.hello()
    port.board = Stuck()
    with pytest.raises(BoardError, match=r"virtual: no answer to INFER in 60 s"):
        device.infer(CLIP)
    assert port.now < 70


def test_a_board_that_consumed_other_samples_is_found_out(bench: Bench) -> None:
    """The checksum over the samples as the board consumed them is compared with those sent."""

    class Wrong(BoardSession):
        def _input(self, frame: Frame) -> None:
            super()._input(frame)
            self._clip.crc ^= 1

    with pytest.raises(BoardError, match=r"virtual.*result is not of the audio that was sent"):
        bench.port(Wrong(bench.checksum_board())).device().infer(CLIP)


def test_a_port_that_vanishes_is_named(bench: Bench) -> None:
    """An unplugged board ends the operation at once."""

    class Unplugged(bench.port):
        def read(self, _: int = 1) -> bytes:
            raise serial.SerialException("device reports readiness to read but returned no data")

    with pytest.raises(BoardError, match=r"virtual could not be read: .*plug it in again"):
        Unplugged(BoardSession(bench.checksum_board())).device().hello()


def test_what_a_board_prints_is_kept(bench: Bench) -> None:
    """Lines between frames, before them and without an end are no frames, and are kept in order."""

    class Chatty:
        def receive(self, data: bytes) -> bytes:
            return b"booting\r\n\xc2\xb5s\r\nready" + session.receive(data) + b"\0done\n"

    session = BoardSession(bench.checksum_board())
    device = bench.port(Chatty()).device()
    device.hello()
    device.stats()
    assert device.log[:4] == ("booting", "µs", "ready", "done")
