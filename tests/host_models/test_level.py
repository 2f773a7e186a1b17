"""Levels by their ids."""

from __future__ import annotations

import pytest

from host_models.errors import LevelError
from host_models.level import Fixed, Level, Method, Pruning, Quantization, Scheme, parse


@pytest.mark.parametrize(
    "text",
    [
        "fp32",
        "int8-tflite",
        "w4a4-asym-qat",
        "w8a8-sym-ptq-ch3",
        "w8a8-sym-ptq-un12.5-ft",
        "w2a8-symw-qat",
        "fp32-ch1-ft",
    ],
)
def test_an_id_comes_back_from_what_it_parses_to(text: str) -> None:
    """Every form of the grammar is canonical."""
    assert str(parse(text)) == text


def test_an_id_tells_widths_scheme_method_and_pruning() -> None:
    """The parts of an id land where they belong."""
    assert parse("w3a8-sym-ptq-un25-ft") == Level(
        Quantization(3, 8, Scheme.SYMMETRIC, Method.POST_TRAINING), Pruning(percent=25.0, fine_tuned=True)
    )
    assert parse("fp32") == Level(Fixed.FLOAT)


def test_percentages_have_one_spelling() -> None:
    """50.0 percent is 50 percent."""
    assert str(parse("w8a8-sym-ptq-un50.0")) == "w8a8-sym-ptq-un50"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "fp16",
        "w8a8",
        "w1a8-asym-ptq",
        "w8a9-asym-ptq",
        "w8a8-asym-ptq-ch8",
        "w8a8-asym-ptq-ch0",
        "w8a8-asym-ptq-ft",
        "w8a8-asym-ptq-un0",
        "w8a8-sym-ptq-un50-ch2",
        "w8a8-asym-ptq ",
        "W8A8-asym-ptq",
        "int8-tflite-ch2",
    ],
)
def test_what_is_no_level_is_named_in_the_error(text: str) -> None:
    """The sentence repeats what was asked for."""
    with pytest.raises(LevelError, match="is no level") as caught:
        parse(text)
    assert repr(text) in str(caught.value)
