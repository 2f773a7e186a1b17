"""The two ends of the line that a host program can open, without a board behind them."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest
import serial

from harness.boards.port_ends import PortEnd, PtyEnd, SocketEnd
from harness.deadline import Deadline

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(params=["pty", "socket"])
def end(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[PortEnd, str]]:
    """Make an end of each kind with the URL that leads to it."""
    if request.param == "pty":
        made: PortEnd = PtyEnd(tmp_path / "port")
        url = str(tmp_path / "port")
    else:
        made = SocketEnd()
        url = f"socket://127.0.0.1:{made.port}"
    yield made, url
    made.close()


def _receive(end: PortEnd, count: int) -> bytes:
    """Take bytes until there are `count`."""
    data, deadline = b"", Deadline(5)
    while len(data) < count and not deadline.passed:
        end.greet()
        data += end.receive(4096)
        time.sleep(0.001)
    return data


def _until_open(end: PortEnd, *, wanted: bool) -> None:
    deadline = Deadline(5)
    while end.is_open is not wanted and not deadline.passed:
        end.greet()
        end.receive(4096)
        time.sleep(0.001)
    assert end.is_open is wanted


def test_pyserial_opens_it_at_any_rate_without_an_error(end: tuple[PortEnd, str]) -> None:
    """A pty has no modem lines: opening must not fail for that, not even exclusively."""
    _, url = end
    for baud in (9600, 115_200, 1_000_000, 123_456):
        with serial.serial_for_url(url, baudrate=baud, timeout=0.1) as port:
            assert port.is_open


def test_bytes_pass_unchanged_in_both_directions(end: tuple[PortEnd, str]) -> None:
    """No echo, no line editing, no translation: all 256 values pass."""
    made, url = end
    everything = bytes(range(256))
    with serial.serial_for_url(url, baudrate=1_000_000, timeout=5) as port:
        port.write(everything)
        assert _receive(made, 256) == everything
        made.send(everything)
        assert port.read(256) == everything


def test_it_knows_when_somebody_has_it_open(end: tuple[PortEnd, str]) -> None:
    """A program that opens, closes and opens it again is seen each time."""
    made, url = end
    _until_open(made, wanted=False)
    for _ in range(3):
        with serial.serial_for_url(url, baudrate=1_000_000):
            _until_open(made, wanted=True)
        _until_open(made, wanted=False)


def test_what_a_program_wrote_before_it_closed_still_arrives(end: tuple[PortEnd, str]) -> None:
    """A command sent in one go, as a shell script does, is not lost."""
    made, url = end
    with serial.serial_for_url(url, baudrate=1_000_000) as port:
        port.write(b"last words")
    assert _receive(made, 10) == b"last words"


def test_what_is_sent_while_nobody_listens_is_lost(end: tuple[PortEnd, str]) -> None:
    """The next program to open the port gets nothing old."""
    made, url = end
    made.send(b"nobody hears this")
    with serial.serial_for_url(url, baudrate=1_000_000, timeout=0.2) as port:
        _until_open(made, wanted=True)
        assert port.read(1) == b""


def test_what_one_program_did_not_read_does_not_reach_the_next(end: tuple[PortEnd, str]) -> None:
    """Output for a program that closed the port is dropped, in the kernel's buffer too."""
    made, url = end
    with serial.serial_for_url(url, baudrate=1_000_000):
        _until_open(made, wanted=True)
        made.send(b"unread")
    _until_open(made, wanted=False)
    with open(url, "rb", buffering=0) if "://" not in url else serial.serial_for_url(url, timeout=0.2) as port:  # noqa: PTH123 - by hand: pyserial would flush what is there
        _until_open(made, wanted=True)
        made.send(b"fresh")
        assert port.read(5) == b"fresh"


def test_a_program_that_just_reads_waits_for_bytes_whatever_the_last_one_had_set(tmp_path: Path) -> None:
    """Pyserial sets terminals to reads that return at once, which `cat` takes for the end of the file."""
    end = PtyEnd(tmp_path / "port")
    with serial.Serial(str(tmp_path / "port"), 1_000_000):
        _until_open(end, wanted=True)
    _until_open(end, wanted=False)
    with (tmp_path / "port").open("rb", buffering=0) as port:
        _until_open(end, wanted=True)
        later = threading.Timer(0.2, end.send, (b"late",))
        later.start()
        assert port.read(4) == b"late"
        later.join()
    end.close()


def test_a_program_that_does_not_read_fills_the_backlog_and_gets_all_of_it_later(end: tuple[PortEnd, str]) -> None:
    """Sending never blocks and loses nothing."""
    made, url = end
    data = bytes(i * 7 % 256 for i in range(8_000_000))
    with serial.serial_for_url(url, baudrate=1_000_000, timeout=0.1) as port:
        _until_open(made, wanted=True)
        made.send(data)
        assert made.backlog > 0
        got, deadline = bytearray(), Deadline(30)
        while len(got) < len(data) and not deadline.passed:
            made.flush()
            got += port.read(min(4096, len(data) - len(got)))
        assert got == data


def test_the_program_sees_the_end_when_it_vanishes(tmp_path: Path) -> None:
    """As when a cable is pulled."""
    made = PtyEnd(tmp_path / "port")
    listener = SocketEnd()
    for end, url in ((made, str(tmp_path / "port")), (listener, f"socket://127.0.0.1:{listener.port}")):
        with serial.serial_for_url(url, baudrate=1_000_000, timeout=5) as port:
            _until_open(end, wanted=True)
            end.close()
            with pytest.raises(serial.SerialException):
                port.read(1)
    assert not (tmp_path / "port").is_symlink()


def test_a_second_client_of_the_socket_is_turned_away() -> None:
    """A serial port has one user; the first keeps it."""
    end = SocketEnd()
    url = f"socket://127.0.0.1:{end.port}"
    with serial.serial_for_url(url, timeout=5) as first, serial.serial_for_url(url, timeout=5) as second:
        end.greet()
        end.greet()
        with pytest.raises(serial.SerialException):
            second.read(1)
        end.send(b"still here")
        assert first.read(10) == b"still here"
    end.close()
