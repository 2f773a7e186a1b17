"""What one implementation of a level says about clips, or why it says nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Voice:
    """Logits and labels of n clips; both are None where the implementation is not there, with the reason."""

    logits: NDArray[np.float64] | None
    """(n, labels): real values, what the level's own logits stand for"""
    labels: NDArray[np.int64] | None
    """(n,): the index of the highest logit, the lowest index on a tie"""
    reason: str | None = None
    """Why there is nothing, as a short sentence; None where there is something."""


def spoken(logits: NDArray[np.float64]) -> Voice:
    """Make the voice that gave these real logits."""
    return Voice(logits, logits.argmax(1))


def silent(reason: str) -> Voice:
    """Make the voice that is not there, for this reason."""
    return Voice(None, None, reason)
