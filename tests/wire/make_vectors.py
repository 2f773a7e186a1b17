"""Writes the vectors of the wire protocol; run it from the repository root after a change of the protocol.

What it writes is read by the tests of both implementations, and stands in the repository so that a third can read it.
"""

from __future__ import annotations

import json
import struct
import zlib
from pathlib import Path

from conftest import ChecksumBoard
from harness.wire import cobs, requests
from harness.wire.board_session import BoardSession
from harness.wire.frame import DELIMITER, Frame, encode
from harness.wire.requests import Input, Request, Tensor

VECTORS = Path(__file__).parent.parent / "vectors"
SESSION = 0x0BADCAFE
LONGEST = 504


def cobs_vectors() -> list[dict[str, str]]:
    """Return data and their encodings around the lengths and zeros where blocks end."""
    runs = [bytes([1 + i % 255 for i in range(n)]) for n in (1, 2, 253, 254, 255, 508, 509)]
    zeros = [b"\0", b"\0\0", b"\x11\0", b"\0\x11", b"\x11\x22\0\x33"]
    around = [run + b"\0" for run in runs] + [b"\0" + run for run in runs] + [run + b"\0\x55" for run in runs]
    return [{"data": data.hex(), "encoded": cobs.encode(data).hex()} for data in [b"", *zeros, *runs, *around]]


def frame_vectors() -> list[dict[str, object]]:
    """Return frames of several sessions with their encodings, delimiters included."""
    payloads = [b"", b"\0", bytes(range(256)), bytes(LONGEST), b"\xff" * LONGEST, struct.pack("<3h", 0, -1, 32767)]
    heads = [(0, 0x01, 0), (1, 0x03, 1), (SESSION, 0x85, 0xFFFF), (0xFFFFFFFF, 0x00, 256)]
    return [
        {
            "session": session,
            "type": kind,
            "sequence": sequence,
            "payload": payload.hex(),
            "encoded": encode(Frame(kind, sequence, payload), session).hex(),
        }
        for session, kind, sequence in heads
        for payload in payloads
    ]


