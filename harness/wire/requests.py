"""What a host says: message types and the payloads that go to a board, as docs/protocol.md specifies."""

from __future__ import annotations

import enum
import struct

VERSION = 2
"""Of the protocol."""


class Request(enum.IntEnum):
    """Types of messages to a board."""

    HELLO = 0x01
    BEGIN = 0x02
    AUDIO = 0x03
    FEATURES = 0x04
    INFER = 0x05
    DUMP = 0x06
    STATS = 0x07
    POLL = 0x08
    LOAD = 0x09
    MODEL = 0x0A
    USE = 0x0B


class Input(enum.IntEnum):
    """What a clip is made of."""

    AUDIO = 0
    FEATURES = 1


class Tensor(enum.IntEnum):
    """What DUMP can ask for."""

    FEATURES = 0
    """uint8 [49 time][40 channel]"""
    INPUT = 1
    """The network's input, uint8 codes or float32 [49][40]."""
    CONVOLUTION = 2
    """After the ReLU, uint8 codes or float32 [25 time][20 frequency][filter]."""
    LOGITS = 3
    """int32 or float32 [label]"""


def hello(nonce: int) -> bytes:
    """Return the payload of HELLO; `nonce`, 1 .. 2^32 - 1, numbers the session."""
    return struct.pack("<BI", VERSION, nonce)


def begin(clip: int, kind: Input, count: int) -> bytes:
    """Return the payload of BEGIN: `count` samples or features of clip number `clip` follow."""
    return struct.pack("<IBI", clip, kind, count)


def load(count: int, model_hash: int, level_bytes: int) -> bytes:
    """Return the payload of LOAD: the level's id, then a model of `count` bytes with this CRC-32 follow."""
    return struct.pack("<IIB", count, model_hash, level_bytes)


def dump(tensor: Tensor, offset: int, count: int) -> bytes:
    """Return the payload of DUMP: `count` bytes of a tensor from byte `offset`."""
    return struct.pack("<BIH", tensor, offset, count)
