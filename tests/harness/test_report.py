"""The reports: JSON under its schema, JUnit XML, and the terminal's."""

from __future__ import annotations

import copy
import io
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from rich.console import Console

from harness import verdict
from harness.errors import DataError
from harness.report import document, files, junit, results, terminal
from host_models import tflite
from host_models.voice import silent

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.expectation import Expectation
    from harness.report.document import Document
    from host_models.dataset import Dataset
    from tests.harness.conftest import GoldenBoard, RunCampaign

OPTIONS = {
    "board": "sim",
    "levels": ["fp32", "int8-tflite"],
    "clips": 8,
    "seed": 0,
    "baud": 1_000_000,
    "upload": True,
    "warm_up": 0,
}


@pytest.fixture
def make_document(
    run_campaign: RunCampaign, board: GoldenBoard, eight_clips: Dataset, expectations: tuple[Expectation, ...]
) -> Callable[[], Document]:
    """Run a campaign and make its document."""
    voices = {
        each.model.level: {
            "pytorch": silent("PyTorch is not installed; install tinyhil[torch]"),
            "tflite": tflite.infer(each.model.level, each.features),
        }
        for each in expectations
    }
    circumstances = document.Circumstances(
        datetime(2026, 1, 2, tzinfo=UTC), 1.5, OPTIONS, {"tinyhil": "0"}, expectations[0].model.labels, eight_clips, 40
    )

    def make() -> Document:
        campaign, error = run_campaign()
        if error is None:
            found = verdict.judge(campaign.runs, campaign.clips)
        elif isinstance(error, KeyboardInterrupt):
            found = verdict.interrupted(campaign.runs, campaign.clips)
        else:
            found = verdict.failed(error)
        return document.document(circumstances, board, campaign.runs, voices, found)

    return make


@pytest.fixture
def flipping(board: GoldenBoard) -> None:
    """Spoil every answer so that the board says another label than the golden model."""
    board.spoil = lambda answer: replace(
        answer, label=(answer.label + 1) % 4, logits=tuple(each + 3 for each in answer.logits)
    )


def parsed(text: str) -> ET.Element:
    """Parse XML of our own."""
    return ET.fromstring(text)  # noqa: S314 - nobody else wrote it


def shown(doc: Document, width: int = 80) -> str:
    """Print the terminal report as plain text."""
    console = Console(file=io.StringIO(), width=width)
    terminal.show(doc, console)
    return console.file.getvalue()


def test_a_document_has_what_was_measured(make_document: Callable[[], Document]) -> None:
    """Levels, board and data as they were."""
    doc = make_document()
    level = doc["levels"][1]
    assert (level["id"], level["clips"], level["agree"], level["bit_exact"]) == ("int8-tflite", 8, 8, True)
    assert doc["levels"][0]["bit_exact"] is None
    assert level["stages"]["nn"] == {
        "cycles": dict.fromkeys(("min", "q1", "median", "q3", "max"), 200_000),
        "ms": dict.fromkeys(("min", "q1", "median", "q3", "max"), 3.125),
    }
    assert level["stages"]["preprocess"]["cycles"]["median"] == sum(range(30_000, 30_049))
    assert level["size"] == {"model": 17152, "flash": 60_000, "ram": 12_000, "stack": 1234} | {
        "model": level["size"]["model"]
    }
    assert level["voices"]["tflite"] == {"agree": 8, "max_logit_difference": 0}
    assert level["accuracy"]["pytorch"] is None
    assert level["reasons"] == {"accuracy.pytorch": "PyTorch is not installed; install tinyhil[torch]"}
    assert doc["board"]["clock_hz"] == 64_000_000
    assert doc["board"]["memory_waits"] == "not modelled"
    assert doc["data"]["source"] == "the shipped clips"
    assert [clip["label"] for clip in doc["data"]["clips"]][:4] == ["silence", "unknown", "yes", "no"]


def test_times_of_an_attached_board_are_medians_with_their_interquartile_range(
    make_document: Callable[[], Document], board: GoldenBoard
) -> None:
    """64 cycles are a microsecond; a simulated board's times do not scatter and need none."""
    assert "(" not in next(line for line in shown(make_document()).splitlines() if "200,000  3.12" in line)
    noise = iter(range(10**6))
    board.fqbn = "arduino:mbed_nano:nano33ble"
    board.spoil = lambda answer: replace(answer, nn_cycles=200_000 + 640 * (next(noise) % 8))
    text = shown(make_document())
    assert "Time on the board for one clip, median in cycles and ms (IQR in ms)" in text
    assert "202,240  3.16 (0.035)" in text


@pytest.mark.usefixtures("flipping")
def test_flips_are_listed_with_the_stage(make_document: Callable[[], Document]) -> None:
    """By name of the clip, with what board and golden model say."""
    level = make_document()["levels"][1]
    assert level["agree"] == 0
    assert len(level["flipped"]) == len(level["differing"]) == 8
    assert level["flipped"][0]["stage"] == "logits"
    assert level["flipped"][0]["device"] != level["flipped"][0]["golden"]


