"""A frame and its bytes: COBS( type u8 | sequence u16 | payload | crc u32 ) and a zero. See docs/protocol.md."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

from harness.wire import cobs

DELIMITER = b"\0"
OVERHEAD_BYTES = 7
"""Type, sequence and checksum."""
NO_SESSION = 0
"""The session that HELLO and its reply are sealed with."""

_HEAD = struct.Struct("<BH")
_U32 = struct.Struct("<I")


@dataclass(frozen=True)
class Frame:
    """One message: its type (0..255), its sequence (0..65535) and its payload."""

    type: int
    sequence: int
    payload: bytes = b""


def encode(frame: Frame, session: int) -> bytes:
    """Return the bytes of a frame of `session` (0 .. 2^32 - 1), its delimiter at the end."""
    body = _HEAD.pack(frame.type, frame.sequence) + frame.payload
    return cobs.encode(body + _U32.pack(_checksum(body, session))) + DELIMITER


def decode(chunk: bytes, *sessions: int) -> Frame | None:
    """Read a chunk (what stands between two delimiters), or return None if it is no frame of any of `sessions`."""
    raw = cobs.decode(chunk)
    if raw is None or len(raw) < OVERHEAD_BYTES:
        return None
    body, (checksum,) = raw[:-4], _U32.unpack(raw[-4:])
    if checksum not in (_checksum(body, session) for session in sessions):
        return None
    kind, sequence = _HEAD.unpack_from(body)
    return Frame(kind, sequence, body[_HEAD.size :])


def largest_payload(encoded_bytes: int) -> int:
    """Return how many payload bytes of any value surely fit in a frame of `encoded_bytes`, its delimiter included."""
    return cobs.largest_data(encoded_bytes - len(DELIMITER)) - OVERHEAD_BYTES


def _checksum(body: bytes, session: int) -> int:
    """Return the CRC-32 (as zlib's) over the session number and the body."""
    return zlib.crc32(body, zlib.crc32(_U32.pack(session)))
