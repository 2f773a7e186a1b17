"""Faults that leave most answers right, planted in firmware, each of which a baseline must catch and name."""

from __future__ import annotations

import json
import re
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

import pytest

from harness import execution
from harness.baseline import file
from harness.run_command import Request

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run: TypeAlias = Callable[..., tuple[int, str, list[str]]]

LEVEL = "int8-tflite"
pytestmark = pytest.mark.usefixtures("own_places")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the level; returns the exit code, the verdict, and the sentences on what has changed."""

    def execute(board: str = "sim", data: Path | None = None, clips: int | None = 4, **files: Path) -> tuple:
        request = Request(board, None, LEVEL, data, clips, 0, 1_000_000, upload=True, out=None, as_json=True, **files)
        code = execution.execute(request)
        document = json.loads(capsys.readouterr().out)
        changes = document["baseline"]["changes"] if document["baseline"] else []
        return code, document["verdict"]["text"], [change["text"] for change in changes]

    return execute


@pytest.fixture(scope="module")
def baseline(own_places: None, tmp_path_factory: pytest.TempPathFactory) -> Path:  # noqa: ARG001 - comes first
    """Save the figures of sound firmware."""
    path = tmp_path_factory.mktemp("baseline") / "ci.json"
    request = partial(Request, "sim", None, LEVEL, None, 4, 0, 1_000_000, upload=True, out=None, as_json=True)
    assert execution.execute(request(save_baseline=path)) == 0
    return path


def test_the_same_firmware_has_the_same_figures(run: Run, baseline: Path) -> None:
    """Built, uploaded and run once more on another board."""
    code, text, changes = run(baseline=baseline)
    assert (code, changes) == (0, [])
    assert text.endswith("All figures are those of the baseline ci.json.")


def test_a_kernel_that_is_slower_by_a_hundredth_is_caught_and_named(
    run: Run, baseline: Path, plant: Callable[[str, str, str], None]
) -> None:
    """An idle loop in the dense layer's kernel, about 1 % of its own time and far less of the network's."""
    idle = 'CodeSums sums;\n  for (size_t i = count / 300; i != 0; --i) __asm__ volatile("nop");\n  if (count'
    plant("kernels/dense.cpp", "CodeSums sums;\n  if (count", idle)
    code, text, changes = run(baseline=baseline)
    assert code == 1
    figures = re.search(r"nn of int8-tflite: ([\d,.]+) -> ([\d,.]+) cycles \(\+0\.\d+ %\), limit 0 %", text)
    assert figures, text
    was, now = (float(each.replace(",", "")) for each in figures.groups())
    assert 200 < now - was < 800
    assert not any(change.startswith(("preprocess", "prediction")) for change in changes)


def test_sixteen_bytes_more_flash_are_caught_and_named(
    run: Run, baseline: Path, plant: Callable[[str, str, str], None]
) -> None:
    """A message that the firmware never sends becomes longer: no cycle of any stage changes."""
    plant("network/model.cpp", '"weight bits are not 1 to 8"', '"weight bits are not 1 to 8 (as 16 letters)"')
    code, text, changes = run(baseline=baseline)
    flash = file.read(baseline)["levels"][LEVEL]["bytes"]["flash"]
    (change,) = changes
    assert code == 1
    assert change.startswith(f"flash of int8-tflite: {flash:,} -> {flash + 16:,} bytes (+0.0")
    assert change in text


def test_one_flipped_prediction_of_all_test_clips_is_caught_and_named(
    run: Run, speech_commands: Path, tmp_path: Path
) -> None:
    """The baseline's label of one clip is another than the mock board's, which answers for all of them quickly."""
    path = tmp_path / "all.json"
    assert run("mock", speech_commands, clips=None, save_baseline=path)[0] == 0
    kept = json.loads(path.read_text())
    labels = kept["levels"][LEVEL]["predictions"]
    assert len(labels) == kept["data"]["clips"] > 800
    clip = sorted(labels)[len(labels) // 2]
    right, labels[clip] = labels[clip], "silence" if labels[clip] != "silence" else "no"
    path.write_text(json.dumps(kept))
    code, text, changes = run("mock", speech_commands, clips=None, baseline=path)
    assert code == 1
    assert changes == [f"prediction of int8-tflite for {clip}: {labels[clip]} -> {right}"]
    assert changes[0] in text
