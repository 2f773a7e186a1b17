"""Baselines as a run saves and reads them, on a board in Python, and what is said of files that can't be used."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from harness.baseline import file
from harness.errors import DataError
from harness.report import results

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import SimpleNamespace

    from harness.device import Result
    from tests.harness.conftest import Execute, GoldenBoard


@pytest.fixture
def run(execute: Execute) -> Execute:
    """Carry out a request of two clips of each label; the report comes as one line, however it was wrapped."""

    def executed(**options: object) -> SimpleNamespace:
        done = execute(**({"clips": 8} | options))
        done.out = " ".join(done.out.split())
        return done

    return executed


@pytest.fixture
def saved(run: Execute, tmp_path: Path) -> Path:
    """Save a baseline."""
    path = tmp_path / "ci.json"
    done = run(save_baseline=path)
    assert done.code == 0
    assert done.err.endswith(f"The baseline is in {path}\n")
    return path


def slower(answer: Result) -> Result:
    """Take one cycle more."""
    return replace(answer, nn_cycles=answer.nn_cycles + 1)


def test_a_baseline_is_the_same_whenever_it_is_saved_and_sorted(run: Execute, saved: Path, tmp_path: Path) -> None:
    """So that a review shows what has changed and nothing else."""
    assert run(save_baseline=tmp_path / "again.json").code == 0
    assert (tmp_path / "again.json").read_text() == saved.read_text()
    kept = json.loads(saved.read_text())
    assert saved.read_text() == json.dumps(kept, indent=1, sort_keys=True) + "\n"
    assert kept["levels"]["int8-tflite"]["cycles"]["nn"] == {"max": 200_000, "median": 200_000, "min": 200_000}
    assert str(tmp_path) not in saved.read_text()


def test_the_same_figures_pass(run: Execute, saved: Path) -> None:
    """And the verdict says what they were held against."""
    done = run(baseline=saved)
    assert done.code == 0
    assert "All figures are those of the baseline ci.json." in done.out


def test_one_cycle_more_ends_in_exit_code_1_and_is_in_all_reports(
    run: Execute, saved: Path, board: GoldenBoard, tmp_path: Path
) -> None:
    """The same sentence in the terminal, in results.json and in junit.xml."""
    board.spoil = slower
    done = run(baseline=saved, out=tmp_path / "out")
    sentence = "nn of int8-tflite: 200,000 -> 200,001 cycles (+0.00050 %), limit 0 %"
    assert done.code == 1
    assert done.out.count(sentence) == 2
    document = results.read(tmp_path / "out" / "results.json")
    assert document["verdict"]["code"] == 1
    assert document["baseline"]["changes"] == [
        {"level": "int8-tflite", "figure": "nn", "text": sentence, "fails": True}
    ]
    root = ET.parse(tmp_path / "out" / "junit.xml").getroot()  # noqa: S314 - our own file
    (failure,) = root.iterfind("./testsuite/testcase[@name='baseline']/failure")
    assert sentence in (failure.text or "")
    assert (root.get("failures"), root.get("errors")) == ("1", "0")


def test_a_baseline_can_be_saved_anew_where_it_no_longer_holds(run: Execute, saved: Path, board: GoldenBoard) -> None:
    """Held against the old figures, then replaced by the new ones."""
    board.spoil = slower
    assert run(baseline=saved, save_baseline=saved).code == 1
    assert run(baseline=saved).code == 0


def test_another_choice_of_clips_ends_in_exit_code_2(run: Execute, saved: Path, tmp_path: Path) -> None:
    """It is an error of the case `baseline`, and of no other."""
    done = run(baseline=saved, clips=4, out=tmp_path)
    assert done.code == 2
    assert "Not comparable with the baseline ci.json: other clips (8 -> 4)." in done.out
    root = ET.parse(tmp_path / "junit.xml").getroot()  # noqa: S314 - our own file
    assert [case.get("name") for case in root.iter("testcase") if len(case)] == ["baseline"]
    assert (root.get("failures"), root.get("errors")) == ("0", "1")


def test_a_difference_from_the_golden_model_comes_first(run: Execute, saved: Path, board: GoldenBoard) -> None:
    """Exit code 1 though the baseline is not comparable either, and both are said."""
    board.spoil = lambda answer: replace(answer, label=(answer.label + 1) % 4)
    done = run(baseline=saved, seed=1)
    assert done.code == 1
    assert "differ from the golden model" in done.out
    assert "Not comparable with the baseline ci.json: other clips" in done.out


def test_a_board_that_differs_is_no_baseline(run: Execute, board: GoldenBoard, tmp_path: Path) -> None:
    """Nothing is written, and that is said."""
    board.spoil = lambda answer: replace(answer, label=(answer.label + 1) % 4)
    done = run(save_baseline=tmp_path / "ci.json")
    assert done.code == 1
    assert "No baseline was saved: the board has to agree with the golden model first." in done.err
    assert list(tmp_path.iterdir()) == []


def test_a_campaign_that_ends_early_is_not_judged(
    run: Execute, saved: Path, board: GoldenBoard, tmp_path: Path
) -> None:
    """It keeps its own exit code, and CI sees the case as skipped."""

    def ending() -> None:
        raise KeyboardInterrupt

    board.answers_left, board.ending = 2, ending
    done = run(baseline=saved, out=tmp_path / "out")
    assert done.code == 130
    assert "It ended early, so it was not held against the baseline ci.json." in done.out
    root = ET.parse(tmp_path / "out" / "junit.xml").getroot()  # noqa: S314 - our own file
    assert root.find("./testsuite/testcase[@name='baseline']/skipped") is not None


def test_times_of_an_attached_board_are_kept_clip_by_clip(run: Execute, board: GoldenBoard, tmp_path: Path) -> None:
    """For the test of significance; the list takes one line of the file."""
    board.fqbn = "arduino:mbed_nano:nano33ble"
    path = tmp_path / "nano.json"
    assert run(save_baseline=path).code == 0
    assert file.read(path)["levels"]["int8-tflite"]["samples"]["nn"] == [200_000] * 8
    assert '"nn": [ 200000, 200000,' in path.read_text()
    board.spoil = lambda answer: replace(answer, nn_cycles=answer.nn_cycles + 3_000)
    done = run(baseline=path)
    assert done.code == 1
    assert "nn of int8-tflite: 200,000 -> 203,000 cycles (+1.5 %), limit 1 %" in done.out
    assert run(baseline=path, baseline_limit=2.0).code == 0


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda text: text[:-20], "is not JSON"),
        (lambda text: text.replace('"flash":', '"rom":'), "$.levels['int8-tflite'].bytes is not as the schema says"),
        (
            lambda text: text.replace('"baseline_version": 2', '"baseline_version": 9'),
            "version 9, this program reads 2",
        ),
        (lambda text: text.replace('"baseline_version": 2', '"schema_version": 2'), "does not hold a baseline"),
        (lambda _: "[]", "does not hold a baseline"),
        (lambda _: "\x00\x01", "is not JSON"),
    ],
)
def test_a_file_that_is_no_sound_baseline_is_refused_before_the_board_is_touched(
    run: Execute, saved: Path, board: GoldenBoard, damage: Callable[[str], str], words: str
) -> None:
    """One sentence with the file's name and what to do."""
    saved.write_text(damage(saved.read_text()))
    board.uploads.clear()
    with pytest.raises(DataError) as error:
        run(baseline=saved)
    assert words in str(error.value)
    assert str(error.value).startswith(str(saved))
    assert "make one with --save-baseline" in str(error.value)
    assert "\n" not in str(error.value)
    assert board.uploads == []


def test_figures_that_somebody_took_out_of_a_baseline_are_changes(run: Execute, saved: Path) -> None:
    """A prediction that is missing from it is no pass."""
    kept = json.loads(saved.read_text())
    clip = min(kept["levels"]["int8-tflite"]["predictions"])
    del kept["levels"]["int8-tflite"]["predictions"][clip]
    saved.write_text(json.dumps(kept))
    done = run(baseline=saved)
    assert done.code == 1
    assert f"prediction of int8-tflite for {clip}: none -> " in done.out


def test_a_missing_baseline_is_told(run: Execute, tmp_path: Path) -> None:
    """Before a board is touched."""
    with pytest.raises(DataError, match=r"none\.json can't be read: No such file or directory; make one with --save"):
        run(baseline=tmp_path / "none.json")


def test_a_place_that_can_t_be_written_is_told_first(run: Execute, board: GoldenBoard, tmp_path: Path) -> None:
    """A folder in place of the file, a file in place of its folder."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match="folder can't be written: it is a folder"):
        run(save_baseline=tmp_path / "folder")
    with pytest.raises(DataError, match="file can't be written"):
        run(save_baseline=tmp_path / "file" / "ci.json")
    assert board.uploads == []
