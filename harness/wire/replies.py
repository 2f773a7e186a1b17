"""What a board says: message types, and its payloads read into values, as docs/protocol.md specifies."""

from __future__ import annotations

import enum
import struct
from dataclasses import dataclass
from typing import Self

from harness.errors import BoardError
from harness.wire.requests import VERSION

NO_CLOCK = 0
"""What a board that counts no cycles tells as its clock."""


class Reply(enum.IntEnum):
    """Types of messages from a board."""

    ACK = 0x80
    HELLO_REPLY = 0x81
    NAK = 0x82
    ERROR = 0x83
    RESULT = 0x85
    DUMP_REPLY = 0x86
    STATS_REPLY = 0x87
    POLL_REPLY = 0x88
    LOADED = 0x89


class ErrorCode(enum.IntEnum):
    """Why a board refused."""

    NO_SESSION = 1
    MALFORMED = 2
    UNKNOWN = 3
    NO_CLIP = 4
    TOO_MUCH = 5
    INCOMPLETE = 6
    UNSUPPORTED = 7
    NO_ROOM = 8
    DAMAGED = 9
    UNSOUND = 10


class Cache(enum.IntEnum):
    """State of a board's instruction cache."""

    OFF = 0
    ON = 1
    UNKNOWN = 255


class LogitKind(enum.IntEnum):
    """What a board's logits are."""

    INT32 = 0
    """The dense layer's accumulators."""
    INT8 = 1
    """Requantized codes, -128..127."""
    FLOAT32 = 2


@dataclass(frozen=True)
class Hello:
    """What a board is and runs."""

    nonce: int
    cache: Cache
    logits: LogitKind
    clock_hz: int
    """Of the counter in which cycles are given; NO_CLOCK if there is none, and all cycles are 0 then."""
    build_id: int
    model_hash: int
    """CRC-32 over the model as it lay in the board's memory when it was asked."""
    window_bytes: int
    """What the port's receive buffer holds while the board is busy."""
    payload_in_bytes: int
    """The largest payload that the board takes."""
    payload_out_bytes: int
    """The most bytes that one DUMP may ask for."""
    model_room_bytes: int
    """How large a model may be loaded into RAM; 0 where the model is a part of the program, in flash."""
    board: str
    core: str
    level: str
    """Empty while no model is loaded."""
    kernels: str
    labels: tuple[str, ...]

    _HEAD = struct.Struct("<BBBBIIIIHHHI")

    @property
    def counts_cycles(self) -> bool:
        """Whether the cycles in results mean something."""
        return self.clock_hz != NO_CLOCK

    @property
    def takes_models(self) -> bool:
        """Whether the model is in RAM, where another can be loaded, and not in flash."""
        return self.model_room_bytes > 0

    @classmethod
    def read(cls, payload: bytes) -> Self:
        """Read a HELLO_REPLY or a LOADED.

        Raises BoardError if the board speaks another version or the payload is not as specified.
        """
        if payload[:1] != bytes([VERSION]):
            version = payload[0] if payload else "no"
            raise BoardError(
                f"the board speaks protocol version {version}, this host version {VERSION}: "
                "upload the sketch of this tinyhil (run without --no-upload)",
            )
        try:
            _, cache, logits, label_count, *numbers = cls._HEAD.unpack_from(payload)
            nonce, clock_hz, build_id, model_hash, window, payload_in, payload_out, model_room = numbers
            board, core, level, kernels, *labels = _strings(payload[cls._HEAD.size :], 4 + label_count)
            return cls(
                nonce=nonce,
                cache=Cache(cache),
                logits=LogitKind(logits),
                clock_hz=clock_hz,
                build_id=build_id,
                model_hash=model_hash,
                window_bytes=window,
                payload_in_bytes=payload_in,
                payload_out_bytes=payload_out,
                model_room_bytes=model_room,
                board=board,
                core=core,
                level=level,
                kernels=kernels,
                labels=tuple(labels),
            )
        except (struct.error, ValueError) as error:
            raise BoardError(
                f"the board's answer to hello is not as version {VERSION} specifies it: {error}"
            ) from error


