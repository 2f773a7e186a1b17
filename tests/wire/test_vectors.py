"""Vectors that both implementations read; they change only with the protocol's version."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.wire import cobs, frame

if TYPE_CHECKING:
    from tests.wire.conftest import Board

Codec = Callable[[Iterable[str]], list[str]]
VECTORS = Path(__file__).parent.parent / "vectors"


def read(name: str) -> list[dict[str, Any]]:
    """Return the vectors in one file."""
    return json.loads((VECTORS / name).read_text())


@pytest.fixture(scope="module")
def codec(wire_host: Path) -> Codec:
    """Ask the firmware's code: a list of commands in, a list of answers out."""

    def run(commands: Iterable[str]) -> list[str]:
        done = subprocess.run(
            [wire_host, "codec"], input="\n".join(commands), capture_output=True, text=True, check=True
        )
        return done.stdout.splitlines()

    return run


def test_stuffing_in_python() -> None:
    """Data and encodings agree both ways."""
    for vector in read("cobs.json"):
        data, encoded = bytes.fromhex(vector["data"]), bytes.fromhex(vector["encoded"])
        assert cobs.encode(data) == encoded
        assert cobs.decode(encoded) == data


def test_frames_in_python() -> None:
    """Frames and encodings agree both ways, and no frame is one of another session."""
    for vector in read("frames.json"):
        encoded = bytes.fromhex(vector["encoded"])
        value = frame.Frame(vector["type"], vector["sequence"], bytes.fromhex(vector["payload"]))
        assert frame.encode(value, vector["session"]) == encoded
        assert frame.decode(encoded[:-1], vector["session"]) == value
        assert frame.decode(encoded[:-1], vector["session"] ^ 1) is None


def test_frames_in_the_firmware_as_it_sends_them(codec: Codec) -> None:
    """The board writes the same bytes after a zero, in pieces of at most 256."""
    vectors = read("frames.json")
    answers = codec(f"encode {v['session']} {v['type']} {v['sequence']} {v['payload']}" for v in vectors)
    for vector, answer in zip(vectors, answers, strict=True):
        encoded, largest = answer.split()
        assert encoded == "00" + vector["encoded"]
        assert int(largest) <= 256


def test_frames_in_the_firmware_as_it_reads_them(codec: Codec) -> None:
    """The board reads the same frames, into a buffer of just their size, and none of another session."""
    vectors = read("frames.json")
    size = 1 + 3 + 504 + 4
    answers = codec(f"decode {v['session']} {size} {v['encoded']}" for v in vectors)
    assert [answer.split() for answer in answers] == [
        f"{v['type']} {v['sequence']} {v['payload']}".split() for v in vectors
    ]
    assert set(codec(f"decode {v['session'] ^ 1} {size} {v['encoded']}" for v in vectors)) == {"damaged"}


def test_a_frame_that_is_too_long_for_the_firmware_is_damage(codec: Codec) -> None:
    """Nothing is written beyond the buffer: the sanitizer would say so."""
    longest = max(read("frames.json"), key=lambda v: len(v["encoded"]))
    for size in (8, 12, 64, 511):
        assert codec([f"decode {longest['session']} {size} {longest['encoded']}"]) == ["damaged"]


def test_stuffing_in_the_firmware(codec: Codec) -> None:
    """Data that hold the vectors arrive through the firmware's own reader and writer."""
    vectors = read("cobs.json")
    sent = [line.split()[0] for line in codec(f"encode 5 1 1 {v['data']}" for v in vectors)]
    received = codec(f"decode 5 1024 {encoded}" for encoded in sent)
    assert [answer.split()[2:] for answer in received] == [[v["data"]] if v["data"] else [] for v in vectors]


def test_the_checksum_of_the_firmware_has_the_published_check_value(codec: Codec) -> None:
    """CRC-32 over the digits 1 to 9 is CBF43926 by every catalogue."""
    assert codec(["crc " + b"123456789".hex()]) == [str(0xCBF43926)]


def test_a_board_says_exactly_what_the_protocol_says(make_board: Callable[..., Board]) -> None:
    """Every state and error, byte for byte; also if the bytes come one by one."""
    for pieces in (lambda data: [data], lambda data: [bytes([byte]) for byte in data]):
        board = make_board()
        for step in read("conversation.json"):
            said = b"".join(board.receive(piece) for piece in pieces(bytes.fromhex(step["host"])))
            assert said.hex() == step["board"], step["step"]
