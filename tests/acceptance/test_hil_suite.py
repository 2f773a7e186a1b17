"""The suite `tests/hil` as people run it: on boards of its own, and on one that is there already."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.boards import registry
from harness.boards.simulated import SimulatedBoard

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
SEEDS = ("1", "2")


@pytest.fixture(autouse=True)
def _boards_apart(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Keep this test's boards apart from others, and the clips those that ship."""
    directory = tempfile.mkdtemp(prefix="thh")
    monkeypatch.setenv("XDG_RUNTIME_DIR", directory)
    monkeypatch.delenv("TINYHIL_DATA", raising=False)
    yield
    shutil.rmtree(directory)


def hil(*arguments: str, seed: str) -> str:
    """Run the suite in a random order with two levels; returns what pytest printed."""
    order = ("--random-order-bucket=global", f"--random-order-seed={seed}")
    few = ("--hil-levels", "int8-tflite,fp32", "--hil-clips", "4")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "tests/hil", "-p", "no:cacheprovider", "-v", *order, *few, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def order(printed: str) -> list[str]:
    """List the tests in the order in which they ran."""
    return [line.split()[0] for line in printed.splitlines() if " PASSED " in line]


@pytest.mark.timeout(320)
def test_it_passes_twice_in_a_row_in_random_order() -> None:
    """On simulated boards that end with it."""
    first, second = (order(hil(seed=seed)) for seed in SEEDS)
    assert sorted(first) == sorted(second)
    assert first != second
    assert registry.running() == ()


@pytest.mark.timeout(320)
def test_it_passes_twice_in_a_row_on_a_board_that_was_there_before() -> None:
    """Named by its port, and left running with whatever came last."""
    with SimulatedBoard.start() as board:
        for seed in SEEDS:
            printed = hil("--hil-port", board.port, seed=seed)
            assert "skipped" not in printed
        assert [each.name for each in registry.running()] == [board.name]


def test_it_passes_on_a_mock_board_save_for_what_has_to_do_with_times() -> None:
    """Those tests say that they need cycles."""
    printed = hil("--hil-board", "mock", seed=SEEDS[0])
    assert "the board mock lacks cycles" in printed
