"""Boards and lines for tests of the protocol: time that passes only where something waits, damage by dice."""

from __future__ import annotations

import random
import struct
import subprocess
import zlib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest

from harness import sketchbook
from harness.device import Device, Patience
from harness.wire.board_session import BoardSession, Handler, Refused
from harness.wire.replies import Cache, ErrorCode, Hello, LogitKind, Result
from harness.wire.requests import Input, Tensor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MODEL_ROOM_BYTES = 4096
LABELS = ("silence", "unknown", "yes", "no")


class Board(Protocol):
    """What stands at the far end of a line."""

    def receive(self, data: bytes) -> bytes:
        """Take bytes; return what the board sends in answer."""


class ChecksumBoard(Handler):
    """A board whose network is a checksum, as wire_host.cpp has it: one changed sample changes every logit.

    Of a model it knows no more than its checksum, and that it has to begin with M.
    """

    def __init__(self, window_bytes: int = 1024, **identity: object) -> None:
        frame_bytes = 512 if window_bytes >= 1024 else window_bytes // 2 // 4 * 4
        self.hello = replace(
            Hello(
                nonce=0,
                cache=Cache.OFF,
                logits=LogitKind.INT32,
                clock_hz=64_000_000,
                build_id=0x12345678,
                model_hash=0x9ABCDEF0,
                window_bytes=window_bytes,
                payload_in_bytes=frame_bytes - 8,
                payload_out_bytes=1024,
                model_room_bytes=MODEL_ROOM_BYTES,
                board="checksum",
                core="host 1",
                level="int8-tflite",
                kernels="plain",
                labels=LABELS,
            ),
            **identity,
        )
        self.crc = 0
        self.rows = 0
        self.inferences = 0
        self.coming = 0, 0
        self.blob = bytearray()

    def identity(self) -> Hello:
        """Return what it was made with."""
        return self.hello

    def begin(self, clip: int, kind: Input, count: int) -> bool:
        """Take clips of at most one second."""
        del clip
        self.crc, self.rows = 0, 49 if kind is Input.AUDIO else 0
        return count <= 16_000

    def take(self, kind: Input, data: bytes) -> None:
        """Go on with the checksum."""
        del kind
        self.crc = zlib.crc32(data, self.crc)

    def load(self, count: int, model_hash: int, level_bytes: int) -> None:
        """Forget what it was made with."""
        if count > MODEL_ROOM_BYTES:
            raise Refused(ErrorCode.NO_ROOM)
        self.coming = level_bytes, model_hash
        self.blob.clear()
        self.hello = replace(self.hello, level="", model_hash=0, labels=())

    def append(self, data: bytes) -> None:
        """Keep it."""
        self.blob += data

    def use(self) -> None:
        """Tell it from now on."""
        level_bytes, model_hash = self.coming
        level, blob = self.blob[:level_bytes], self.blob[level_bytes:]
        if zlib.crc32(blob) != model_hash:
            raise Refused(ErrorCode.DAMAGED)
        if not blob.startswith(b"M"):
            raise Refused(ErrorCode.UNSOUND, "it does not begin with M")
        self.hello = replace(self.hello, level=level.decode(), model_hash=model_hash, labels=LABELS)

    def infer(self) -> Result:
        """Return logits that depend on each bit of the input, and the number of inferences as cycles of nn."""
        self.inferences += 1
        return checksum_result(self.crc, self.rows, self.inferences)

    def tensor(self, tensor: Tensor) -> bytes | None:
        """Return bytes that depend on the input; the input tensor is not kept."""
        if tensor is Tensor.LOGITS:
            return struct.pack("<4i", *checksum_result(self.crc, 0, 0).logits)
        size = {Tensor.FEATURES: 1960, Tensor.CONVOLUTION: 4096}.get(tensor)
        return None if size is None else checksum_tensor(self.crc, size)


