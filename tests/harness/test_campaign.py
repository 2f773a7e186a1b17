"""What a campaign does with a board, and what it makes of a board that is not right."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from harness import firmware, verdict
from harness.boards.attached import AttachedBoard
from harness.boards.mock import MockBoard
from harness.boards.simulated import SimulatedBoard
from harness.errors import BoardError
from host_models import zoo

if TYPE_CHECKING:
    from harness.device import Result
    from harness.expectation import Expectation
    from host_models.dataset import Dataset
    from tests.harness.conftest import GoldenBoard, RunCampaign, Silent


def test_each_level_is_built_uploaded_and_streamed_in_turn(
    run_campaign: RunCampaign, board: GoldenBoard, observer: Silent
) -> None:
    """One build and upload a level, all clips in order."""
    campaign, error = run_campaign()
    assert error is None
    assert [build.elf.parent.name for build in board.uploads] == ["fp32", "int8-tflite"]
    assert observer.finished == ["fp32", "int8-tflite"]
    assert [len(run.answers) for run in campaign.runs] == [8, 8]
    assert all(run.complete and not run.differing and run.stack_bytes == 1234 for run in campaign.runs)


def test_a_warm_up_sends_clips_whose_answers_count_for_nothing(
    run_campaign: RunCampaign, board: GoldenBoard, eight_clips: Dataset
) -> None:
    """Two more answers a level than are kept; the first ones, which are slow and wrong here, are not among them."""
    spoiled: list[int] = []

    def cold(answer: Result) -> Result:
        spoiled.append(1)
        return replace(answer, nn_cycles=900_000, label=3) if len(spoiled) % 10 in (1, 2) else answer

    board.warm_up_clips, board.spoil = 2, cold
    campaign, error = run_campaign()
    assert error is None
    assert len(spoiled) == 2 * (2 + len(eight_clips))
    assert {answer.nn_cycles for run in campaign.runs for answer in run.answers} == {200_000}
    assert verdict.judge(campaign.runs, eight_clips.clips).code == 0


def test_only_attached_boards_are_warmed_up_unasked() -> None:
    """Simulated cycles are the same from the first clip on, and a mock board has none."""
    assert AttachedBoard.warm_up_clips == 2
    assert (SimulatedBoard.warm_up_clips, MockBoard.warm_up_clips) == (0, 0)


def test_a_board_that_does_as_the_golden_model_is_in_agreement(run_campaign: RunCampaign, eight_clips: Dataset) -> None:
    """The verdict is a sentence and exit code 0."""
    campaign, _ = run_campaign()
    found = verdict.judge(campaign.runs, eight_clips.clips)
    assert found.code == 0
    assert found.text == (
        "The board agrees with the golden model on all 8 clips: int8-tflite bit for bit, "
        "fp32 within 0.001 of each logit."
    )


@pytest.mark.parametrize("stage", ["features", "input", "convolution"])
def test_a_difference_is_traced_to_the_first_stage_that_shows_it(
    run_campaign: RunCampaign, board: GoldenBoard, eight_clips: Dataset, stage: str
) -> None:
    """The board is asked for its intermediates where its logits are wrong."""
    board.broken_stage = stage
    board.spoil = lambda answer: replace(answer, logits=tuple(each + 3 for each in answer.logits))
    campaign, _ = run_campaign()
    found = verdict.judge(campaign.runs, eight_clips.clips)
    assert found.code == 1
    assert {each.stage for run in campaign.runs for each in run.differing.values()} == {stage}
    assert f"int8-tflite: 8 of 8 clips differ from the golden model; first {eight_clips.clips[0].name} in {stage}" in (
        found.text
    )


def test_wrong_features_are_a_difference_in_every_level_though_no_answer_shows_them(
    run_campaign: RunCampaign, board: GoldenBoard, eight_clips: Dataset
) -> None:
    """The board's answers are right but for the checksum, and its features tell which of them differ."""
    board.broken_stage = "features"
    campaign, _ = run_campaign()
    assert verdict.judge(campaign.runs, eight_clips.clips).code == 1
    for run in campaign.runs:
        assert [(each.stage, each.count, each.total) for each in run.differing.values()] == [("features", 40, 1960)] * 8


def test_a_checksum_that_the_features_do_not_explain_is_still_named(
    run_campaign: RunCampaign, board: GoldenBoard
) -> None:
    """The features were others when the network ran than when they were asked for."""
    board.spoil = lambda answer: replace(answer, features_crc=answer.features_crc ^ 1)
    campaign, _ = run_campaign()
    found = [each.text for run in campaign.runs for each in run.differing.values()]
    assert len(found) == 16
    assert all(text.startswith("features: checksum 0x") for text in found)


