"""One port and the protocol on it: frames out and in, in time, with what is lost sent again."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import serial

from harness.deadline import Deadline
from harness.errors import BoardError
from harness.wire import requests
from harness.wire.frame import DELIMITER, NO_SESSION, Frame, encode
from harness.wire.inbox import Inbox
from harness.wire.replies import ErrorCode, Hello, Refusal, Reply
from harness.wire.requests import Request
from harness.wire.window import SEQUENCES, Window

if TYPE_CHECKING:
    from collections.abc import Callable

_READ_S = 0.02
_WRITE_S = 10.0
_BITS_PER_BYTE = 10
_RETRY_FLOOR_S = 0.5
_FIRST_HELLO_S = 0.25
_LONGEST_HELLO_S = 1.0
_FIRST_ASK_S = 1.0
_LONGEST_ASK_S = 8.0


class Port(Protocol):
    """What is used of an open pyserial port."""

    port: str | None
    baudrate: int
    timeout: float | None
    write_timeout: float | None

    @property
    def in_waiting(self) -> int:
        """Bytes that have come."""

    def read(self, size: int = 1, /) -> bytes:
        """Return up to `size` bytes, waiting at most `timeout` for the first."""

    def write(self, data: bytes, /) -> int | None:
        """Send bytes."""


@dataclass(frozen=True)
class Patience:
    """How long a board may take before it counts as lost, in seconds."""

    greeting_s: float = 10.0
    """To answer hello: a board may be starting, or in its bootloader."""
    silence_s: float = 5.0
    """To take the next frame."""
    answer_s: float = 60.0
    """To answer a question that it has taken; the network may be slow."""
    retry_s: float = _RETRY_FLOOR_S
    """To acknowledge a frame before it is sent again; the time of four windows on the line is added."""


class SessionLostError(BoardError):
    """The board no longer knows the session: it was reset, or something else spoke to it."""


class Link:
    """Exchanges frames with the board on an open port. All errors are BoardError and name the port."""

    def __init__(self, port: Port, patience: Patience, clock: Callable[[], float] = time.monotonic) -> None:
        self.inbox = Inbox()
        self.name = str(port.port)
        self._port = port
        self._patience = patience
        self._clock = clock
        self._session = NO_SESSION
        self._window = Window(NO_SESSION, 0, 0)
        port.timeout = _READ_S
        port.write_timeout = _WRITE_S

    def greet(self) -> Hello:
        """Open a new session; return what the board says of itself."""
        nonce = secrets.randbits(32) or 1
        greeting = DELIMITER + encode(Frame(Request.HELLO, 0, requests.hello(nonce)), NO_SESSION)
        deadline = Deadline(self._patience.greeting_s, self._clock)
        pause = _FIRST_HELLO_S
        again = self._clock()
        self._session = NO_SESSION
        echoed = False
        while not deadline.passed:
            if self._clock() >= again:
                self._write(greeting)
                again = self._clock() + pause
                pause = min(2 * pause, _LONGEST_HELLO_S)
            for frame in self._read():
                echoed |= frame.type == Request.HELLO
                if frame.type == Reply.HELLO_REPLY and (hello := self._parse_hello(frame)).nonce == nonce:
                    self._open(hello)
                    return hello
        raise self._no_greeting(echoed=echoed)

    def send(self, kind: Request, payload: bytes = b"") -> None:
        """Queue a frame; it goes out while an answer is awaited."""
        self._window.queue(kind, payload)

    def ask(self, kind: Request, payload: bytes, answer: Reply) -> bytes:
        """Send a question after all that is queued; return the payload of its answer.

        Raises SessionLostError if the board was reset or went silent, BoardError if it refused.
        """
        expected = self._window.queue(kind, payload)
        question = DELIMITER + encode(Frame(kind, (expected - 1) % SEQUENCES, payload), self._session)
        damaged = self.inbox.damaged
        answers = self._deliver(expected, answer)
        deadline = Deadline(self._patience.answer_s, self._clock)
        pause = _FIRST_ASK_S
        again = self._clock() + pause
        while not answers:
            if deadline.passed:
                raise BoardError(f"{self.name}: no answer to {kind.name} in {deadline.seconds:.0f} s{self._damage()}")
            if self._clock() >= again or self.inbox.damaged > damaged:
                self._write(question)
                pause, damaged = min(2 * pause, _LONGEST_ASK_S), self.inbox.damaged
                again = self._clock() + pause
            answers = self._exchange(expected, answer)
        return answers[0]

    def _deliver(self, expected: int, answer: Reply) -> list[bytes]:
        """Send until the board has all that is queued; return the answers that came meanwhile."""
        answers = []
        acknowledged = self._window.acknowledged
        deadline = Deadline(self._patience.silence_s, self._clock)
        while not self._window.empty:
            answers += self._exchange(expected, answer)
            if self._window.acknowledged > acknowledged:
                acknowledged = self._window.acknowledged
                deadline = Deadline(self._patience.silence_s, self._clock)
            elif deadline.passed:
                raise SessionLostError(
                    f"{self.name}: the board took nothing for {deadline.seconds:.0f} s{self._damage()}"
                )
        return answers

    def _exchange(self, expected: int, answer: Reply) -> list[bytes]:
        """Write what is due and read what has come; return the payloads of type `answer` for sequence `expected`."""
        self._write(self._window.due(self._clock()))
        answers = []
        damaged = self.inbox.damaged
        for frame in self._read():
            if frame.type == Reply.HELLO_REPLY:
                continue
            if frame.type == Reply.ERROR:
                raise self._refusal(Refusal.read(frame.payload))
            if frame.type == Reply.NAK:
                self._window.refuse(frame.sequence, self._clock())
            elif frame.type == Reply.POLL_REPLY:
                polled = int.from_bytes(frame.payload, "little")
                self._window.located(frame.sequence, polled, self._clock())
            else:
                self._window.acknowledge(frame.sequence, self._clock())
            if frame.type == answer and frame.sequence == expected:
                answers.append(frame.payload)
        if self.inbox.damaged > damaged:
            self._window.doubt()
        return answers

    def _open(self, hello: Hello) -> None:
        self._session = hello.nonce
        line_s = hello.window_bytes * _BITS_PER_BYTE / self._port.baudrate
        self._window = Window(hello.nonce, hello.window_bytes, self._patience.retry_s + 4 * line_s)

    def _parse_hello(self, frame: Frame) -> Hello:
        try:
            return Hello.read(frame.payload)
        except BoardError as error:
            raise BoardError(f"{self.name}: {error}") from error

    def _read(self) -> list[Frame]:
        try:
            data = self._port.read(self._port.in_waiting or 1)
        except (serial.SerialException, OSError) as error:
            raise self._gone("read", error) from error
        return self.inbox.take(data, (self._session, NO_SESSION))

    def _write(self, data: bytes) -> None:
        if not data:
            return
        try:
            self._port.write(data)
        except (serial.SerialException, OSError) as error:
            raise self._gone("written", error) from error

    def _gone(self, done: str, error: Exception) -> BoardError:
        return BoardError(
            f"{self.name} could not be {done}: {error}; see to its cable, plug it in again and repeat the run"
        )

    def _refusal(self, refusal: Refusal) -> BoardError:
        if refusal.code == ErrorCode.NO_SESSION:
            return SessionLostError(f"{self.name}: the board was reset")
        return BoardError(f"{self.name}: the board refused (error {refusal.code}): {refusal.text}")

    def _no_greeting(self, *, echoed: bool) -> BoardError:
        waited = f"{self.name}: no answer to hello in {self._patience.greeting_s:.0f} s"
        if echoed:
            return BoardError(f"{waited}; the port echoes what is written to it, so no board is listening there")
        if foreign := self._foreign():
            return BoardError(
                f"{waited}{foreign}; is it kws_bench that runs there, and does it talk at {self._port.baudrate} baud?"
            )
        if self.inbox.received_bytes:
            return BoardError(f"{waited}, though the line is alive; reset the board or upload kws_bench again")
        return BoardError(
            f"{waited} and not a byte came; press the board's reset button, and see that it has power and kws_bench"
        )

    def _damage(self) -> str:
        """Say how much of what came was damaged, to be appended to a message."""
        count = self.inbox.damaged
        return f"; {count} damaged frames have come from it: check the cable and the baud rate" if count else ""

    def _foreign(self) -> str:
        """Describe what came that was not the protocol, to be appended to a message."""
        foreign = self.inbox.foreign()
        return f"; {foreign}" if foreign else ""
