"""What a model must be before anything runs it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from host_models.errors import HostModelError

if TYPE_CHECKING:
    from collections.abc import Callable

    from host_models.model import QuantizedModel


def test_codes_wider_than_their_bits_are_refused(make_random_model: Callable[..., QuantizedModel]) -> None:
    """A 4-bit model has no code 16."""
    model = make_random_model(0, bits=4)
    with pytest.raises(HostModelError, match="conv_weights goes beyond the codes 0 to 15"):
        replace(model, conv_weights=np.full_like(model.conv_weights, 16))


def test_arrays_of_another_shape_or_type_are_refused(make_random_model: Callable[..., QuantizedModel]) -> None:
    """The sentence names the array and the shape that it must have."""
    model = make_random_model(0)
    with pytest.raises(HostModelError, match=r"dense_bias is int64\[4\] where int32\[4\] is needed"):
        replace(model, dense_bias=model.dense_bias.astype(np.int64))
    with pytest.raises(HostModelError, match=r"conv_weights is uint8\[3, 80\] where uint8\[3, 10, 8\] is needed"):
        replace(model, conv_weights=model.conv_weights.reshape(3, 80))


def test_an_accumulator_that_could_overflow_is_refused(make_random_model: Callable[..., QuantizedModel]) -> None:
    """The worst input is what counts, not the usual one."""
    model = make_random_model(0)
    with pytest.raises(HostModelError, match="the dense layer can overflow its int32 accumulator"):
        replace(model, dense_bias=np.full(4, 2**31 - 1, np.int32))
