"""What is taken out of a network: the filters, or the convolution's weights, that rank lowest."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from host_models import golden
from host_models.architecture import FILTERS, POSITIONS
from host_models.errors import LevelError
from host_models.level import Fixed, Level, Pruning, Ranking

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from host_models.model import FloatModel

_ORDERS = {Ranking.L1: 1, Ranking.L2: 2, Ranking.MAXIMUM: np.inf}


def pruned(model: FloatModel, pruning: Pruning, features: NDArray[np.uint8]) -> FloatModel:
    """Remove filters with their part of the dense layer, or set weights of the convolution to 0.

    The model must have all its filters, or LevelError is raised. `features`, uint8 (n, 49, 40) of training clips, are
    what the ranking `spread` looks at.
    """
    if model.filters != FILTERS:
        raise LevelError(f"{model.level} has {model.filters} filters; what is pruned must have all {FILTERS}")
    level = str(Level(Fixed.FLOAT, pruning))
    if not pruning.filters:
        weights = np.where(kept_weights(model, pruning.percent), model.conv_weights, np.float32(0))
        return replace(model, level=level, conv_weights=weights)
    kept = kept_filters(model, pruning, features)
    dense = model.dense_weights.reshape(len(model.labels), POSITIONS, FILTERS)[:, :, kept]
    return replace(
        model,
        level=level,
        conv_weights=model.conv_weights[kept],
        conv_bias=model.conv_bias[kept],
        dense_weights=np.ascontiguousarray(dense.reshape(len(model.labels), -1)),
    )


def kept_weights(model: FloatModel, percent: float) -> NDArray[np.bool_]:
    """Which weights of the convolution stay, bool (filters, 10, 8): all but that part of least magnitude."""
    magnitudes = np.abs(model.conv_weights).ravel()
    kept = np.ones(magnitudes.size, bool)
    kept[np.argsort(magnitudes, kind="stable")[: round(percent / 100 * magnitudes.size)]] = False
    return kept.reshape(model.conv_weights.shape)


def kept_filters(model: FloatModel, pruning: Pruning, features: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Which filters stay, indices that rise: all but those that rank lowest."""
    ranks = ranked(model, pruning.ranking, features)
    return np.sort(np.argsort(ranks, kind="stable")[pruning.filters :])


def ranked(model: FloatModel, ranking: Ranking, features: NDArray[np.uint8]) -> NDArray[np.float64]:
    """How much each filter counts, float64 (filters,).

    A norm is that of the filter's weights (L1: H. Li and others, arXiv:1608.08710). The spread is what the filter does
    to the differences between logits: its mean activation at each position times the standard deviation of the dense
    weights there over the labels, summed.
    """
    if ranking is not Ranking.SPREAD:
        weights = model.conv_weights.reshape(model.filters, -1).astype(np.float64)
        return np.asarray(np.linalg.norm(weights, _ORDERS[ranking], axis=1))
    activations = golden.infer(model, features).convolution.mean(0, dtype=np.float64).reshape(POSITIONS, model.filters)
    dense = model.dense_weights.reshape(len(model.labels), POSITIONS, model.filters).astype(np.float64)
    return np.asarray((activations * dense.std(0)).sum(0))