def test_wrong_logits_behind_right_activations_are_the_dense_layer_s(
    run_campaign: RunCampaign, board: GoldenBoard
) -> None:
    """Nothing before the logits differs."""
    board.spoil = lambda answer: replace(answer, logits=tuple(each + 3 for each in answer.logits))
    campaign, _ = run_campaign()
    assert {each.stage for run in campaign.runs for each in run.differing.values()} == {"logits"}


@pytest.mark.parametrize(
    ("lie", "words"),
    [
        ({"build_id": 0xBAD}, "golden runs build 0x00000bad, expected was 0x"),
        ({"level": "w2a2-sym-ptq"}, "golden runs level w2a2-sym-ptq, expected was fp32"),
        ({"labels": ("silence", "unknown", "no", "yes")}, "silence, unknown, no, yes, expected were silence, unknown"),
    ],
)
def test_the_wrong_firmware_is_refused_with_what_was_expected(
    run_campaign: RunCampaign, board: GoldenBoard, lie: dict[str, object], words: str
) -> None:
    """No clip is streamed to it."""
    board.lies = lie
    campaign, error = run_campaign()
    assert isinstance(error, BoardError)
    assert words in str(error)
    assert campaign.runs[0].answers == []
    assert verdict.failed(error).code == 3


def test_a_damaged_model_is_named_by_its_hash_and_its_clips_are_still_judged(
    run_campaign: RunCampaign, board: GoldenBoard, eight_clips: Dataset
) -> None:
    """The build is the right one, its model's bytes are not: a difference, even where no prediction changes."""
    board.lies = {"model_hash": 0xBAD}
    campaign, error = run_campaign()
    found = verdict.judge(campaign.runs, eight_clips.clips)
    assert error is None
    assert found.code == 1
    assert "fp32: the model in the board's memory has hash 0x00000bad, not 0x" in found.text


def test_a_sketch_that_was_built_by_hand_will_do_without_upload(
    run_campaign: RunCampaign, board: GoldenBoard, expectations: tuple[Expectation, ...]
) -> None:
    """Build number 0 is that of the sketch as it lies in the sketchbook."""
    board.model = zoo.load("int8-tflite")
    campaign, error = run_campaign(levels=expectations[1:], toolchain=None)
    assert error is None
    assert board.uploads == []
    assert campaign.runs[0].complete


def test_a_sketch_that_was_built_by_hand_will_not_do_after_an_upload(
    run_campaign: RunCampaign, board: GoldenBoard
) -> None:
    """What was uploaded has a number."""
    board.lies = {"build_id": 0}
    _, error = run_campaign()
    assert "runs build 0x00000000" in str(error)


def test_a_fault_of_the_firmware_is_told_in_place_of_the_silence_that_follows(
    run_campaign: RunCampaign, board: GoldenBoard
) -> None:
    """The board's own report names the cause."""

    def ending() -> None:
        board.report = "hard fault in tinykws::dense at dense.cpp:12"
        raise BoardError("no answer")

    board.answers_left, board.ending = 5, ending
    campaign, error = run_campaign()
    assert str(error) == "the firmware of fp32 stopped on golden: hard fault in tinykws::dense at dense.cpp:12"
    assert len(campaign.runs[0].answers) == 5


def test_an_interrupted_campaign_keeps_what_it_has(run_campaign: RunCampaign, board: GoldenBoard) -> None:
    """Five clips of the first level are there, and the verdict says so."""

    def ending() -> None:
        raise KeyboardInterrupt

    board.answers_left, board.ending = 5, ending
    campaign, error = run_campaign()
    assert isinstance(error, KeyboardInterrupt)
    found = verdict.interrupted(campaign.runs, campaign.clips)
    assert (found.code, found.text) == (130, "Interrupted after 5 clips on 1 level; no difference until then.")


def test_a_build_s_number_follows_its_sources() -> None:
    """The same sources give the same number; a header, a board option or a baud rate gives another."""
    model = zoo.load("int8-tflite")
    fqbn = "tinyhil:nrf52:nano33ble"
    number, headers = firmware.headers(model, fqbn, 1_000_000)
    assert firmware.headers(model, fqbn, 1_000_000) == (number, headers)
    assert f"#define TINYHIL_BUILD_ID 0x{number:08x}u" in headers["build_identity.h"]
    others = {
        firmware.headers(model, fqbn, 115_200)[0],
        firmware.headers(model, f"{fqbn}:opt=o3", 1_000_000)[0],
        firmware.headers(zoo.load("fp32"), fqbn, 1_000_000)[0],
        firmware.base_id(fqbn),
        number,
    }
    assert len(others) == 5
