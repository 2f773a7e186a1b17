"""The numbers that make a level: its weights, and for integers everything that the arithmetic needs.

Codes, of weights and of activations, are stored unsigned: the code minus the lowest code of its type. A signed
int8 code q is stored as q + 128, a symmetric code of b bits as q + 2^(b-1) - 1, an affine code as it is; zero points
likewise. So one arithmetic serves every scheme.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import IntEnum
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from host_models.architecture import KERNEL_COLUMNS, KERNEL_ROWS, POSITIONS
from host_models.errors import HostModelError

if TYPE_CHECKING:
    from numpy.typing import DTypeLike, NDArray

INT32_MAX = 2**31 - 1
_TABLE_ENTRIES = 256


class Logits(IntEnum):
    """What a model's logits are; the values stand in the model blob."""

    ACCUMULATORS = 0
    INT8 = 1
    FLOAT = 2


@dataclass(frozen=True, eq=False)
class FloatModel:
    """A float32 model; a feature f enters the convolution as f * input_scale."""

    level: str
    labels: tuple[str, ...]
    input_scale: np.float32
    conv_weights: NDArray[np.float32]
    """(filters, 10, 8)"""
    conv_bias: NDArray[np.float32]
    """(filters,)"""
    dense_weights: NDArray[np.float32]
    """(labels, 25 * 20 * filters)"""
    dense_bias: NDArray[np.float32]
    """(labels,)"""

    def __post_init__(self) -> None:
        """Raise HostModelError where an array has not the shape or type that it must have."""
        filters, labels = len(self.conv_bias), len(self.labels)
        _check(self, "conv_weights", np.float32, (filters, KERNEL_ROWS, KERNEL_COLUMNS))
        _check(self, "conv_bias", np.float32, (filters,))
        _check(self, "dense_weights", np.float32, (labels, POSITIONS * filters))
        _check(self, "dense_bias", np.float32, (labels,))

    @property
    def filters(self) -> int:
        """How many filters the convolution has."""
        return len(self.conv_bias)


