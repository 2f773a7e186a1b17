"""What makes a board's answer differ from the golden model's, clip by clip and for a whole level."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from harness import metrics

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.metrics import Logits, Metrics
    from harness.wire.replies import Result

FLOAT_TOLERANCE = 1e-3
"""Greatest difference of a float activation, logit or probability that counts as agreement."""

NEAR_TIE = 2e-3
"""Where the two best golden float logits lie within this, either may win."""

Values = NDArray[Any]


class Stage(StrEnum):
    """What a board computes for a clip, in order; a difference is named by the first of them that shows it."""

    FEATURES = "features"
    INPUT = "input"
    CONVOLUTION = "convolution"
    LOGITS = "logits"
    POSTPROCESS = "postprocess"


@dataclass(frozen=True)
class Difference:
    """The first stage in which a board's values for a clip are not the golden model's."""

    stage: Stage
    count: int
    """Values that differ."""
    total: int
    """Values that the stage has."""
    position: tuple[int, ...]
    """Index of the first one that differs."""
    device: float
    """What the board has there."""
    golden: float
    """What the golden model has there."""

    @property
    def text(self) -> str:
        """The difference in a clause, such as `convolution: 12 of 4000 values differ, [0, 3, 1] is 17, not 18`."""
        if self.total == 1 and self.stage is Stage.FEATURES:
            return f"{self.stage}: checksum {int(self.device):#010x}, not {int(self.golden):#010x}"
        if self.total == 1:
            return f"{self.stage}: label {self.device:g}, not {self.golden:g}"
        place = ", ".join(str(i) for i in self.position)
        verb = "differs" if self.count == 1 else "differ"
        values = f"{self.count} of {self.total} values {verb}"
        return f"{self.stage}: {values}, [{place}] is {self.device:.7g}, not {self.golden:.7g}"


@dataclass(frozen=True)
class Golden:
    """What the golden model computes for one clip."""

    features: Values
    """uint8, (49, 40)."""
    input: Values
    """The level's input activation, (49, 40)."""
    convolution: Values
    """After the ReLU, (25, 20, filters)."""
    logits: Values
    """As the board sends them: int32 accumulators, int8 codes or float32, (labels,)."""
    real_logits: Logits
    """float64, (labels,)."""
    label: int
    is_float: bool
    """Whether FLOAT_TOLERANCE applies; integers must be equal."""

    @property
    def features_crc(self) -> int:
        """CRC-32 over the features, as the board computes it."""
        return zlib.crc32(self.features.tobytes())

    @property
    def probabilities(self) -> Logits:
        """Softmax of the real logits, float64, (labels,)."""
        return np.asarray(metrics.softmax(self.real_logits[np.newaxis])[0], dtype=np.float64)

    @property
    def near_tie(self) -> bool:
        """Whether float rounding may decide between the two best labels."""
        second, best = np.sort(self.real_logits)[-2:]
        return self.is_float and bool(best - second <= NEAR_TIE)


def stage_difference(stage: Stage, device: Values, golden: Values, *, tolerance: float = 0.0) -> Difference | None:
    """Compare one stage's values; None where all are equal within `tolerance`. NaN is never equal."""
    flat = device.reshape(golden.shape).astype(np.float64)
    differs = ~(np.abs(flat - golden.astype(np.float64)) <= tolerance)
    if not differs.any():
        return None
    position = tuple(int(i) for i in np.argwhere(differs)[0])
    return Difference(
        stage=stage,
        count=int(differs.sum()),
        total=golden.size,
        position=position,
        device=float(flat[position]),
        golden=float(golden[position]),
    )


def answer_difference(answer: Result, golden: Golden) -> Difference | None:
    """Compare a board's answer with the golden model's; None where nothing differs.

    The features must be those of the golden model in every level, even where the logits do not show their difference.
    Integer logits must be equal, float logits lie within FLOAT_TOLERANCE. The label must be the golden label, save
    in a near tie of floats. A right set of logits with a wrong label or probability is a fault of postprocessing.
    """
    if answer.features_crc != golden.features_crc:
        return Difference(Stage.FEATURES, 1, 1, (0,), answer.features_crc, golden.features_crc)
    tolerance = FLOAT_TOLERANCE if golden.is_float else 0.0
    if found := stage_difference(Stage.LOGITS, np.array(answer.logits), golden.logits, tolerance=tolerance):
        return found
    if answer.label != golden.label and not golden.near_tie:
        return stage_difference(Stage.POSTPROCESS, np.array([answer.label]), np.array([golden.label]))
    probabilities = np.array(answer.probabilities)
    return stage_difference(Stage.POSTPROCESS, probabilities, golden.probabilities, tolerance=FLOAT_TOLERANCE)


@dataclass(frozen=True)
class Flip:
    """A clip whose label on the board is not the golden model's."""

    index: int
    """The clip's place in the campaign."""
    device: int
    golden: int
    difference: Difference | None
    """None where a near tie of floats excuses the flip."""


@dataclass(frozen=True)
class Comparison:
    """A level's answers against the golden model and against the clips' labels."""

    clips: int
    agree: int
    """Clips whose label on the board is the golden model's."""
    bit_exact: bool | None
    """Whether all logits equal the golden model's; None for float levels."""
    table: dict[str, Metrics]
    """Rows `device` and `host` (golden model) against the one-hot labels, `cross` device against host."""
    confusion: NDArray[np.int64]
    """Clips by label (row) and by the board's prediction (column), (labels, labels)."""
    flipped: tuple[Flip, ...]
    differing: dict[int, Difference]
    """The first difference of each clip that has one, by the clip's place in the campaign."""


def compare(
    labels: NDArray[np.int64],
    device: Logits,
    predictions: NDArray[np.int64],
    golden: Sequence[Golden],
    differing: dict[int, Difference],
) -> Comparison:
    """Judge the answers for the first n clips of a campaign, n at least 1.

    `labels` and the board's `predictions` have shape (n,), `device` holds its real-valued logits, (n, classes);
    `differing` names the clips whose answers were found to differ while they streamed.
    """
    host = np.stack([each.real_logits for each in golden])
    golden_labels = np.array([each.label for each in golden])
    truth = metrics.one_hot(labels, host.shape[1])
    table = {
        "device": metrics.between(device, truth),
        "host": metrics.between(host, truth),
        "cross": metrics.between(device, host),
    }
    return Comparison(
        clips=len(labels),
        agree=int((predictions == golden_labels).sum()),
        bit_exact=None if golden[0].is_float else bool(np.array_equal(device, host)),
        table=table,
        confusion=confusion(labels, predictions, host.shape[1]),
        flipped=tuple(
            Flip(int(i), int(predictions[i]), int(golden_labels[i]), differing.get(int(i)))
            for i in np.flatnonzero(predictions != golden_labels)
        ),
        differing=differing,
    )


def confusion(labels: NDArray[np.int64], predictions: NDArray[np.int64], classes: int) -> NDArray[np.int64]:
    """Clips counted by label (row) and prediction (column); both arguments (n,), the result (classes, classes)."""
    matrix = np.zeros((classes, classes), dtype=np.int64)
    np.add.at(matrix, (labels, predictions), 1)
    return matrix


def accuracy(labels: NDArray[np.int64], predictions: NDArray[np.int64]) -> float:
    """Share of predictions that are the label, 0..1; both of shape (n,), n at least 1."""
    return float(np.mean(labels == predictions))
