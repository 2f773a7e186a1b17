"""How far two sets of logits lie apart: the columns of a validation table, each with its formula."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

Logits = NDArray[np.float64]
"""Real-valued logits, shape (clips, labels)."""

COLUMNS = ("acc", "rmse", "mae", "l2r", "mean", "std", "nse", "cos")
"""The order in which people who know ST's validation reports expect the columns."""


@dataclass(frozen=True)
class Metrics:
    """One row of the table: how predicted logits p lie to reference logits r, over all clips and labels.

    With e = p - r, flattened over clips and labels:

    - acc: share of clips whose best label is the same in p and in r, 0..1 (the lowest index wins a tie)
    - rmse: sqrt(mean(e^2))
    - mae: mean(|e|)
    - l2r: ||e|| / ||r||, the relative L2 error
    - mean: mean(e)
    - std: standard deviation of e, with n in the denominator
    - nse: 1 - sum(e^2) / sum((r - mean(r))^2), the Nash-Sutcliffe efficiency: 1 is perfect
    - cos: p.r / (||p|| ||r||), the cosine of the angle between p and r

    A figure whose denominator is zero is None, save that two equal arrays have l2r 0, nse 1 and cos 1.

    Source of the columns: ST Edge AI Core, "Evaluation report and metrics",
    https://stedgeai-dc.st.com/assets/embedded-docs/evaluation_metrics.html
    """

    acc: float
    rmse: float
    mae: float
    l2r: float | None
    mean: float
    std: float
    nse: float | None
    cos: float | None

    def as_dict(self) -> dict[str, float | None]:
        """Columns by name, in the order of COLUMNS."""
        return asdict(self)


def between(predicted: Logits, reference: Logits) -> Metrics:
    """Metrics of `predicted` against `reference`, both of shape (clips, labels) with at least one clip."""
    error = (predicted - reference).ravel()
    spread = reference.ravel() - reference.mean()
    return Metrics(
        acc=float(np.mean(predicted.argmax(axis=1) == reference.argmax(axis=1))),
        rmse=float(np.sqrt(np.mean(error**2))),
        mae=float(np.mean(np.abs(error))),
        l2r=_ratio(float(np.linalg.norm(error)), float(np.linalg.norm(reference)), when_equal=0.0),
        mean=float(error.mean()),
        std=float(error.std()),
        nse=_efficiency(error, spread),
        cos=_cosine(predicted.ravel(), reference.ravel()),
    )


def one_hot(labels: NDArray[np.int64], count: int) -> Logits:
    """Vector that stands for a clip's label in a table: 1 for the label, 0 for the others; shape (clips, count).

    A logit has no unit of its own, so a row against the labels shows how like each other device and host are,
    and their accuracy; its rmse says nothing of how good a network is.
    """
    return np.eye(count, dtype=np.float64)[labels]


def softmax(logits: Logits) -> Logits:
    """Probabilities of each label, shape (clips, labels), each row summing to 1."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), dtype=np.float64)


def _efficiency(error: Logits, spread: Logits) -> float | None:
    """1 - sum(error^2) / sum(spread^2)."""
    ratio = _ratio(float(error @ error), float(spread @ spread), when_equal=0.0)
    return None if ratio is None else 1.0 - ratio


def _cosine(predicted: Logits, reference: Logits) -> float | None:
    """Cosine of the angle between two flat arrays; exactly 1 where they are equal."""
    if np.array_equal(predicted, reference):
        return 1.0
    lengths = float(np.linalg.norm(predicted) * np.linalg.norm(reference))
    return _ratio(float(predicted @ reference), lengths, when_equal=None)


def _ratio(numerator: float, denominator: float, *, when_equal: float | None) -> float | None:
    """Quotient; `when_equal` for 0 / 0, None for any other division by zero."""
    if denominator > 0:
        return numerator / denominator
    return when_equal if numerator == 0 else None
