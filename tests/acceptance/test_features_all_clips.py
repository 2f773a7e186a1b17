"""The host's features on every shared test clip against TensorFlow's op."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from host_models import features

if TYPE_CHECKING:
    from collections.abc import Callable

    from host_models import dataset


@pytest.mark.extras
def test_every_test_clip_gives_what_the_op_gives(
    test_clips: dataset.Dataset, audio_microfrontend: Callable[[np.ndarray], np.ndarray]
) -> None:
    """Bit for bit, over all clips of the folder that TINYHIL_DATA names."""
    differing = [
        clip.name
        for clip, rows in zip(test_clips.clips, features.microfrontend(test_clips.samples()), strict=True)
        if not np.array_equal(rows, audio_microfrontend(clip.samples))
    ]
    assert not differing
