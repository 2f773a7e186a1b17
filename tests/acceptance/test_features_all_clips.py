"""The host's features on every shared test clip against TensorFlow's op."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np
import pytest

from host_models import dataset, features

if TYPE_CHECKING:
    from collections.abc import Callable


def test_every_test_clip_gives_what_the_op_gives(audio_microfrontend: Callable[[np.ndarray], np.ndarray]) -> None:
    """Bit for bit, over all clips of the folder that TINYHIL_DATA names."""
    folder = os.environ.get("TINYHIL_DATA")
    if not folder:
        pytest.skip("TINYHIL_DATA names no folder of Speech Commands clips")
    clips = dataset.load(folder)
    differing = [
        clip.name
        for clip, rows in zip(clips.clips, features.microfrontend(clips.samples()), strict=True)
        if not np.array_equal(rows, audio_microfrontend(clip.samples))
    ]
    assert not differing
