"""The matrix of levels."""

from __future__ import annotations

from collections import Counter

from host_models import matrix
from host_models.level import Fixed, Quantization, parse


def test_the_matrix_has_62_levels() -> None:
    """Float, int8, 28 by width, scheme and method, 4 of symw, 28 pruned; none twice."""
    levels = matrix.levels()
    assert len(set(levels)) == len(levels) == 62
    families = Counter(
        "pruned"
        if level.pruning
        else level.arithmetic.scheme
        if isinstance(level.arithmetic, Quantization)
        else "fixed"
        for level in levels
    )
    assert families == {"fixed": 2, "asym": 14, "sym": 14, "symw": 4, "pruned": 28}


def test_every_level_has_an_id_that_parses_back() -> None:
    """The order is the same at every call."""
    assert [parse(str(level)) for level in matrix.levels()] == list(matrix.levels())


def test_the_pruned_levels_exist_as_floats_too() -> None:
    """Each pruning of the matrix stands once among the floats."""
    prunings = [level.pruning for level in matrix.levels() if level.pruning]
    assert [level.pruning for level in matrix.float_levels()] == prunings
    assert {level.arithmetic for level in matrix.float_levels()} == {Fixed.FLOAT}
