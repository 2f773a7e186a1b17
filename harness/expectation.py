"""What the host models say about a campaign's clips, computed before a board is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.comparison import Golden
from host_models import golden
from host_models.model import FloatModel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from host_models.golden import Activations
    from host_models.model import Model


@dataclass(frozen=True, eq=False)
class Expectation:
    """The golden model of one level, run on all clips of a campaign."""

    model: Model
    features: NDArray[np.uint8]
    """(clips, 49, 40)"""
    activations: Activations
    real_logits: NDArray[np.float64]
    """(clips, labels)"""

    @staticmethod
    def of(model: Model, features: NDArray[np.uint8]) -> Expectation:
        """Run the golden model on features, uint8 (clips, 49, 40)."""
        activations = golden.infer(model, features)
        return Expectation(model, features, activations, golden.real_logits(model, activations.logits))

    @property
    def is_float(self) -> bool:
        """Whether the board may differ by rounding."""
        return isinstance(self.model, FloatModel)

    def __len__(self) -> int:
        """Count the clips."""
        return len(self.features)

    def clip(self, index: int) -> Golden:
        """Return what the golden model computes for one clip, stage by stage."""
        return Golden(
            features=self.features[index],
            input=self.activations.input[index],
            convolution=self.activations.convolution[index],
            logits=self.activations.logits[index],
            real_logits=self.real_logits[index],
            label=int(self.activations.labels[index]),
            is_float=self.is_float,
        )