def test_what_is_written_is_read_back(make_document: Callable[[], Document], tmp_path: Path) -> None:
    """Writer and reader hold to the same schema."""
    doc = make_document()
    assert results.read(results.write(doc, tmp_path)) == doc
    assert [path.name for path in tmp_path.iterdir()] == ["results.json"]


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("agree", -1, "$.levels[0].agree"),
        ("bit_exact", "yes", "$.levels[0].bit_exact"),
        ("accuracy", {"golden": 1}, "$.levels[0].accuracy"),
        ("more", 1, "$.levels[0]"),
    ],
)
def test_a_broken_field_is_refused_by_name(
    make_document: Callable[[], Document], tmp_path: Path, field: str, value: object, words: str
) -> None:
    """By the reader and by the writer."""
    doc = copy.deepcopy(make_document())
    doc["levels"][0][field] = value
    with pytest.raises(DataError, match="not as the schema says") as error:
        results.write(doc, tmp_path)
    assert words in str(error.value)
    (tmp_path / "other.json").write_text(json.dumps(doc))
    with pytest.raises(DataError, match=r"other\.json"):
        results.read(tmp_path / "other.json")


def test_results_of_another_version_are_refused(make_document: Callable[[], Document], tmp_path: Path) -> None:
    """The sentence names both versions."""
    path = tmp_path / "results.json"
    path.write_text(json.dumps(make_document() | {"schema_version": 99}))
    with pytest.raises(DataError, match=f"schema version 99, this program reads {document.SCHEMA_VERSION}"):
        results.read(path)


@pytest.mark.parametrize(("text", "words"), [("{", "is not JSON"), ("[]", "does not hold results")])
def test_a_file_that_is_no_results_file_is_refused(tmp_path: Path, text: str, words: str) -> None:
    """One sentence, no traceback."""
    path = tmp_path / "results.json"
    path.write_text(text)
    with pytest.raises(DataError, match=words):
        results.read(path)


def test_a_file_that_can_t_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    """And says where, with nothing half-written beside it."""
    target = tmp_path / "results.json"
    target.mkdir()
    (target / "keep").touch()
    with pytest.raises(DataError, match="can't be written"):
        files.write(target, "new")
    assert [path.name for path in tmp_path.iterdir()] == ["results.json"]


def test_a_folder_that_can_t_be_made_is_refused_before_anything_runs(tmp_path: Path) -> None:
    """A file is in the way."""
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match="file/results can't be written: Not a directory"):
        files.prepare(tmp_path / "file" / "results")


def test_junit_has_a_suite_a_level_and_a_case_a_clip(make_document: Callable[[], Document]) -> None:
    """All pass where the board agrees."""
    root = parsed(junit.text(make_document()))
    assert [(suite.get("name"), suite.get("tests"), suite.get("failures")) for suite in root] == [
        ("fp32", "9", "0"),
        ("int8-tflite", "9", "0"),
    ]
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("18", "0", "0")


@pytest.mark.usefixtures("flipping")
def test_junit_fails_the_clips_that_differ(make_document: Callable[[], Document]) -> None:
    """With the stage in the message."""
    root = parsed(junit.text(make_document()))
    failures = root.findall("testsuite/testcase/failure")
    assert len(failures) == 16
    assert failures[0].get("message").startswith("logits: 4 of 4 values differ")


def test_junit_tells_of_a_campaign_that_ended_early(make_document: Callable[[], Document], board: GoldenBoard) -> None:
    """As an error, which is no failed clip."""

    def ending() -> None:
        raise KeyboardInterrupt

    board.answers_left, board.ending = 5, ending
    root = parsed(junit.text(make_document()))
    assert root.find("testsuite/testcase/error").get("message").startswith("Interrupted after 5 clips")
    assert root.get("errors") == "1"


@pytest.mark.parametrize("width", [80, 120])
def test_the_terminal_report_fits_and_ends_in_the_verdict(make_document: Callable[[], Document], width: int) -> None:
    """Nothing is cut off."""
    text = shown(make_document(), width)
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text
    last = text.rstrip().rpartition("\n\n")[2]
    assert last.startswith("Agreement (exit code 0). The board agrees with the golden model on all 8 clips")


@pytest.mark.usefixtures("flipping")
def test_the_terminal_report_names_clips_that_flip(make_document: Callable[[], Document]) -> None:
    """With what each voice says."""
    doc = make_document()
    flip = doc["levels"][0]["flipped"][0]
    text = " ".join(shown(doc, 120).split())
    assert f"{flip['clip']}: board says {flip['device']}, golden model {flip['golden']}, it is {flip['label']}" in text
    assert "Difference (exit code 1)." in text


def test_a_campaign_without_an_answer_still_has_a_report(
    make_document: Callable[[], Document], board: GoldenBoard
) -> None:
    """The board was the wrong one."""
    board.lies = {"level": "w2a2-sym-ptq"}
    doc = make_document()
    results.check(doc, "it")
    assert doc["levels"] == []
    assert "Error (exit code 3)." in shown(doc)


@pytest.mark.parametrize("number", [1, 3, 5])
def test_clips_that_were_padded_are_named_up_to_three(make_document: Callable[[], Document], number: int) -> None:
    """By how much, too; JUnit tells it at each clip."""
    doc = make_document()
    doc["data"]["padded"] = [{"clip": f"yes/{each}.wav", "missing_samples": 6000} for each in range(number)]
    doc["data"]["clips"][0]["name"] = "yes/0.wav"
    told = " ".join(shown(doc).split())
    assert "shorter than a second and padded with silence: yes/0.wav by 375 ms" in told
    assert told.count("by 375 ms") == min(number, 3)
    assert ("results.json names all" in told) == ("and 2 more" in told) == (number > 3)
    assert [each.text for each in parsed(junit.text(doc)).iter("system-out")] == [
        "padded with 375 ms of silence to a second"
    ] * len(doc["levels"])
