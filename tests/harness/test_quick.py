"""The quick mode of a run: one upload, each level's model loaded, and a result that says so; on boards in Python."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from harness import firmware, fleet
from harness.analysis.table import Table
from harness.campaign import Campaign, Streaming
from harness.errors import MisuseError
from harness.expectation import Expectation
from harness.fleet import Fleet
from harness.report import results
from host_models import features, zoo
from tests.harness.conftest import LEVELS, GoldenBoard, GoldenDevice, NoCompiler, Silent

if TYPE_CHECKING:
    from pathlib import Path
    from types import SimpleNamespace

    from host_models.dataset import Dataset
    from tests.harness.conftest import Execute, RunCampaign

BOTH = ",".join(LEVELS)
QUICK = Streaming(1_000_000, quick=True)


@pytest.fixture
def board() -> GoldenBoard:
    """Take one that gets the quick firmware."""
    return GoldenBoard(quick=True)


@pytest.fixture
def quick(execute: Execute, tmp_path: Path) -> Execute:
    """Run both levels in quick mode, with files."""

    def run(**options: object) -> SimpleNamespace:
        return execute(**({"levels": BOTH, "quick": True, "out": tmp_path} | options))

    return run


def document(folder: Path) -> dict[str, Any]:
    """Read the results."""
    return results.read(folder / "results.json")


def test_the_firmware_is_uploaded_once_and_each_model_loaded(
    run_campaign: RunCampaign, board: GoldenBoard, observer: Silent
) -> None:
    """The build that the board tells of is that of the quick firmware."""
    campaign, error = run_campaign(streaming=QUICK)
    assert error is None
    assert (len(board.uploads), board.loads) == (1, list(LEVELS))
    assert observer.steps == [
        ("fp32", "building"),
        ("fp32", "uploading"),
        ("fp32", "loading the model"),
        ("int8-tflite", "loading the model"),
    ]
    assert {run.build_id for run in campaign.runs} == {firmware.headers(None, board.fqbn, 1_000_000)[0]}
    assert all(run.complete and not run.differing and run.build for run in campaign.runs)


def test_each_of_several_boards_gets_the_firmware_once(eight_clips: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    """And whatever levels fall to it."""
    monkeypatch.setattr(
        fleet,
        "Campaign",
        lambda board, *values, **named: Campaign(board, *values, **named, connect=lambda _port: GoldenDevice(board)),
    )
    boards = [GoldenBoard(quick=True) for _ in range(2)]
    rows = features.extract(eight_clips.samples())
    ids = ("fp32", "w8a8-asym-ptq", "int8-tflite")
    levels = [Expectation.of(zoo.load(level), rows) for level in ids]
    side_by_side = Fleet(boards, eight_clips.clips, (), streaming=QUICK, toolchain=NoCompiler(), begun={})
    side_by_side.run(ids, levels)
    assert all(run.complete and not run.differing for run in side_by_side.runs)
    assert sum(len(board.loads) for board in boards) == 3
    assert all(len(board.uploads) <= 1 for board in boards)


def test_results_say_that_models_were_loaded(quick: Execute, tmp_path: Path) -> None:
    """In the options, of the board, in the heading and in what plots say of the board."""
    done = quick()
    assert done.code == 0
    assert "models loaded into RAM" in " ".join(done.out.split())
    told = document(tmp_path)
    assert told["options"]["quick"] is True
    assert told["board"]["model_memory"] == "ram"
    assert Table.of(told).board == "nano33ble (simulated), 64 MHz, memory waits not modelled, models loaded into RAM"


def test_bytes_of_the_quick_firmware_are_no_level_s(quick: Execute, tmp_path: Path) -> None:
    """Those of the model are."""
    quick()
    for level, model_bytes in zip(document(tmp_path)["levels"], (66_696, 17_096), strict=True):
        assert level["size"] == {"model": model_bytes, "flash": None, "ram": None, "stack": 1234}
        why = "the model was loaded into RAM, beside the kernels of all levels"
        assert (level["reasons"]["size.flash"], level["reasons"]["size.ram"]) == (why, why)


def test_models_in_flash_are_said_to_be_there(quick: Execute, board: GoldenBoard, tmp_path: Path) -> None:
    """Without the option nothing is loaded."""
    board.quick = False
    assert "loaded into RAM" not in " ".join(quick(quick=False).out.split())
    told = document(tmp_path)
    assert (told["options"]["quick"], told["board"]["model_memory"], board.loads) == (False, "flash", [])


def test_a_board_that_has_the_quick_firmware_need_not_be_uploaded_to(quick: Execute, board: GoldenBoard) -> None:
    """All levels run on it nevertheless."""
    board.number = firmware.headers(None, board.fqbn, 1_000_000)[0]
    assert quick(board="/dev/ttyACM0", upload=False).code == 0
    assert (board.uploads, board.loads) == ([], list(LEVELS))


def test_quick_firmware_of_other_sources_is_refused(quick: Execute, board: GoldenBoard) -> None:
    """Its kernels may be others."""
    board.number = 0xBAD
    done = quick(board="/dev/ttyACM0", upload=False)
    assert done.code == 3
    assert "runs build 0x00000bad, expected was" in done.err


def test_quick_firmware_without_the_option_is_told_by_name(quick: Execute, board: GoldenBoard) -> None:
    """It has no level, so it can't have the right one."""
    board.number = firmware.headers(None, board.fqbn, 1_000_000)[0]
    done = quick(board="/dev/ttyACM0", upload=False, quick=False, levels="fp32")
    assert done.code == 3
    assert "golden has the quick firmware, which has no level of its own; run with --quick, or upload" in done.err