@dataclass(frozen=True, eq=False)
class QuantizedModel:
    """An integer model. Scales say what the codes mean; the board needs only the integers."""

    level: str
    labels: tuple[str, ...]
    weight_bits: int
    activation_bits: int
    input_table: NDArray[np.uint8]
    """(256,): the input code of each feature"""
    input_zero: int
    input_scale: float
    conv_weights: NDArray[np.uint8]
    """(filters, 10, 8) codes"""
    conv_weight_zero: int
    conv_weight_scale: NDArray[np.float64]
    """(filters,)"""
    conv_bias: NDArray[np.int32]
    """(filters,), in units of input_scale * conv_weight_scale"""
    conv_multiplier: NDArray[np.int32]
    """(filters,), Q31: accumulator to activation code"""
    conv_shift: NDArray[np.int32]
    """(filters,), to the right"""
    activation_zero: int
    """The code of real 0, at which the ReLU clamps."""
    activation_max: int
    activation_scale: float
    dense_weights: NDArray[np.uint8]
    """(labels, 25 * 20 * filters) codes"""
    dense_weight_zero: int
    dense_weight_scale: float
    dense_bias: NDArray[np.int32]
    """(labels,), in units of activation_scale * dense_weight_scale"""
    logits: Logits
    logit_multiplier: int
    """Q31: accumulator to int8 logit; 0 where the logits are the accumulators"""
    logit_shift: int
    logit_zero: int
    """The int8 code of a logit of 0, from -128 to 127; 0 where the logits are the accumulators"""
    logit_scale: float
    """The real value of one logit unit."""

    def __post_init__(self) -> None:
        """Raise HostModelError where a shape, a type or a range is not what the arithmetic needs."""
        filters, labels = len(self.conv_bias), len(self.labels)
        _check(self, "input_table", np.uint8, (_TABLE_ENTRIES,))
        _check(self, "conv_weights", np.uint8, (filters, KERNEL_ROWS, KERNEL_COLUMNS))
        _check(self, "conv_weight_scale", np.float64, (filters,))
        for name in ("conv_bias", "conv_multiplier", "conv_shift"):
            _check(self, name, np.int32, (filters,))
        _check(self, "dense_weights", np.uint8, (labels, POSITIONS * filters))
        _check(self, "dense_bias", np.int32, (labels,))
        self._check_codes()
        self._check_accumulators()

    @property
    def filters(self) -> int:
        """How many filters the convolution has."""
        return len(self.conv_bias)

    @property
    def conv_weight_steps(self) -> NDArray[np.int64]:
        """The convolution's weights as integers that the arithmetic multiplies by, (filters, 10, 8)."""
        return self._steps(self.conv_weights, self.conv_weight_zero)

    @property
    def dense_weight_steps(self) -> NDArray[np.int64]:
        """The dense layer's weights likewise, (labels, 25 * 20 * filters)."""
        return self._steps(self.dense_weights, self.dense_weight_zero)

    def _steps(self, codes: NDArray[np.uint8], zero: int) -> NDArray[np.int64]:
        """Return what codes of weights stand for, in steps of their scale."""
        return codes.astype(np.int64) - zero

    def _check_codes(self) -> None:
        """Raise HostModelError where a code or zero point is wider than its bits."""
        weight_max, activation_max = 2**self.weight_bits - 1, 2**self.activation_bits - 1
        for name, highest in (
            ("conv_weights", weight_max),
            ("conv_weight_zero", weight_max),
            ("dense_weights", weight_max),
            ("dense_weight_zero", weight_max),
            ("input_table", activation_max),
            ("input_zero", activation_max),
            ("activation_zero", activation_max),
            ("activation_max", activation_max),
        ):
            value = np.asarray(getattr(self, name))
            if value.min() < 0 or value.max() > highest:
                raise HostModelError(f"{self.level}: {name} goes beyond the codes 0 to {highest}; make the level again")

    def _check_accumulators(self) -> None:
        """Raise HostModelError where some input could overflow an int32 accumulator."""
        span = max(self.input_zero, int(self.input_table.max()) - self.input_zero)
        reach = np.abs(self.conv_weight_steps).sum((1, 2)) * span
        conv = int((reach + np.abs(self.conv_bias.astype(np.int64))).max())
        reach = np.abs(self.dense_weight_steps).sum(1) * (self.activation_max - self.activation_zero)
        dense = int((reach + np.abs(self.dense_bias.astype(np.int64))).max())
        for layer, most in (("convolution", conv), ("dense layer", dense)):
            if most > INT32_MAX:
                raise HostModelError(f"{self.level}: the {layer} can overflow its int32 accumulator")


@dataclass(frozen=True, eq=False)
class MinifloatModel(QuantizedModel):
    """An integer model whose weights are numbers of a minifloat format, so that codes stand for uneven steps."""

    weight_table: NDArray[np.int64]
    """(2^weight_bits,): what each code stands for, in units of the format's least number"""

    def __post_init__(self) -> None:
        """Raise HostModelError as for other integer models, or where the table is not one."""
        _check(self, "weight_table", np.int64, (2**self.weight_bits,))
        super().__post_init__()

    def _steps(self, codes: NDArray[np.uint8], zero: int) -> NDArray[np.int64]:  # noqa: ARG002 - 0 is a code here
        return self.weight_table[codes]


Model: TypeAlias = FloatModel | QuantizedModel


def _check(model: Model, name: str, dtype: DTypeLike, shape: tuple[int, ...]) -> None:
    """Raise HostModelError unless the array `name` has this type and shape."""
    array = getattr(model, name)
    if name not in {field.name for field in fields(model)} or array.dtype != dtype or array.shape != shape:
        raise HostModelError(
            f"{model.level}: {name} is {array.dtype}{list(array.shape)} where {np.dtype(dtype)}{list(shape)} is needed"
        )
