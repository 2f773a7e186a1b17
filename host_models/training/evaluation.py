"""How good a level is: how many clips it labels right, and how sure one can be of that."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from host_models import golden

if TYPE_CHECKING:
    from host_models.model import Model
    from host_models.training.corpus import Examples

_Z_95 = 1.959963984540054
"""The standard normal distribution's quantile of 97.5 %."""


@dataclass(frozen=True)
class Accuracy:
    """Right answers among clips."""

    right: int
    clips: int

    @property
    def share(self) -> float:
        """The accuracy, from 0 to 1."""
        return self.right / self.clips

    def interval(self) -> tuple[float, float]:
        """Return Wilson's score interval of 95 % for the accuracy (E. B. Wilson, JASA 22 (1927) 209-212)."""
        z2 = _Z_95**2
        centre = (self.right + z2 / 2) / (self.clips + z2)
        half = _Z_95 / (self.clips + z2) * math.sqrt(self.right * (self.clips - self.right) / self.clips + z2 / 4)
        return max(0.0, centre - half), min(1.0, centre + half)

    def __str__(self) -> str:
        """Percentage with its interval."""
        low, high = self.interval()
        return f"{100 * self.share:.1f} % ({100 * low:.1f} to {100 * high:.1f})"


def accuracy(model: Model, examples: Examples) -> Accuracy:
    """Count the examples that the golden model of a level labels right."""
    return Accuracy(int((golden.infer(model, examples.features).labels == examples.labels).sum()), len(examples))