def test_several_levels_without_an_upload_need_the_quick_firmware(execute: Execute) -> None:
    """The sentence says so."""
    with pytest.raises(MisuseError, match="or add --quick where the board has the quick firmware"):
        execute(board="/dev/ttyACM0", upload=False, levels=BOTH)


def test_an_interrupted_quick_campaign_goes_on(quick: Execute, board: GoldenBoard, tmp_path: Path) -> None:
    """In the middle of the second level, with one upload and only that level's model."""

    def ending() -> None:
        raise KeyboardInterrupt

    board.answers_left, board.ending = 6, ending
    assert quick().code == 130
    board.answers_left = 2
    board.uploads.clear()
    board.loads.clear()
    assert quick(resume=True).code == 0
    assert (len(board.uploads), board.loads) == (1, ["int8-tflite"])
    assert [level["resumed"] for level in document(tmp_path)["levels"]] == [4, 2]


@pytest.mark.parametrize("before", [True, False])
def test_a_campaign_does_not_go_on_with_models_in_another_memory(
    quick: Execute, board: GoldenBoard, *, before: bool
) -> None:
    """Its times would be mixed."""
    board.quick = before
    quick(quick=before)
    board.quick = not before
    with pytest.raises(MisuseError, match=rf"answers\.jsonl can't be gone on with: --quick {before} -> {not before}"):
        quick(quick=not before, resume=True)


def test_times_of_models_in_ram_are_not_held_against_those_in_flash(
    quick: Execute, board: GoldenBoard, tmp_path: Path
) -> None:
    """Against those in RAM they are, and a change is caught."""
    flash, ram = tmp_path / "flash.json", tmp_path / "ram.json"
    assert quick(save_baseline=ram).code == 0
    assert json.loads(ram.read_text())["board"]["model_memory"] == "ram"
    assert quick(baseline=ram).code == 0
    board.spoil = lambda answer: replace(answer, nn_cycles=answer.nn_cycles + 1)
    assert quick(baseline=ram).code == 1
    board.quick = False
    quick(quick=False, save_baseline=flash)
    board.quick = True
    done = quick(baseline=flash)
    assert done.code == 2
    assert "model memory flash -> ram" in " ".join(done.out.split())
