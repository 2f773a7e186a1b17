"""The protocol between this host and the firmware on the simulated board: how fast it is, and what faults do to it."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest

from harness import sketchbook
from harness.boards.arduino_cli import ArduinoCli
from harness.boards.registry import FQBN
from harness.boards.simulated import SimulatedBoard
from harness.device import Device, Patience

if TYPE_CHECKING:
    from pathlib import Path

    from harness.link import Port

CLOCK_HZ = 64_000_000
LINE_BITS_PER_BYTE = 10
CLIPS = np.random.default_rng(5).integers(-8000, 8000, (3, 16_000)).astype(np.int16)


pytestmark = pytest.mark.usefixtures("own_registry")


def start_bench(directory: Path, baud: int, window_bytes: int) -> SimulatedBoard:
    """Start a board that runs kws_bench with the sketch's own model."""
    identity = {"BUILD_ID": "0x5u", "BAUD": str(baud), "WINDOW_BYTES": str(window_bytes)}
    header = "#pragma once\n" + "".join(f"#define TINYHIL_{name} {value}\n" for name, value in identity.items())
    build = ArduinoCli().build(sketchbook.sketch("kws_bench"), FQBN, {"build_identity.h": header}, directory)
    board = SimulatedBoard.start()
    board.upload(build)
    return board


@pytest.mark.parametrize(("window_bytes", "least"), [(1024, 0.95), (256, 0.87), (64, 0.55)])
def test_audio_goes_at_nearly_the_rate_of_the_line(tmp_path: Path, window_bytes: int, least: float) -> None:
    """Share of 115,200 baud that is audio, from BEGIN to RESULT in simulated time, preprocess and network included."""
    baud = 115_200
    with start_bench(tmp_path, baud, window_bytes) as board, board.open(baud) as port, board.control() as control:
        device = Device(cast("Port", port))
        assert device.hello().window_bytes == window_bytes
        shares = []
        for clip in CLIPS:
            begun = control.cycles()
            device.infer(clip)
            line_s = CLIPS[0].nbytes * LINE_BITS_PER_BYTE / baud
            shares.append(line_s * CLOCK_HZ / (control.cycles() - begun))
        stats = device.stats()
    print(f"window {window_bytes}: {', '.join(f'{share:.1%}' for share in shares)}")  # noqa: T201 - a figure to report
    assert min(shares) >= least
    assert (stats.frames_repeated, stats.frames_skipped, stats.chunks_damaged) == (0, 0, 0)


@dataclass
class FaultyPort:
    """Passes bytes on between a host and a port, but loses, damages, repeats and adds some; it counts the faults."""

    through: Port
    seed: int
    rate: float
    faults: int = 0
    port: str | None = field(init=False)
    baudrate: int = field(init=False)
    write_timeout: float | None = None

    def __post_init__(self) -> None:
        """Look like the port behind."""
        self.port, self.baudrate = self.through.port, self.through.baudrate
        self._random = random.Random(self.seed)  # noqa: S311 - repeatable, and nothing is secret

    @property
    def timeout(self) -> float | None:
        """As the port's."""
        return self.through.timeout

    @timeout.setter
    def timeout(self, seconds: float | None) -> None:
        self.through.timeout = seconds

    @property
    def in_waiting(self) -> int:
        """As the port's."""
        return self.through.in_waiting

    def read(self, size: int = 1) -> bytes:
        """Return what came, or something like it."""
        return self._spoil(self.through.read(size))

    def write(self, data: bytes) -> int | None:
        """Send the bytes, or something like them."""
        self.through.write(self._spoil(data))
        return len(data)

    def _spoil(self, data: bytes) -> bytes:
        out = bytearray()
        for byte in data:
            if self._random.random() >= self.rate:
                out.append(byte)
                continue
            self.faults += 1
            out += self._random.choice([b"", bytes([byte ^ 16]), bytes([byte, byte]), b"?" + bytes([byte])])
        return bytes(out)


def test_a_faulty_line_changes_no_result(tmp_path: Path) -> None:
    """Bytes lost, damaged, repeated and added both ways: the same logits, checksums and cycles as on a good line."""
    baud = 1_000_000
    with start_bench(tmp_path, baud, 1024) as board, board.open(baud) as opened:
        port = cast("Port", opened)
        good = Device(port)
        expected = [good.infer(clip) for clip in CLIPS]
        faulty = FaultyPort(port, seed=1, rate=2e-4)
        device = Device(faulty, Patience(retry_s=0.1))
        results = [device.infer(clip) for clip in CLIPS]
        stats = device.stats()
    assert faulty.faults >= len(CLIPS)
    assert stats.chunks_damaged > 0
    assert [replace(result, clip=0) for result in results] == [replace(result, clip=0) for result in expected]
