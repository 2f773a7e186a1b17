"""The board's side of the conversation, the twin of session.cpp: bytes in, bytes out, a handler does the work."""

from __future__ import annotations

import struct
import zlib
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from harness.wire.chunks import Chunks
from harness.wire.frame import DELIMITER, NO_SESSION, Frame, decode, encode
from harness.wire.replies import ErrorCode, Hello, Reply, Result
from harness.wire.requests import VERSION, Input, Request, Tensor

if TYPE_CHECKING:
    from collections.abc import Callable

LARGEST_REPLY_BYTES = 1024
_SEQUENCES = 1 << 16
_TEXTS = {
    ErrorCode.NO_SESSION: "no session: the board was reset, or never greeted",
    ErrorCode.MALFORMED: "malformed payload",
    ErrorCode.UNKNOWN: "unknown message type",
    ErrorCode.NO_CLIP: "no clip or model of this kind was begun",
    ErrorCode.TOO_MUCH: "more than was announced",
    ErrorCode.INCOMPLETE: "the input or the inference is incomplete",
    ErrorCode.UNSUPPORTED: "this board has no such input, clip length or tensor",
    ErrorCode.NO_ROOM: "this board has no memory for a model of this size",
    ErrorCode.DAMAGED: "the model in the board's memory does not have the announced hash",
    ErrorCode.UNSOUND: "the model is not one that this board can run",
}
_UNIT_BYTES = {Request.AUDIO: 2, Request.FEATURES: 1, Request.MODEL: 1}
"""Of a sample, a feature and a piece of a model."""
_FOLLOWS = {Input.AUDIO: Request.AUDIO, Input.FEATURES: Request.FEATURES}
"""Messages that BEGIN announces."""


class Handler(ABC):
    """What a board can do; see handler.h."""

    @abstractmethod
    def identity(self) -> Hello:
        """Return what the board is and runs; `nonce` is filled in by the session."""

    @abstractmethod
    def begin(self, clip: int, kind: Input, count: int) -> bool:
        """Start a clip of `count` samples or features; False if it can't be that many."""

    @abstractmethod
    def take(self, kind: Input, data: bytes) -> None:
        """Consume the clip's next samples (int16) or features (uint8)."""

    @abstractmethod
    def load(self, count: int, model_hash: int, level_bytes: int) -> None:
        """Forget the model that was loaded, as a level's id and a model of `count` bytes are to come.

        Raises Refused where they can't be taken.
        """

    @abstractmethod
    def append(self, data: bytes) -> None:
        """Take the next bytes of the level's id, then of the model."""

    @abstractmethod
    def use(self) -> None:
        """Run with the model that has come. Raises Refused where its hash is wrong or it can't be run."""

    @abstractmethod
    def infer(self) -> Result:
        """Run the network, once a clip; `clip`, `input_crc` and `features_crc` are filled in by the session."""

    @abstractmethod
    def tensor(self, tensor: Tensor) -> bytes | None:
        """Return an intermediate of the last inference, None if it is not kept."""


class Refused(Exception):  # noqa: N818 - it is an answer, not a failure of this program
    """A frame can't be executed; the host gets an ERROR."""

    def __init__(self, code: ErrorCode, text: str = "") -> None:
        """Give `text` where there is more to say than the code's own words."""
        super().__init__(text or _TEXTS[code])
        self.code = code


