"""What a campaign comes to beside its baseline: each planted change caught and named, and no silent pass."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from harness.baseline.judgement import Judgement, Outcome, judge

if TYPE_CHECKING:
    from collections.abc import Callable

LEVEL = "int8-tflite"
CLIPS = 871


def simulated() -> dict[str, Any]:
    """Make a baseline of a simulated board."""
    stage = {"min": 187_000, "median": 187_204, "max": 187_300}
    return {
        "baseline_version": 2,
        "board": {
            "name": "nano33ble",
            "fqbn": "tinyhil:nrf52:nano33ble",
            "kind": "simulated",
            "clock_hz": 64_000_000,
            "cache": "off",
            "memory_waits": "not modelled",
            "model_memory": "flash",
            "core": "tinyhil:nrf52 0.1.0",
            "compiler": "arm-none-eabi-g++ 12.2.1",
            "flags": "-c -Os -g",
        },
        "data": {"sha256": "0" * 64, "clips": CLIPS, "input": "audio", "labels": ["silence", "unknown", "yes", "no"]},
        "levels": {
            LEVEL: {
                "cycles": {name: dict(stage) for name in ("preprocess_slice", "preprocess", "nn", "postprocess")},
                "samples": {},
                "bytes": {"model": 17_096, "flash": 35_268, "ram": 18_480, "stack": 520},
                "predictions": {f"yes/{number}.wav": "yes" for number in range(CLIPS)},
            }
        },
    }


def attached(nn: list[int]) -> dict[str, Any]:
    """Make a baseline of a board on a cable."""
    baseline = simulated()
    baseline["board"] |= {"kind": "attached", "fqbn": "arduino:mbed_nano:nano33ble", "memory_waits": "real"}
    baseline["levels"][LEVEL]["samples"] = {"nn": nn, "preprocess": [9] * len(nn), "postprocess": [1] * len(nn)}
    return baseline


def held(change: Callable[[dict[str, Any]], object]) -> Judgement:
    """Hold a campaign that differs by a change against the baseline of a simulated board."""
    now = copy.deepcopy(simulated())
    change(now)
    return judge("ci.json", simulated(), now, 1.0)


def level(baseline: dict[str, Any]) -> dict[str, Any]:
    """Return the one level."""
    return dict(baseline["levels"][LEVEL])


def test_the_same_figures_are_held() -> None:
    """And said to be the same."""
    judged = held(lambda _: None)
    assert (judged.outcome, judged.changes) == (Outcome.HELD, ())
    assert judged.text == "All figures are those of the baseline ci.json."


def test_a_slower_stage_is_told_in_cycles_and_per_cent() -> None:
    """The sentence that a reviewer reads."""
    judged = held(lambda now: level(now)["cycles"]["nn"].update(median=201_330))
    assert judged.outcome == Outcome.CHANGED
    assert "nn of int8-tflite: 187,204 -> 201,330 cycles (+7.5 %), limit 0 %" in judged.text


def test_a_faster_stage_is_a_change_too() -> None:
    """A simulated figure is held exactly, until the baseline is saved anew, which the sentence says."""
    judged = held(lambda now: level(now)["cycles"]["nn"].update(median=187_203))
    assert judged.outcome == Outcome.CHANGED
    assert "187,204 -> 187,203 cycles (-0.00053 %), limit 0 %" in judged.text
    assert "Save the baseline anew if this is meant." in judged.text


@pytest.mark.parametrize(("figure", "word"), [("min", "least"), ("max", "greatest")])
def test_a_change_of_one_clip_alone_is_caught(figure: str, word: str) -> None:
    """The median stays, an extreme moves."""
    judged = held(lambda now: level(now)["cycles"]["nn"].update({figure: 187_204}))
    assert f"{word} nn of int8-tflite: 187," in judged.changes[0].text


def test_sixteen_bytes_more_flash_are_told() -> None:
    """To two digits of a per cent."""
    judged = held(lambda now: level(now)["bytes"].update(flash=35_284))
    assert [change.text for change in judged.changes] == [
        "flash of int8-tflite: 35,268 -> 35,284 bytes (+0.045 %), limit 0 %"
    ]


def test_one_flipped_prediction_of_871_is_named() -> None:
    """By its clip, with both labels."""
    judged = held(lambda now: level(now)["predictions"].update({"yes/700.wav": "no"}))
    assert [change.figure for change in judged.changes] == ["yes/700.wav"]
    assert "prediction of int8-tflite for yes/700.wav: yes -> no" in judged.text


def test_many_changes_are_counted_in_the_sentence_and_all_listed() -> None:
    """A sentence stays one."""
    judged = held(lambda now: level(now)["predictions"].update({f"yes/{n}.wav": "no" for n in range(20)}))
    assert len(judged.changes) == 20
    assert "; and 17 more." in judged.text


def test_a_figure_that_is_no_longer_told_is_a_change() -> None:
    """A stage without a timer does not pass for a fast one."""
    judged = held(lambda now: (level(now)["cycles"].update(nn=None), level(now)["bytes"].update(stack=None)))
    assert [change.text for change in judged.changes] == [
        "nn of int8-tflite: was timed and is no more",
        "stack of int8-tflite: was told and is no more",
    ]


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", "mega", "board nano33ble -> mega"),
        ("fqbn", "tinyhil:nrf52:nano33ble:opt=o3", "FQBN tinyhil:nrf52:nano33ble -> tinyhil:nrf52:nano33ble:opt=o3"),
        ("kind", "attached", "kind simulated -> attached"),
        ("clock_hz", 16_000_000, "clock 64000000 -> 16000000"),
        ("cache", "on", "cache off -> on"),
        ("model_memory", "ram", "model memory flash -> ram"),
        ("core", "tinyhil:nrf52 0.2.0", "core tinyhil:nrf52 0.1.0 -> tinyhil:nrf52 0.2.0"),
        ("compiler", "g++ 7.2", "compiler arm-none-eabi-g++ 12.2.1 -> g++ 7.2"),
        ("compiler", None, "compiler arm-none-eabi-g++ 12.2.1 -> unknown"),
        ("flags", "-c -O3 -g", "flags -Os -> -O3"),
        ("flags", "-g -c -Os", "flags in another order"),
    ],
)
def test_other_circumstances_are_not_comparable(field: str, value: object, words: str) -> None:
    """Each is named; no figure is judged."""
    judged = held(lambda now: now["board"].update({field: value}))
    assert (judged.outcome, judged.changes) == (Outcome.NOT_COMPARABLE, ())
    assert judged.text == f"Not comparable with the baseline ci.json: {words}."


def test_another_choice_of_clips_is_not_comparable() -> None:
    """Fewer clips, and as many others."""
    fewer = held(lambda now: now["data"].update(sha256="1" * 64, clips=8))
    assert fewer.text == "Not comparable with the baseline ci.json: other clips (871 -> 8)."
    others = held(lambda now: now["data"].update(sha256="1" * 64))
    assert others.text == "Not comparable with the baseline ci.json: other clips (871 as before, other ones)."


def test_features_in_place_of_audio_are_not_comparable() -> None:
    """Preprocessing is not timed then, and the verdict says why."""
    judged = held(lambda now: now["data"].update(input="features"))
    assert judged.outcome == Outcome.NOT_COMPARABLE
    assert judged.text == "Not comparable with the baseline ci.json: input audio -> features."


def test_a_level_that_the_baseline_lacks_is_not_comparable() -> None:
    """It would pass unseen otherwise."""
    judged = held(lambda now: now["levels"].update(fp32=level(now)))
    assert judged.outcome == Outcome.NOT_COMPARABLE
    assert "it has no fp32" in judged.text


def test_a_level_that_did_not_run_is_told() -> None:
    """Whoever chose levels sees what was not held."""
    was = simulated()
    was["levels"]["fp32"] = level(was)
    judged = judge("ci.json", was, simulated(), 1.0)
    assert judged.outcome == Outcome.HELD
    assert judged.text.endswith("Its fp32 did not run.")


QUIET = list(range(100_000, 100_400, 20))


def test_a_slower_attached_board_fails_where_limit_and_test_agree() -> None:
    """Two per cent on each of twenty clips is no chance."""
    judged = judge("ci.json", attached(QUIET), attached([each + 2_000 for each in QUIET]), 1.0)
    assert judged.outcome == Outcome.CHANGED
    assert "nn of int8-tflite: 100,190 -> 102,190 cycles (+2.0 %), limit 1 %, p < 1e-06" in judged.text


def test_a_difference_within_the_limit_of_an_attached_board_is_none() -> None:
    """Though no chance either."""
    judged = judge("ci.json", attached(QUIET), attached([each + 900 for each in QUIET]), 1.0)
    assert (judged.outcome, judged.changes) == (Outcome.HELD, ())
    assert judged.text == "No figure is worse than in the baseline ci.json."
    assert judge("ci.json", attached(QUIET), attached([each + 900 for each in QUIET]), 0.5).outcome == Outcome.CHANGED


def test_a_difference_that_may_be_chance_is_told_and_passes() -> None:
    """Medians apart, sets mixed."""
    was, now = [100, 100, 100, 100, 100, 200, 200, 200], [100, 100, 100, 200, 200, 200, 200, 200]
    judged = judge("ci.json", attached(was), attached(now), 1.0)
    assert judged.outcome == Outcome.HELD
    assert [change.fails for change in judged.changes] == [False]
    assert "may be chance" in judged.text


def test_a_faster_attached_board_is_told_and_passes() -> None:
    """Nothing is worse."""
    judged = judge("ci.json", attached(QUIET), attached([each - 5_000 for each in QUIET]), 1.0)
    assert judged.outcome == Outcome.HELD
    assert "faster" in judged.text


def test_predictions_and_bytes_of_an_attached_board_are_held_exactly() -> None:
    """Only its clock is noisy."""
    now = attached(QUIET)
    level(now)["predictions"]["yes/3.wav"] = "unknown"
    level(now)["bytes"]["flash"] -= 16
    judged = judge("ci.json", attached(QUIET), now, 1.0)
    assert [change.figure for change in judged.changes if change.fails] == ["yes/3.wav", "flash"]


def test_too_few_times_of_an_attached_board_are_not_comparable() -> None:
    """No test could ever call them different."""
    judged = judge("ci.json", attached(QUIET), attached(QUIET[:4]), 1.0)
    assert judged.outcome == Outcome.NOT_COMPARABLE
    assert "4 times of int8-tflite are too few" in judged.text