@dataclass(frozen=True)
class Result:
    """What one inference gave."""

    clip: int
    label: int
    """Index into the board's labels."""
    logits: tuple[float, ...]
    """One a label: int32 or int8 values as int, float32 values as float."""
    probabilities: tuple[float, ...]
    input_crc: int
    """CRC-32 over the samples or features as the board consumed them."""
    features_crc: int
    """CRC-32 over the uint8 features, [49 time][40 channel], that the network was given."""
    nn_cycles: int
    postprocess_cycles: int
    slice_cycles: tuple[int, ...]
    """Preprocess, one for each feature row; empty after an inference from features."""

    _HEAD = struct.Struct("<IBBHIIII")

    @property
    def preprocess_cycles(self) -> int:
        """Preprocess cycles of the whole clip."""
        return sum(self.slice_cycles)

    @classmethod
    def read(cls, payload: bytes, kind: LogitKind) -> Self:
        """Read a RESULT with logits of `kind`; raises BoardError if its size is wrong."""
        try:
            clip, label, labels, rows, input_crc, features_crc, nn, postprocess = cls._HEAD.unpack_from(payload)
            logit = "f" if kind is LogitKind.FLOAT32 else "i"
            values = struct.unpack(f"<{labels}{logit}{labels}f{rows}I", payload[cls._HEAD.size :])
        except struct.error as error:
            raise BoardError(f"a result of {len(payload)} bytes is not as specified: {error}") from error
        return cls(
            clip,
            label,
            logits=values[:labels],
            probabilities=values[labels : 2 * labels],
            input_crc=input_crc,
            features_crc=features_crc,
            nn_cycles=nn,
            postprocess_cycles=postprocess,
            slice_cycles=values[2 * labels :],
        )


@dataclass(frozen=True)
class Stats:
    """What a board counted since it started."""

    stack_high_water_bytes: int
    """The most stack in use at once; 0 if the board does not know."""
    frames_accepted: int
    frames_repeated: int
    frames_skipped: int
    chunks_damaged: int

    _ALL = struct.Struct("<5I")

    @classmethod
    def read(cls, payload: bytes) -> Self:
        """Read a STATS_REPLY; raises BoardError if its size is wrong."""
        try:
            return cls(*cls._ALL.unpack(payload))
        except struct.error as error:
            raise BoardError(f"statistics of {len(payload)} bytes are not as specified: {error}") from error


@dataclass(frozen=True)
class Piece:
    """A part of a tensor."""

    tensor: int
    offset: int
    data: bytes

    _HEAD = struct.Struct("<BI")

    @classmethod
    def read(cls, payload: bytes) -> Self:
        """Read a DUMP_REPLY; raises BoardError if it is too short."""
        try:
            tensor, offset = cls._HEAD.unpack_from(payload)
        except struct.error as error:
            raise BoardError(f"a dump of {len(payload)} bytes is not as specified: {error}") from error
        return cls(tensor, offset, payload[cls._HEAD.size :])


@dataclass(frozen=True)
class Refusal:
    """An ERROR: its code, which a newer board may have more of, and the board's own words."""

    code: int
    text: str

    @classmethod
    def read(cls, payload: bytes) -> Self:
        """Read an ERROR; never fails, as it is shown to people."""
        return cls(payload[0] if payload else 0, payload[1:].decode(errors="replace"))


def _strings(data: bytes, count: int) -> list[str]:
    """Read `count` strings of a length byte and UTF-8; raises ValueError if they are not all there, or more is."""
    strings = []
    at = 0
    while at < len(data):
        end = at + 1 + data[at]
        strings.append(data[at + 1 : end].decode())
        at = end
    if at != len(data) or len(strings) != count:
        raise ValueError(f"{len(data)} bytes do not hold {count} strings")
    return strings
