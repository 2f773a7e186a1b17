"""Products of stages that are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from host_models import export
from host_models.training.stages import Stages, digest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from host_models.model import QuantizedModel


def _made() -> Mapping[str, np.ndarray]:
    return {"numbers": np.arange(5)}


def _not_again() -> Mapping[str, np.ndarray]:
    raise AssertionError("it was made again")


def test_what_was_made_is_found(tmp_path: Path) -> None:
    """By another object, as after a kill."""
    Stages(tmp_path).arrays("one", "0123", _made)
    assert Stages(tmp_path).arrays("one", "0123", _not_again)["numbers"].tolist() == [0, 1, 2, 3, 4]


def test_other_inputs_are_another_product(tmp_path: Path) -> None:
    """The key tells them apart."""
    Stages(tmp_path).arrays("one", digest("seed", 1), _made)
    with pytest.raises(AssertionError, match="made again"):
        Stages(tmp_path).arrays("one", digest("seed", 2), _not_again)


def test_digests_tell_inputs_apart() -> None:
    """By value and type, and where one ends and the next begins."""
    digests = {digest(1, 23), digest(12, 3), digest("1", 23), digest((1, 23)), digest(1, 23.0)}
    assert len(digests) == 5


def test_a_product_that_was_cut_short_is_made_again(tmp_path: Path) -> None:
    """A file that ends early, or a part that was never finished, is not used."""
    stages = Stages(tmp_path)
    stages.arrays("one", "0123", _made)
    path = tmp_path / "one-0123.npz"
    whole = path.read_bytes()
    path.write_bytes(whole[:-40])
    stages.arrays("one", "0123", _made)
    assert path.read_bytes() == whole


def test_a_stage_that_fails_keeps_nothing(tmp_path: Path) -> None:
    """The folder stays as it was."""
    with pytest.raises(AssertionError):
        Stages(tmp_path).arrays("one", "0123", _not_again)
    assert list(tmp_path.iterdir()) == []


def test_a_level_is_kept_with_its_id(make_random_model: Callable[..., QuantizedModel], tmp_path: Path) -> None:
    """Also over a part that a kill left behind."""
    model = make_random_model(1, bits=5)
    (tmp_path / f"{model.level}-0123.part").mkdir(parents=True)
    kept = Stages(tmp_path)
    kept.model(model.level, "0123", lambda: model)
    found = kept.model(model.level, "0123", _never)
    assert export.model_hash(found) == export.model_hash(model)
    assert [path.name for path in tmp_path.iterdir()] == [f"{model.level}-0123"]


def _never() -> QuantizedModel:
    raise AssertionError("it was made again")
