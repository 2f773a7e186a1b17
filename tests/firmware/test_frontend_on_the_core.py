"""The firmware's frontend on the simulated Cortex-M4: its DSP instructions, and how many cycles a slice takes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from elftools.elf.elffile import ELFFile

from harness.boards.arduino_cli import ArduinoCli
from harness.boards.registry import FQBN
from harness.simulator import Nrf52840
from host_models import dataset, features

if TYPE_CHECKING:
    from collections.abc import Callable

SKETCH = Path(__file__).with_name("frontend_probe")
PATIENCE_CYCLES = 10_000_000
"""More than three times what a clip takes."""


@dataclass
class Probe:
    """The sketch frontend_probe on a chip, as a debugger sees it."""

    chip: Nrf52840
    addresses: dict[str, int]

    def extract(self, clip: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the rows of a clip, uint8 (49, 40), and the cycles that each took, uint32 (49,)."""
        self.chip.poke(self.addresses["probe_clip"], clip.tobytes())
        self.chip.poke(self.addresses["probe_turn"], b"\1\0\0\0")
        spent = 0
        while self.chip.peek(self.addresses["probe_turn"], 4) != bytes(4):
            assert spent < PATIENCE_CYCLES, "the board does not finish a clip"
            self.chip.run(100_000)
            spent += 100_000
        rows = self.chip.peek(self.addresses["probe_rows"], features.ROWS * features.CHANNELS)
        cycles = self.chip.peek(self.addresses["probe_cycles"], 4 * features.ROWS)
        return np.frombuffer(rows, np.uint8).reshape(features.ROWS, -1), np.frombuffer(cycles, np.uint32)


@pytest.fixture(scope="module")
def probe(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Probe]:
    """Start the sketch, built at one of the optimisation levels of the board's menu: "os" or "o3"."""

    def start(level: str) -> Probe:
        build = ArduinoCli().build(SKETCH, f"{FQBN}:opt={level}", {}, tmp_path_factory.mktemp(level))
        with build.elf.open("rb") as file:
            symbols = ELFFile(file).get_section_by_name(".symtab").iter_symbols()
            addresses = {symbol.name: symbol["st_value"] for symbol in symbols if symbol.name.startswith("probe_")}
        chip = Nrf52840()
        chip.load(build.elf)
        chip.run(100_000)  # what happens before setup() would clear the clip
        return Probe(chip, addresses)

    return start


@pytest.mark.parametrize("level", ["os", "o3"])
def test_extremes_give_the_host_features(
    probe: Callable[[str], Probe], extreme_clips: dict[str, np.ndarray], level: str
) -> None:
    """The DSP instructions do what the plain C++ does, in overflow and at full scale as well."""
    board = probe(level)
    for name, clip in extreme_clips.items():
        assert np.array_equal(board.extract(clip)[0], features.extract(clip)), name


def test_every_test_clip_gives_the_host_features(probe: Callable[[str], Probe], test_clips: dataset.Dataset) -> None:
    """Bit for bit on the board, over all clips of the folder that TINYHIL_DATA names."""
    board = probe("os")
    expected = features.extract(test_clips.samples())
    differing = [
        clip.name
        for clip, rows in zip(test_clips.clips, expected, strict=True)
        if not np.array_equal(board.extract(clip.samples)[0], rows)
    ]
    assert not differing


@pytest.mark.parametrize(("level", "limit"), [("os", 31_000), ("o3", 30_000)])
def test_a_slice_of_speech_stays_within_its_cycles(probe: Callable[[str], Probe], level: str, limit: int) -> None:
    """A change that makes the frontend slower shows here; 64,000 cycles are a millisecond."""
    board = probe(level)
    clip = dataset.shipped().clips[-1]
    rows, cycles = board.extract(clip.samples)
    assert np.array_equal(rows, features.extract(clip.samples))
    assert cycles.max() < limit


def test_the_same_clip_takes_the_same_cycles_again(probe: Callable[[str], Probe]) -> None:
    """Cycle counts are exact figures: they do not change from run to run."""
    board = probe("os")
    samples = dataset.shipped().clips[0].samples
    first = board.extract(samples)[1]
    board.extract(dataset.shipped().clips[1].samples)
    assert np.array_equal(board.extract(samples)[1], first)
