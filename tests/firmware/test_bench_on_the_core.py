"""kws_bench on the simulated processor, in this process: what each stage takes, and what the board tells of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness import firmware, sketchbook
from harness.boards.arduino_cli import ArduinoCli
from harness.boards.registry import FQBN
from harness.device import Cache, Device
from harness.simulator import Nrf52840
from host_models import dataset, export, features, golden, zoo

if TYPE_CHECKING:
    from collections.abc import Callable

CLIPS = dataset.choose(dataset.shipped(), 4)
BAUD = 1_000_000
STACK_TOP = 0x2004_0000
NN_CYCLES = {"int8-tflite": 600_000, "w8a8-asym-ptq": 600_000, "fp32": 1_200_000}
"""At most, in each of the two optimizations."""
SLICE_CYCLES = 30_500
POSTPROCESS_CYCLES = 1_000


class ChipPort:
    """A chip's serial line with the manners of a pyserial port; simulated time passes while someone waits."""

    port = "the simulated chip"
    baudrate = BAUD
    write_timeout: float | None = None
    timeout: float | None = None

    def __init__(self, chip: Nrf52840) -> None:
        self._chip = chip
        self._arrived = b""

    @property
    def in_waiting(self) -> int:
        """Bytes that have come."""
        return len(self._arrived)

    def read(self, size: int = 1, /) -> bytes:
        """Return what has come, or what comes in the next half millisecond."""
        if not self._arrived:
            self._chip.run(32_000)
            self._arrived = self._chip.uart.take()
        taken, self._arrived = self._arrived[:size], self._arrived[size:]
        return taken

    def write(self, data: bytes, /) -> int:
        """Put bytes on the line."""
        self._chip.uart.feed(data)
        return len(data)


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], tuple[Nrf52840, Device]]:
    """Start a level's bench at one of the optimizations of the board's menu."""
    directory = tmp_path_factory.mktemp("bench")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TINYHIL_HOME", str(directory / "home"))
        arduino = ArduinoCli()

    def started(level: str, optimization: str = "os") -> tuple[Nrf52840, Device]:
        fqbn = f"{FQBN}:opt={optimization}"
        _, headers = firmware.headers(zoo.load(level), fqbn, BAUD)
        output = directory / f"{level}-{optimization}"
        build = arduino.build(sketchbook.sketch(firmware.SKETCH), fqbn, headers, output)
        chip = Nrf52840()
        chip.load(build.elf)
        return chip, Device(ChipPort(chip))

    return started


@pytest.mark.parametrize("optimization", ["os", "o3"])
@pytest.mark.parametrize("level", NN_CYCLES)
def test_each_stage_keeps_within_its_cycles(
    start: Callable[..., tuple[Nrf52840, Device]], level: str, optimization: str
) -> None:
    """Without memory waits, on real clips; and the answers are those of the golden model."""
    _, board = start(level, optimization)
    results = [board.infer(clip.samples) for clip in CLIPS.clips]
    wanted = golden.infer(zoo.load(level), features.extract(CLIPS.samples()))
    tolerance = 1e-3 if level == "fp32" else 0.0
    np.testing.assert_allclose([result.logits for result in results], wanted.logits, rtol=0, atol=tolerance)
    assert [result.label for result in results] == wanted.labels.tolist()
    assert max(result.nn_cycles for result in results) <= NN_CYCLES[level]
    assert max(max(result.slice_cycles) for result in results) <= SLICE_CYCLES
    assert max(result.postprocess_cycles for result in results) <= POSTPROCESS_CYCLES


def test_a_clip_takes_the_same_cycles_each_time(start: Callable[..., tuple[Nrf52840, Device]]) -> None:
    """After other clips and at any moment, the same clip gives the same counts in all stages."""
    chip, board = start("int8-tflite")
    first = board.infer(CLIPS.clips[0].samples)
    board.infer(CLIPS.clips[1].samples)
    chip.run(12_345)
    again = board.infer(CLIPS.clips[0].samples)
    assert (again.slice_cycles, again.nn_cycles, again.postprocess_cycles) == (
        first.slice_cycles,
        first.nn_cycles,
        first.postprocess_cycles,
    )


def test_the_board_tells_what_it_is(start: Callable[..., tuple[Nrf52840, Device]]) -> None:
    """Its clock, cache, core and kernels, in words that a report can print."""
    _, board = start("fp32")
    hello = board.hello()
    assert (hello.board, hello.core, hello.clock_hz) == ("nano33ble", "tinyhil:nrf52", 64_000_000)
    assert hello.cache is Cache.OFF
    assert hello.kernels == "float-fpu"
    assert hello.model_hash == export.model_hash(zoo.load("fp32"))


def test_the_stack_mark_is_as_deep_as_the_stack_was(start: Callable[..., tuple[Nrf52840, Device]]) -> None:
    """What the board says of its stack is what the processor saw, but for the frames above setup()'s."""
    chip, board = start("int8-tflite")
    board.infer(CLIPS.clips[0].samples)
    told = board.stats().stack_high_water_bytes
    seen = STACK_TOP - chip.stack_low
    assert seen - 64 <= told <= seen
