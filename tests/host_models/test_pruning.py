"""What pruning takes out, and by what it ranks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from host_models import golden, zoo
from host_models.errors import LevelError
from host_models.level import Pruning, Ranking
from host_models.model import FloatModel
from host_models.pruning import kept_filters, pruned, ranked

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(scope="module")
def floats() -> FloatModel:
    """Give the float network of the zoo."""
    model = zoo.load("fp32")
    assert isinstance(model, FloatModel)
    return model


@pytest.fixture(scope="module")
def weighted(floats: FloatModel) -> Callable[..., FloatModel]:
    """Give the function that sets the first two weights of each filter, the others 0."""

    def make(*pairs: tuple[float, float]) -> FloatModel:
        weights = np.zeros_like(floats.conv_weights)
        weights[:, 0, :2] = pairs
        return replace(floats, conv_weights=weights)

    return make


def test_a_network_without_filters_is_smaller(floats: FloatModel, shipped_features: np.ndarray) -> None:
    """Weights, biases and the dense layer shrink; what is left computes what it did before."""
    small = pruned(floats, Pruning(filters=3), shipped_features)
    kept = kept_filters(floats, Pruning(filters=3), shipped_features)
    assert small.level == "fp32-ch3"
    assert (small.filters, small.dense_weights.shape) == (5, (4, 2500))
    whole, part = (golden.infer(model, shipped_features) for model in (floats, small))
    np.testing.assert_allclose(part.convolution, whole.convolution[..., kept], atol=1e-5)


def test_removing_filters_is_silencing_them(floats: FloatModel, shipped_features: np.ndarray) -> None:
    """Logits are those of the whole network with the filters' weights and biases at 0."""
    for ranking in Ranking:
        pruning = Pruning(filters=5, ranking=ranking)
        gone = np.setdiff1d(np.arange(8), kept_filters(floats, pruning, shipped_features))
        weights, bias = floats.conv_weights.copy(), floats.conv_bias.copy()
        weights[gone], bias[gone] = 0, 0
        silenced = replace(floats, conv_weights=weights, conv_bias=bias)
        small = pruned(floats, pruning, shipped_features)
        logits = (golden.infer(model, shipped_features).logits for model in (silenced, small))
        np.testing.assert_allclose(*logits, atol=1e-4)


@pytest.mark.parametrize("percent", [12.5, 25, 37.5, 50, 62.5, 75, 87.5])
def test_the_smallest_weights_become_zero(floats: FloatModel, percent: float, shipped_features: np.ndarray) -> None:
    """As many of the convolution's as the percentage says, none above one that stays; all else is as it was."""
    thin = pruned(floats, Pruning(percent=percent), shipped_features)
    gone = thin.conv_weights == 0
    assert gone.sum() == 640 * percent / 100
    assert np.abs(floats.conv_weights[gone]).max() <= np.abs(floats.conv_weights[~gone]).min()
    assert np.array_equal(thin.conv_weights[~gone], floats.conv_weights[~gone])
    assert np.array_equal(thin.dense_weights, floats.dense_weights)
    assert thin.filters == 8


def test_norms_rank_filters_as_by_hand(weighted: Callable[..., FloatModel], shipped_features: np.ndarray) -> None:
    """The same filters in three orders: 3 + 4, sqrt(9 + 16), max(3, 4)."""
    model = weighted((3, 4), (-6, 0), (5, -1), (1, 1), (9, 9), (9, 9), (9, 9), (9, 9))
    ranks = {ranking: ranked(model, ranking, shipped_features)[:4].round(3).tolist() for ranking in Ranking}
    assert ranks[Ranking.L1] == [7, 6, 6, 2]
    assert ranks[Ranking.L2] == [5, 6, pytest.approx(5.099), pytest.approx(1.414)]
    assert ranks[Ranking.MAXIMUM] == [4, 6, 5, 1]
    left = {
        ranking: kept_filters(model, Pruning(filters=2, ranking=ranking), shipped_features).tolist()
        for ranking in (Ranking.L1, Ranking.L2, Ranking.MAXIMUM)
    }
    assert left == {Ranking.L1: [0, 2, 4, 5, 6, 7], Ranking.L2: [1, 2, 4, 5, 6, 7], Ranking.MAXIMUM: [1, 2, 4, 5, 6, 7]}


def test_a_filter_whose_logits_are_alike_has_no_spread(floats: FloatModel, shipped_features: np.ndarray) -> None:
    """Whatever it adds to all labels alike changes no label."""
    dense = floats.dense_weights.reshape(4, 500, 8).copy()
    dense[:, :, 6] = 0.7
    model = replace(floats, dense_weights=dense.reshape(4, -1))
    ranks = ranked(model, Ranking.SPREAD, shipped_features)
    assert ranks[6] == pytest.approx(0, abs=1e-6)
    assert (np.delete(ranks, 6) > 0.1).all()


def test_a_network_is_not_pruned_twice(floats: FloatModel, shipped_features: np.ndarray) -> None:
    """What a level removes is counted from the whole network."""
    small = pruned(floats, Pruning(filters=2), shipped_features)
    with pytest.raises(LevelError, match="fp32-ch2 has 6 filters; what is pruned must have all 8"):
        pruned(small, Pruning(filters=1), shipped_features)
