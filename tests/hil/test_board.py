"""What every board must do, asked through the pytest plugin: simulated by default, attached with --hil-port."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness.device import Tensor
from host_models import features, zoo

if TYPE_CHECKING:
    from harness.device import Device
    from harness.level_results import LevelResults
    from host_models.dataset import Clip


def test_the_board_agrees_with_the_golden_model(hil_campaign: LevelResults) -> None:
    """On all clips, integer levels bit for bit."""
    assert hil_campaign.difference is None


@pytest.mark.hil_levels("fp32", "w8a8-asym-ptq", "int8-tflite")
def test_the_board_finds_most_labels(hil_campaign: LevelResults, hil_clips: tuple[Clip, ...]) -> None:
    """The clips that ship are easy ones for the networks that are neither pruned nor below 8 bits."""
    assert len(hil_campaign.predictions) == len(hil_clips)
    assert hil_campaign.accuracy >= 0.75


@pytest.mark.hil_requires("cycles")
def test_every_stage_is_timed(hil_campaign: LevelResults) -> None:
    """And preprocessing a clip takes longer than any slice of it."""
    cycles = hil_campaign.cycles
    assert all(spread.min > 0 for spread in cycles.values())
    assert cycles["preprocess"].min > cycles["preprocess_slice"].max


def test_the_board_tells_its_level(hil_device: Device, hil_level: str) -> None:
    """Whatever was on it before."""
    assert hil_device.hello().level == hil_level


@pytest.mark.hil_levels("int8-tflite")
def test_features_are_those_of_the_host(hil_device: Device, hil_clips: tuple[Clip, ...]) -> None:
    """Byte for byte."""
    clip = hil_clips[0]
    hil_device.infer(clip.samples)
    assert hil_device.dump(Tensor.FEATURES) == features.extract(clip.samples[np.newaxis]).tobytes()


@pytest.mark.hil_levels("int8-tflite")
def test_the_same_features_get_the_same_label_as_their_audio(hil_device: Device, hil_clips: tuple[Clip, ...]) -> None:
    """The network does not care where its features come from."""
    samples = hil_clips[0].samples
    heard = hil_device.infer(samples)
    given = hil_device.infer_features(features.extract(samples[np.newaxis])[0])
    assert (given.label, given.logits) == (heard.label, heard.logits)


@pytest.mark.hil_requires("cycles", "deterministic")
@pytest.mark.hil_levels("int8-tflite")
def test_the_same_clip_takes_the_same_cycles(hil_device: Device, hil_clips: tuple[Clip, ...]) -> None:
    """To the cycle, in each stage."""
    first, second = (hil_device.infer(hil_clips[0].samples) for _ in range(2))
    assert first.slice_cycles == second.slice_cycles
    assert first.nn_cycles == second.nn_cycles


def test_a_campaign_and_a_device_can_be_used_in_one_test(
    hil_device: Device, hil_campaign: LevelResults, hil_clips: tuple[Clip, ...]
) -> None:
    """In whichever order they are named."""
    labels = zoo.load(hil_campaign.level).labels
    assert labels[hil_device.infer(hil_clips[0].samples).label] == hil_campaign.predictions[0]
