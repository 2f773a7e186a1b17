"""The matrix of levels that the zoo holds: every width, scheme and method, and every amount of pruning."""

from __future__ import annotations

from itertools import product

from host_models.architecture import FILTERS
from host_models.level import Fixed, Level, Method, Pruning, Quantization, Scheme

WIDTHS = tuple(range(2, 9))
"""Bits of weights and activations alike."""
SYMMETRIC_WEIGHT_WIDTHS = (2, 3, 4, 8)
"""Those of the scheme symw, which is trained quantized only."""
PRUNED_EIGHTHS = tuple(range(1, 8))
"""How many eighths are pruned: filters, or the convolution's weights."""

_PRUNED = Quantization(8, 8, Scheme.SYMMETRIC, Method.POST_TRAINING)


def levels() -> tuple[Level, ...]:
    """Return the 62 levels in the order of every table: float, int8, by width and scheme, then pruned."""
    return (
        Level(Fixed.FLOAT),
        Level(Fixed.TFLITE_INT8),
        *(
            Level(Quantization(bits, bits, scheme, method))
            for method, scheme, bits in product(
                (Method.POST_TRAINING, Method.QUANTIZATION_AWARE),
                (Scheme.ASYMMETRIC, Scheme.SYMMETRIC),
                reversed(WIDTHS),
            )
        ),
        *(
            Level(Quantization(bits, bits, Scheme.SYMMETRIC_WEIGHTS, Method.QUANTIZATION_AWARE))
            for bits in reversed(SYMMETRIC_WEIGHT_WIDTHS)
        ),
        *(Level(_PRUNED, pruning) for pruning in _prunings()),
    )


def float_levels() -> tuple[Level, ...]:
    """Return the 28 pruned levels as floats, which the host runs beside those of the matrix."""
    return tuple(Level(Fixed.FLOAT, pruning) for pruning in _prunings())


def _prunings() -> tuple[Pruning, ...]:
    """Return filters first, then weights; each amount without fine-tuning, then each with."""
    eighths = tuple(product((False, True), PRUNED_EIGHTHS))
    return (
        *(Pruning(filters=part * FILTERS // 8, fine_tuned=tuned) for tuned, part in eighths),
        *(Pruning(percent=100 * part / 8, fine_tuned=tuned) for tuned, part in eighths),
    )
