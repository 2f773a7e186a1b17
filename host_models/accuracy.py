"""How many clips were labelled right, and how sure one can be of that share."""

from __future__ import annotations

import math
from dataclasses import dataclass

_Z_95 = 1.959963984540054
"""The standard normal distribution's quantile of 97.5 %."""


@dataclass(frozen=True)
class Accuracy:
    """Right answers among at least one clip."""

    right: int
    clips: int

    @property
    def share(self) -> float:
        """The accuracy, from 0 to 1."""
        return self.right / self.clips

    def interval(self) -> tuple[float, float]:
        """Return Wilson's score interval of 95 % for the accuracy, 0..1.

        Source: E. B. Wilson, Probable inference, the law of succession, and statistical inference, Journal of the
        American Statistical Association 22 (1927), 209-212.
        """
        z2 = _Z_95**2
        centre = (self.right + z2 / 2) / (self.clips + z2)
        half = _Z_95 / (self.clips + z2) * math.sqrt(self.right * (self.clips - self.right) / self.clips + z2 / 4)
        return max(0.0, centre - half), min(1.0, centre + half)

    def __str__(self) -> str:
        """Percentage with its interval."""
        low, high = self.interval()
        return f"{100 * self.share:.1f} % ({100 * low:.1f} to {100 * high:.1f})"
