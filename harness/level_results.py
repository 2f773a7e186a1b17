"""What a test may ask about one level's campaign."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from harness import comparison, timing, verdict

if TYPE_CHECKING:
    from harness.campaign import LevelRun
    from harness.timing import Spread
    from host_models.dataset import Clip


@dataclass(frozen=True)
class LevelResults:
    """A level's complete run over `clips`, in their order."""

    run: LevelRun
    clips: tuple[Clip, ...]
    change: str | None
    """A sentence on what is not as in the baseline, None where nothing is or no baseline was named."""

    @property
    def level(self) -> str:
        """The level's id."""
        return self.run.level

    @cached_property
    def difference(self) -> str | None:
        """A sentence on how the board differs from the golden model, None where it agrees on all clips."""
        return verdict.difference(self.run, self.clips)

    @cached_property
    def predictions(self) -> tuple[str, ...]:
        """The board's label for each clip."""
        labels = self.run.expectation.model.labels
        return tuple(labels[answer.label] for answer in self.run.answers)

    @cached_property
    def accuracy(self) -> float:
        """Share of the clips, 0..1, whose label the board found."""
        truth = np.array([clip.label for clip in self.clips], np.int64)
        return comparison.accuracy(truth, np.array([answer.label for answer in self.run.answers], np.int64))

    @cached_property
    def cycles(self) -> dict[str, Spread]:
        """Least, quartiles and greatest cycles by stage: preprocess_slice, preprocess, nn, postprocess."""
        return timing.spreads(self.run.answers)

    @property
    def flash_bytes(self) -> int | None:
        """Bytes of flash that the firmware takes, None where there is none."""
        return self.run.build.flash_bytes if self.run.build else None

    @property
    def ram_bytes(self) -> int | None:
        """Bytes of RAM that the firmware takes without its stack, None where there is none."""
        return self.run.build.ram_bytes if self.run.build else None
