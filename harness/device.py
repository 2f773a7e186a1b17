"""The questions that one can ask a board, over any open pyserial port."""

from __future__ import annotations

import time
import zlib
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from harness.errors import BoardError, MisuseError
from harness.link import Link, Patience, Port, SessionLostError
from harness.wire import requests
from harness.wire.frame import largest_payload
from harness.wire.replies import Cache, Hello, LogitKind, Piece, Reply, Result, Stats
from harness.wire.requests import Input, Request, Tensor

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

__all__ = ["Cache", "Device", "Hello", "LogitKind", "Patience", "Result", "Stats", "Tensor"]

_T = TypeVar("_T")
_SESSIONS = 4
"""An operation is begun anew in that many sessions before the board counts as unusable."""
_SMALLEST_WINDOW = 32
_SMALLEST_PAYLOAD = 2
_PATIENCE = Patience()


class Device:
    """A board behind an open port.

    Each question raises BoardError, which names the port, if the board does not answer as it should in time.
    What is lost or damaged on the line is sent again; if the board was reset, the operation is begun anew, after the
    model that was loaded is loaded again.
    """

    def __init__(
        self,
        port: Port,
        patience: Patience = _PATIENCE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take over `port`, open at the sketch's baud rate; `clock` counts seconds."""
        self._link = Link(port, patience, clock)
        self._hello: Hello | None = None
        self._loaded: tuple[str, bytes] | None = None
        self._clip = 0
        self._lost_sessions = 0  # in this operation

    @property
    def port_name(self) -> str:
        """The name of the port, as messages give it."""
        return self._link.name

    @property
    def log(self) -> Sequence[str]:
        """The last lines of text that the board printed besides the protocol."""
        return tuple(self._link.inbox.log)

    def hello(self) -> Hello:
        """Begin a new session; return what the board is and runs. It computes its model hash anew."""
        hello = self._link.greet()
        if hello.window_bytes < _SMALLEST_WINDOW:
            raise BoardError(
                f"{self.port_name}: a receive window of {hello.window_bytes} bytes is too small to be used"
            )
        self._hello = hello
        return hello

    def load(self, level: str, blob: bytes) -> Hello:
        """Put a model into the board's RAM in place of the one there; return what the board is and runs with it.

        `blob` is laid out as docs/levels.md says. Raises BoardError too where the board's model is in flash, where it
        has no room for this one, or can't run it.
        """
        self._loaded = None
        hello = self._in_sessions(lambda: self._load(self.hello(), level, blob))
        self._loaded = level, blob
        return hello

    def infer(self, samples: NDArray[np.int16]) -> Result:
        """Run all stages on a clip of int16 samples at 16 kHz, shape (16000,)."""
        data = _bytes_of(samples, np.dtype("<i2"))
        return self._in_session(lambda hello: self._run(hello, Input.AUDIO, data))

    def infer_features(self, features: NDArray[np.uint8]) -> Result:
        """Run nn and postprocess on uint8 features, shape (49, 40)."""
        data = _bytes_of(features, np.dtype("u1"))
        return self._in_session(lambda hello: self._run(hello, Input.FEATURES, data))

    def dump(self, tensor: Tensor) -> bytes:
        """Return an intermediate of the last inference; Tensor tells its layout.

        Raises SessionLostError if the board was reset, as then the inference is lost as well.
        """
        hello = self._hello or self.hello()
        data = b""
        while True:
            question = requests.dump(tensor, len(data), hello.payload_out_bytes)
            piece = Piece.read(self._ask(Request.DUMP, question, Reply.DUMP_REPLY))
            if (piece.tensor, piece.offset) != (tensor, len(data)):
                raise self._broken(f"asked for {tensor.name} from byte {len(data)}, it sent another part")
            data += piece.data
            if len(piece.data) < hello.payload_out_bytes:
                return data

    def stats(self) -> Stats:
        """Return what the board counted since it started."""
        return self._in_session(lambda _: Stats.read(self._ask(Request.STATS, b"", Reply.STATS_REPLY)))

    def _load(self, hello: Hello, level: str, blob: bytes) -> Hello:
        """Bring a model onto a board that was greeted, in this session."""
        if not hello.takes_models:
            raise BoardError(
                f"{self.port_name}: the board has {hello.level} in flash and takes no other model; leave --quick "
                "out, or upload the quick firmware (leave --no-upload out)"
            )
        if len(blob) > hello.model_room_bytes:
            raise BoardError(
                f"{self.port_name}: the model of {level} has {len(blob):,} bytes, and the board has room for "
                f"{hello.model_room_bytes:,}; leave --quick out for this level"
            )
        name = level.encode()
        self._link.send(Request.LOAD, requests.load(len(blob), zlib.crc32(blob), len(name)))
        self._send_in_pieces(Request.MODEL, name + blob, _payload_bytes(hello, self._lost_sessions))
        self._hello = loaded = Hello.read(self._ask(Request.USE, b"", Reply.LOADED))
        if (loaded.level, loaded.model_hash) != (level, zlib.crc32(blob)):
            raise self._broken(f"{level} was loaded, and it says that it runs {loaded}")
        return loaded

    def _send_in_pieces(self, kind: Request, data: bytes, step: int) -> None:
        for start in range(0, len(data), step):
            self._link.send(kind, data[start : start + step])

    def _run(self, hello: Hello, kind: Input, data: bytes) -> Result:
        unit = 2 if kind is Input.AUDIO else 1
        request = Request.AUDIO if kind is Input.AUDIO else Request.FEATURES
        step = _payload_bytes(hello, self._lost_sessions) // unit * unit
        self._clip = (self._clip + 1) % (1 << 32)
        self._link.send(Request.BEGIN, requests.begin(self._clip, kind, len(data) // unit))
        self._send_in_pieces(request, data, step)
        result = Result.read(self._ask(Request.INFER, b"", Reply.RESULT), hello.logits)
        if result.clip != self._clip or result.input_crc != zlib.crc32(data):
            raise self._broken(f"the result is not of the {kind.name.lower()} that was sent")
        if len(result.logits) != len(hello.labels) or result.label >= len(hello.labels):
            raise self._broken(f"the result has {len(result.logits)} logits and label {result.label}")
        return result

    def _ask(self, kind: Request, payload: bytes, answer: Reply) -> bytes:
        """Ask; after an error the next question opens a new session, so nothing late can be taken for its answer."""
        try:
            return self._link.ask(kind, payload, answer)
        except BaseException:
            self._hello = None
            raise

    def _in_session(self, operation: Callable[[Hello], _T]) -> _T:
        """Do what needs a session; if the board loses it, again in a new one with the same board."""
        before = self._hello

        def attempt() -> _T:
            nonlocal before
            hello = self._hello or self.hello()
            if self._loaded is not None and not hello.level:
                hello = self._load(hello, *self._loaded)
            if before is not None and _identity(hello) != _identity(before):
                raise self._broken(f"was reset and runs another build, level or model now: {hello}")
            before = hello
            return operation(hello)

        return self._in_sessions(attempt)

    def _in_sessions(self, attempt: Callable[[], _T]) -> _T:
        """Attempt what may lose its session, in as many sessions as a board gets."""
        for self._lost_sessions in range(_SESSIONS):
            try:
                return attempt()
            except SessionLostError as error:
                lost = error
        raise BoardError(f"{lost}; that happened {_SESSIONS} times in a row") from lost

    def _broken(self, what: str) -> BoardError:
        self._hello = None
        return BoardError(f"{self.port_name}: the board does not keep to the protocol: {what}")


def _payload_bytes(hello: Hello, lost_sessions: int) -> int:
    """Return the payload of input frames: two frames fit in the window, so one travels while one is acknowledged.

    A line on which sessions are lost gets frames of half the size each time, as a short frame is more likely whole.
    """
    usual = min(hello.payload_in_bytes, largest_payload((hello.window_bytes - 1) // 2))
    return max(_SMALLEST_PAYLOAD, usual >> lost_sessions)


def _identity(hello: Hello) -> tuple[int, int, str]:
    return hello.build_id, hello.model_hash, hello.level


def _bytes_of(values: NDArray[np.generic], dtype: np.dtype[np.generic]) -> bytes:
    """Return values of exactly `dtype` as bytes; raises MisuseError, as a silent conversion could change a sample."""
    if values.dtype != dtype:
        raise MisuseError(f"a board takes {dtype} here, not {values.dtype}: convert it first")
    return values.tobytes()