def checksum_tensor(crc: int, size: int) -> bytes:
    """Return the tensor that a checksum board has after an input with this checksum."""
    return bytes((at // 3 * (at % 3) + crc % 251) % 256 for at in range(size))


def checksum_result(crc: int, rows: int, inferences: int) -> Result:
    """Return what a checksum board's network gives for an input with this checksum."""
    logits = struct.unpack("<4i", struct.pack("<4I", *((crc + i * 0x01010101) % (1 << 32) for i in range(4))))
    return Result(0, crc % 4, logits, (0.25,) * 4, 0, 0, inferences, 7, tuple(range(1000, 1000 + rows)))


class CompiledBoard:
    """The firmware's own protocol code, compiled for the host with sanitizers, in a process."""

    def __init__(self, program: Path, window_bytes: int) -> None:
        words = [str(program), "board", str(window_bytes)]
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def receive(self, data: bytes) -> bytes:
        """Pass bytes to the process and return those that it wrote."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(struct.pack("<I", len(data)) + data)
        self.process.stdin.flush()
        head = self.process.stdout.read(4)
        assert len(head) == 4, f"the board's process ended with {self.process.wait(10)}"
        return self.process.stdout.read(struct.unpack("<I", head)[0])

    def close(self) -> None:
        """End the process; it must not have found anything wrong."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        assert self.process.wait(10) == 0
        assert self.process.stdout is not None
        self.process.stdout.close()


@dataclass
class Dice:
    """What happens to the bytes of a line, each fault with its probability a piece; no faults by default."""

    seed: int = 0
    lose: float = 0.0
    damage: float = 0.0
    repeat: float = 0.0
    reorder: float = 0.0
    print_text: float = 0.0
    piece_bytes: int = 40

    def __post_init__(self) -> None:
        """Shake them."""
        self._random = random.Random(self.seed)  # noqa: S311 - repeatable, and nothing is secret
        self._held: list[bytes] = []

    def throw(self, data: bytes) -> bytes:
        """Return what arrives of `data`; held-back pieces arrive with later data."""
        out = []
        while data:
            size = self._random.randint(1, self.piece_bytes)
            piece, data = data[:size], data[size:]
            out += self._piece(piece)
        if self._held and self._random.random() < 0.5:
            out.append(self._held.pop(0))
        return b"".join(out)

    def _piece(self, piece: bytes) -> list[bytes]:
        dice = self._random
        if dice.random() < self.lose:
            return []
        if dice.random() < self.damage:
            at = dice.randrange(len(piece))
            piece = piece[:at] + bytes([piece[at] ^ 1 << dice.randrange(8)]) + piece[at + 1 :]
        if dice.random() < self.reorder:
            self._held.append(piece)
            return []
        if dice.random() < self.print_text:
            return [b"a stray print\r\n", piece]
        return [piece] * (2 if dice.random() < self.repeat else 1)


@dataclass
class VirtualPort:
    """A port like pyserial's between a device and a board, on which time passes only where someone waits."""

    board: Board
    to_board: Dice = field(default_factory=Dice)
    from_board: Dice = field(default_factory=Dice)
    port: str | None = "virtual"
    baudrate: int = 115_200
    timeout: float | None = None
    write_timeout: float | None = None
    now: float = 0.0
    in_waiting: int = 0

    def __post_init__(self) -> None:
        """Begin with nothing to read."""
        self._arrived = b""

    def clock(self) -> float:
        """Seconds of virtual time."""
        return self.now

    def read(self, size: int = 1) -> bytes:
        """Return what has come; waiting for more only lets time pass."""
        if not self._arrived:
            self.now += self.timeout or 0.01
        data, self._arrived = self._arrived[:size], self._arrived[size:]
        self.in_waiting = len(self._arrived)
        return data

    def write(self, data: bytes) -> int:
        """Pass bytes to the board at the speed of the line, and its answer back."""
        self.now += len(data) * 10 / self.baudrate
        self._arrived += self.from_board.throw(self.board.receive(self.to_board.throw(data)))
        self.in_waiting = len(self._arrived)
        return len(data)

    def device(self, **patience: float) -> Device:
        """Return a device on this port and in its time."""
        return Device(self, Patience(**patience), self.clock)


@pytest.fixture(scope="session")
def wire_host(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compile the firmware's protocol code for the host, with address and undefined-behaviour sanitizers."""
    program = tmp_path_factory.mktemp("wire") / "wire_host"
    source = sketchbook.root() / "libraries" / "TinyKws" / "src"
    flags = ["-std=c++14", "-g", "-O1", "-Wall", "-Wextra", "-Wconversion", "-Werror"]
    sanitizers = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    files = [str(Path(__file__).parent / "wire_host.cpp"), str(source / "wire" / "session.cpp")]
    subprocess.run(["g++", *flags, *sanitizers, "-I", str(source), *files, "-o", str(program)], check=True)
    return program


@pytest.fixture(params=["python", "compiled"])
def make_board(request: pytest.FixtureRequest) -> Iterator[Callable[..., Board]]:
    """Make a board with a given window, in Python or in C++: every test that takes this runs on both."""
    compiled = []

    def make(window_bytes: int = 1024) -> Board:
        if request.param == "python":
            return BoardSession(ChecksumBoard(window_bytes))
        while compiled:
            compiled.pop().close()
        compiled.append(CompiledBoard(request.getfixturevalue("wire_host"), window_bytes))
        return compiled[-1]

    yield make
    for board in compiled:
        board.close()


@dataclass(frozen=True)
class Bench:
    """What the tests build their lines from."""

    port: type[VirtualPort] = VirtualPort
    dice: type[Dice] = Dice
    checksum_board: type[ChecksumBoard] = ChecksumBoard
    result: Callable[[int, int, int], Result] = checksum_result
    tensor: Callable[[int, int], bytes] = checksum_tensor


@pytest.fixture(scope="session")
def bench() -> Bench:
    """Ports in virtual time, dice for their faults, and the board whose network is a checksum."""
    return Bench()
