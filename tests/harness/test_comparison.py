"""What counts as a difference between a board's answer and the golden model's."""

from __future__ import annotations

import zlib
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness import comparison, metrics
from harness.comparison import Stage
from harness.wire.replies import Result

if TYPE_CHECKING:
    from harness.comparison import Golden
    from harness.expectation import Expectation
    from host_models.dataset import Dataset


def answer(golden: Golden, **changes: object) -> Result:
    """Give the golden model's answer, with some fields changed."""
    right = Result(
        clip=0,
        label=golden.label,
        logits=tuple(golden.logits.tolist()),
        probabilities=tuple(golden.probabilities.tolist()),
        input_crc=0,
        features_crc=golden.features_crc,
        nn_cycles=1,
        postprocess_cycles=1,
        slice_cycles=(1,) * 49,
    )
    return replace(right, **changes)


def with_logits(golden: Golden, logits: list[float]) -> Golden:
    """Give a golden clip other logits, with the label that they have."""
    real = np.array(logits, np.float64)
    return replace(golden, logits=real.astype(golden.logits.dtype), real_logits=real, label=int(real.argmax()))


@pytest.fixture
def floating(expectations: tuple[Expectation, ...]) -> Golden:
    """Take a clip of the float level."""
    return expectations[0].clip(0)


@pytest.fixture
def integer(expectations: tuple[Expectation, ...]) -> Golden:
    """Take a clip of the integer level."""
    return expectations[1].clip(0)


def test_the_golden_answer_does_not_differ(floating: Golden, integer: Golden) -> None:
    """For either kind of level."""
    assert comparison.answer_difference(answer(floating), floating) is None
    assert comparison.answer_difference(answer(integer), integer) is None


def test_wrong_features_are_a_difference_though_the_answer_is_right(floating: Golden, integer: Golden) -> None:
    """The features are integers in each level, and one of them that is off by one can vanish in coarse logits."""
    for golden in (floating, integer):
        features = golden.features.copy()
        features[48, 39] ^= 1
        crc = zlib.crc32(features.tobytes())
        found = comparison.answer_difference(answer(golden, features_crc=crc), golden)
        assert found.stage is Stage.FEATURES
        assert found.text == f"features: checksum {crc:#010x}, not {golden.features_crc:#010x}"


def test_one_unit_of_an_integer_logit_is_a_difference(integer: Golden) -> None:
    """Integers are held bit for bit."""
    logits = list(integer.logits.tolist())
    logits[2] += 1
    found = comparison.answer_difference(answer(integer, logits=tuple(logits)), integer)
    assert (found.stage, found.count, found.total, found.position) == (Stage.LOGITS, 1, 4, (2,))
    assert found.text == f"logits: 1 of 4 values differs, [2] is {logits[2]}, not {logits[2] - 1}"


@pytest.mark.parametrize(("error", "differs"), [(0.0009, False), (0.0012, True), (float("nan"), True)])
def test_a_float_logit_may_be_off_by_a_thousandth(floating: Golden, error: float, *, differs: bool) -> None:
    """Rounding is allowed, NaN never is."""
    logits = (floating.logits + np.array([error, 0, 0, 0])).tolist()
    found = comparison.answer_difference(answer(floating, logits=tuple(logits)), floating)
    assert (found is not None) is differs


def test_a_wrong_label_on_right_logits_is_a_fault_of_postprocessing(integer: Golden) -> None:
    """The first stage that differs is named."""
    found = comparison.answer_difference(answer(integer, label=(integer.label + 1) % 4), integer)
    assert found.stage is Stage.POSTPROCESS


def test_a_wrong_probability_is_a_fault_of_postprocessing(integer: Golden) -> None:
    """Probabilities are computed after the logits."""
    found = comparison.answer_difference(answer(integer, probabilities=(0.25,) * 4), integer)
    assert found.stage is Stage.POSTPROCESS


def test_either_label_will_do_in_a_near_tie_of_floats(floating: Golden) -> None:
    """The two best golden logits lie within 0.002."""
    near = with_logits(floating, [0, 1, 3.0, 2.999])
    assert comparison.answer_difference(answer(near, label=3), near) is None
    clear = with_logits(floating, [0, 1, 3.0, 2.99])
    assert comparison.answer_difference(answer(clear, label=3), clear).stage is Stage.POSTPROCESS


def test_integers_have_no_near_ties(integer: Golden) -> None:
    """Their logits are equal or not."""
    tie = with_logits(integer, [0, 5, 9, 9])
    assert comparison.answer_difference(answer(tie, label=3), tie).stage is Stage.POSTPROCESS


def test_a_flip_that_a_near_tie_excuses_is_shown_without_a_stage(floating: Golden) -> None:
    """It counts against agreement, and is no difference."""
    near = with_logits(floating, [0, 1, 3.0, 2.999])
    judged = comparison.compare(np.array([2]), np.array([[0, 1, 2.999, 3.0]]), np.array([3]), [near], differing={})
    assert (judged.agree, judged.bit_exact, judged.differing) == (0, None, {})
    assert [(flip.device, flip.golden, flip.difference) for flip in judged.flipped] == [(3, 2, None)]


def test_a_level_is_summed_up_over_its_clips(expectations: tuple[Expectation, ...], eight_clips: Dataset) -> None:
    """Agreement, table and confusion matrix of a board that calls one clip another label than the golden model."""
    expectation = expectations[1]
    golden = [expectation.clip(index) for index in range(8)]
    predictions = expectation.activations.labels.copy()
    predictions[3] = (predictions[3] + 1) % 4
    device = expectation.real_logits.copy()
    device[3, predictions[3]] = device[3].max() + 1
    labels = eight_clips.labels()
    judged = comparison.compare(labels, device, predictions, golden, differing={})
    assert (judged.clips, judged.agree, judged.bit_exact) == (8, 7, False)
    assert [flip.index for flip in judged.flipped] == [3]
    assert judged.confusion.sum(axis=1).tolist() == [2, 2, 2, 2]
    assert judged.confusion[labels[3], predictions[3]] >= 1
    assert judged.table["cross"].acc == 7 / 8
    assert judged.table["host"] == metrics.between(expectation.real_logits, metrics.one_hot(labels, 4))