class BoardSession:
    """Takes frames in order, drops and answers the others, calls the handler; docs/protocol.md has the states."""

    def __init__(self, handler: Handler) -> None:
        self.accepted = self.repeated = self.skipped = self.damaged = 0
        self._handler = handler
        self._chunks = Chunks()
        self._out = bytearray()
        self._session = NO_SESSION
        self._expected = 0
        self._refused = False  # a NAK for `_expected` is on its way
        self._clip: _Clip | None = None  # or a model that comes in pieces
        self._answers: dict[int, Callable[[bytes], None]] = {
            Request.INFER: self._infer,
            Request.DUMP: self._dump,
            Request.STATS: self._stats,
            Request.USE: self._use,
        }

    def receive(self, data: bytes) -> bytes:
        """Handle what has come on the line; return what the board sends."""
        for chunk in self._chunks.take(data):
            self._receive(chunk)
        out, self._out = bytes(self._out), bytearray()
        return out

    def _receive(self, chunk: bytes) -> None:
        frame = decode(chunk, NO_SESSION)
        if frame is not None and frame.type == Request.HELLO:
            self._hello(frame.payload)
            return
        if self._session == NO_SESSION:
            self._send_error(Refused(ErrorCode.NO_SESSION))
            return
        frame = decode(chunk, self._session)
        if frame is None:
            self.damaged += 1
            self._send(Reply.NAK)
            return
        if frame.type == Request.POLL:
            self._send(Reply.POLL_REPLY, struct.pack("<H", frame.sequence))
        else:
            self._place(frame)

    def _place(self, frame: Frame) -> None:
        """Execute the expected frame; answer those before and after it."""
        ahead = (frame.sequence - self._expected + _SEQUENCES // 2) % _SEQUENCES - _SEQUENCES // 2
        if ahead > 0:
            self.skipped += 1
            if not self._refused:
                self._send(Reply.NAK)
            self._refused = True
        elif ahead < 0:
            self.repeated += 1
            self._send(Reply.ACK)
            if ahead == -1:
                self._repeat(frame)
        else:
            self.accepted += 1
            self._expected = (self._expected + 1) % _SEQUENCES
            self._refused = False
            self._send(Reply.ACK)
            self._execute(frame)

    def _hello(self, payload: bytes) -> None:
        if len(payload) < struct.calcsize("<BI"):
            return
        version, nonce = struct.unpack_from("<BI", payload)
        if version == VERSION and nonce not in (NO_SESSION, self._session):
            self._session, self._expected, self._refused, self._clip = nonce, 0, False, None
        self._send(Reply.HELLO_REPLY, self._identity(nonce), NO_SESSION)

    def _identity(self, nonce: int) -> bytes:
        hello = self._handler.identity()
        head = struct.pack("<BBBB", VERSION, hello.cache, hello.logits, len(hello.labels))
        numbers = struct.pack("<IIII", nonce, hello.clock_hz, hello.build_id, hello.model_hash)
        payloads = hello.payload_in_bytes, hello.payload_out_bytes
        sizes = struct.pack("<HHHI", hello.window_bytes, *payloads, hello.model_room_bytes)
        strings = (hello.board, hello.core, hello.level, hello.kernels, *hello.labels)
        texts = b"".join(bytes([len(text.encode())]) + text.encode() for text in strings)
        return head + numbers + sizes + texts

    def _execute(self, frame: Frame) -> None:
        try:
            if frame.type in self._answers:
                self._answers[frame.type](frame.payload)
            elif frame.type == Request.BEGIN:
                self._begin(frame.payload)
            elif frame.type == Request.LOAD:
                self._load(frame.payload)
            else:
                self._input(frame)
        except Refused as refused:
            if frame.type not in self._answers:
                self._clip = _Clip(failed=refused)
            self._send_error(refused)

    def _repeat(self, frame: Frame) -> None:
        """Say again what was said to the last frame before the expected one."""
        if frame.type in self._answers:
            self._execute(frame)
        elif self._clip is not None and self._clip.failed is not None:
            self._send_error(self._clip.failed)

    def _begin(self, payload: bytes) -> None:
        if len(payload) != struct.calcsize("<IBI") or payload[4] not in list(Input):
            raise Refused(ErrorCode.MALFORMED)
        number, kind, count = struct.unpack("<IBI", payload)
        self._clip = _Clip(_FOLLOWS[Input(kind)], number, count)
        if not self._handler.begin(number, Input(kind), count):
            raise Refused(ErrorCode.UNSUPPORTED)

    def _load(self, payload: bytes) -> None:
        if len(payload) != struct.calcsize("<IIB"):
            raise Refused(ErrorCode.MALFORMED)
        count, model_hash, level_bytes = struct.unpack("<IIB", payload)
        self._clip = _Clip(Request.MODEL, left=count + level_bytes)
        self._handler.load(count, model_hash, level_bytes)

    def _use(self, _: bytes) -> None:
        model = self._clip
        if model is not None and model.failed is not None:
            raise model.failed
        if model is None or model.kind is not Request.MODEL:
            raise Refused(ErrorCode.NO_CLIP)
        if model.left:
            raise Refused(ErrorCode.INCOMPLETE)
        if not model.done:
            try:
                self._handler.use()
            except Refused as refused:
                model.failed = refused
                raise
        model.done = True
        self._send(Reply.LOADED, self._identity(self._session))

    def _input(self, frame: Frame) -> None:
        if frame.type not in _UNIT_BYTES:
            raise Refused(ErrorCode.UNKNOWN)
        kind, unit = Request(frame.type), _UNIT_BYTES[Request(frame.type)]
        clip = self._clip
        if clip is not None and clip.failed is not None:
            raise clip.failed
        if clip is None or clip.done or clip.kind is not kind:
            raise Refused(ErrorCode.NO_CLIP)
        if len(frame.payload) % unit:
            raise Refused(ErrorCode.MALFORMED)
        if len(frame.payload) // unit > clip.left:
            raise Refused(ErrorCode.TOO_MUCH)
        clip.left -= len(frame.payload) // unit
        clip.crc = zlib.crc32(frame.payload, clip.crc)
        if kind is Request.MODEL:
            self._handler.append(frame.payload)
        else:
            self._handler.take(Input.AUDIO if kind is Request.AUDIO else Input.FEATURES, frame.payload)

    def _infer(self, _: bytes) -> None:
        clip = self._clip
        if clip is not None and clip.failed is not None:
            raise clip.failed
        if clip is None or clip.kind is Request.MODEL:
            raise Refused(ErrorCode.NO_CLIP)
        if clip.left:
            raise Refused(ErrorCode.INCOMPLETE)
        if clip.result is None:
            clip.result, clip.done = self._handler.infer(), True
        result = clip.result
        features_crc = zlib.crc32(self._handler.tensor(Tensor.FEATURES) or b"")
        labels, rows = len(result.logits), len(result.slice_cycles)
        head = struct.pack("<IBBHII", clip.number, result.label, labels, rows, clip.crc, features_crc)
        logit = "f" if any(isinstance(value, float) for value in result.logits) else "i"
        values = (*result.logits, *result.probabilities, *result.slice_cycles)
        cycles = struct.pack("<II", result.nn_cycles, result.postprocess_cycles)
        self._send(Reply.RESULT, head + cycles + struct.pack(f"<{labels}{logit}{labels}f{rows}I", *values))

    def _dump(self, payload: bytes) -> None:
        if len(payload) != struct.calcsize("<BIH"):
            raise Refused(ErrorCode.MALFORMED)
        if self._clip is None or self._clip.result is None:
            raise Refused(ErrorCode.INCOMPLETE)
        tensor, offset, count = struct.unpack("<BIH", payload)
        data = self._handler.tensor(Tensor(tensor)) if tensor in list(Tensor) else None
        if data is None:
            raise Refused(ErrorCode.UNSUPPORTED)
        if offset > len(data) or count > LARGEST_REPLY_BYTES:
            raise Refused(ErrorCode.MALFORMED)
        self._send(Reply.DUMP_REPLY, struct.pack("<BI", tensor, offset) + data[offset : offset + count])

    def _stats(self, _: bytes) -> None:
        counts = (self.accepted, self.repeated, self.skipped, self.damaged)
        self._send(Reply.STATS_REPLY, struct.pack("<5I", 0, *counts))

    def _send(self, kind: Reply, payload: bytes = b"", session: int | None = None) -> None:
        sealed_with = self._session if session is None else session
        self._out += DELIMITER + encode(Frame(kind, self._expected, payload), sealed_with)

    def _send_error(self, refused: Refused) -> None:
        self._send(Reply.ERROR, bytes([refused.code]) + str(refused).encode())


class _Clip:
    """A clip or a model as far as it has come."""

    def __init__(
        self,
        kind: Request | None = None,
        number: int = 0,
        left: int = 0,
        failed: Refused | None = None,
    ) -> None:
        self.kind = kind  # the message that brings it
        self.number = number
        self.left = left  # samples, features or bytes still to come
        self.failed = failed
        self.done = False  # whether it was inferred, or is in use
        self.crc = 0
        self.result: Result | None = None