def steps() -> list[tuple[str, bytes]]:
    """Return what a host says to a checksum board, in order, each with a name."""

    def frame(kind: int, sequence: int, payload: bytes = b"", session: int = SESSION) -> bytes:
        return encode(Frame(kind, sequence, payload), session)

    hello = DELIMITER + frame(Request.HELLO, 0, requests.hello(SESSION), 0)
    other_version = frame(Request.HELLO, 0, struct.pack("<BI", 9, 5), 0)
    samples = struct.pack("<4h", 0, 1, -1, 32767)
    audio = frame(Request.AUDIO, 1, samples)
    damaged = audio[:5] + bytes([audio[5] ^ 4]) + audio[6:]
    begin = requests.begin(7, Input.AUDIO, 4)
    model = b"M" + bytes(range(8))
    named = b"fp32" + model

    def load(sequence: int, blob: bytes, bytes_: int | None = None) -> bytes:
        return frame(Request.LOAD, sequence, requests.load(bytes_ or len(blob), zlib.crc32(blob), 4))

    return [
        ("a frame before any hello", frame(Request.STATS, 0)),
        ("hello", hello),
        ("hello again", hello),
        ("hello of another version", other_version),
        ("begin", frame(Request.BEGIN, 0, begin)),
        ("hello repeated during a clip", hello),
        ("audio, damaged", damaged),
        ("audio of another session", frame(Request.AUDIO, 1, samples, 1)),
        ("infer, ahead of the lost audio", frame(Request.INFER, 2)),
        ("stats, further ahead", frame(Request.STATS, 3)),
        ("poll", frame(Request.POLL, 4)),
        ("audio", audio),
        ("audio, repeated", audio),
        ("infer", frame(Request.INFER, 2)),
        ("infer, repeated", frame(Request.INFER, 2)),
        ("dump", frame(Request.DUMP, 3, requests.dump(Tensor.CONVOLUTION, 4090, 10))),
        ("dump beyond the end", frame(Request.DUMP, 4, requests.dump(Tensor.CONVOLUTION, 4097, 10))),
        ("dump at the end", frame(Request.DUMP, 5, requests.dump(Tensor.CONVOLUTION, 4096, 10))),
        ("dump of a tensor that is not kept", frame(Request.DUMP, 6, requests.dump(Tensor.INPUT, 0, 10))),
        ("stats", frame(Request.STATS, 7)),
        ("audio without a clip", frame(Request.AUDIO, 8, samples)),
        ("audio without a clip, repeated", frame(Request.AUDIO, 8, samples)),
        ("infer after a failure", frame(Request.INFER, 9)),
        ("begin of an unknown input", frame(Request.BEGIN, 10, struct.pack("<IBI", 8, 2, 4))),
        ("begin of too long a clip", frame(Request.BEGIN, 11, requests.begin(8, Input.AUDIO, 16_001))),
        ("begin with features", frame(Request.BEGIN, 12, requests.begin(8, Input.FEATURES, 3))),
        ("infer before its input", frame(Request.INFER, 13)),
        ("features", frame(Request.FEATURES, 14, b"\1\0")),
        ("too many features", frame(Request.FEATURES, 15, b"\1\0")),
        ("an unknown message", frame(0x42, 16)),
        ("begin, third", frame(Request.BEGIN, 17, requests.begin(9, Input.AUDIO, 3))),
        ("poll when nothing is lost", frame(Request.POLL, 18)),
        ("half a sample", frame(Request.AUDIO, 18, b"\1\2\3")),
        ("begin, fourth", frame(Request.BEGIN, 19, begin)),
        ("use without a model", frame(Request.USE, 20)),
        ("load", load(21, model)),
        ("hello repeated during a load", hello),
        ("use before the model", frame(Request.USE, 22)),
        ("infer during a load", frame(Request.INFER, 23)),
        ("model", frame(Request.MODEL, 24, named[:3])),
        ("model, the rest", frame(Request.MODEL, 25, named[3:])),
        ("use", frame(Request.USE, 26)),
        ("use, repeated", frame(Request.USE, 26)),
        ("more of a model in use", frame(Request.MODEL, 27, model)),
        ("load, second", load(28, model)),
        ("audio for a model", frame(Request.AUDIO, 29, samples)),
        ("load, third", load(30, model)),
        ("more model than announced", frame(Request.MODEL, 31, model + model)),
        ("load of too large a model", load(32, model, 4097)),
        ("model after a refused load", frame(Request.MODEL, 33, model)),
        ("use after a refused load", frame(Request.USE, 34)),
        ("load of a damaged model", load(35, model[::-1])),
        ("damaged model", frame(Request.MODEL, 36, named)),
        ("use of a damaged model", frame(Request.USE, 37)),
        ("use of a damaged model, repeated", frame(Request.USE, 37)),
        ("load of an unsound model", load(38, model[::-1])),
        ("unsound model", frame(Request.MODEL, 39, b"fp32" + model[::-1])),
        ("use of an unsound model", frame(Request.USE, 40)),
        ("load cut short", frame(Request.LOAD, 41, requests.load(9, 0, 4)[:-1])),
        ("begin, fifth", frame(Request.BEGIN, 42, begin)),
        ("hello of the next session", frame(Request.HELLO, 0, requests.hello(6), 0)),
        ("infer in the next session", frame(Request.INFER, 0, session=6)),
        ("infer of the last session", frame(Request.INFER, 43)),
        ("noise", b"\x05\x06\x07\0\0\xff\xff\0"),
    ]


def conversation() -> list[dict[str, str]]:
    """Return what each side says, step by step."""
    board = BoardSession(ChecksumBoard())
    return [{"step": name, "host": data.hex(), "board": board.receive(data).hex()} for name, data in steps()]


def write(name: str, vectors: object) -> None:
    """Write one file of vectors."""
    (VECTORS / name).write_text(json.dumps(vectors, indent=1) + "\n")


if __name__ == "__main__":
    write("cobs.json", cobs_vectors())
    write("frames.json", frame_vectors())
    write("conversation.json", conversation())
