"""Levels by their ids."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host_models import level
from host_models.errors import LevelError
from host_models.level import Fixed, Level, Method, Minifloat, Pruning, Quantization, Ranking, Scheme, parse


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
        "w8a8-sym-ptq-ch2-spread-ft",
        "fp32-ch4-l2",
        "f4e2m1a8-symw-ptq",
        "f6e3m2a8-sym-qat-un50",
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
    assert parse("w8a8-sym-ptq-ch3-linf").pruning == Pruning(filters=3, ranking=Ranking.MAXIMUM)
    assert parse("f4e2m1a8-symw-ptq").arithmetic == Quantization(
        4, 8, Scheme.SYMMETRIC_WEIGHTS, Method.POST_TRAINING, Minifloat(exponent_bits=2, mantissa_bits=1)
    )


def test_the_default_ranking_is_not_spelt() -> None:
    """L1 can be named, but the canonical id leaves it out."""
    assert str(parse("w8a8-sym-ptq-ch3-l1-ft")) == "w8a8-sym-ptq-ch3-ft"


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
        "w8a8-sym-ptq-un50-l2",
        "w8a8-sym-ptq-ch2-max",
        "f4e2m2a8-symw-ptq",
        "f4e2m1a8-asym-ptq",
        "f9e5m3a8-symw-ptq",
    ],
)
def test_what_is_no_level_is_named_in_the_error(text: str) -> None:
    """The sentence repeats what was asked for."""
    with pytest.raises(LevelError, match="is no level") as caught:
        parse(text)
    assert repr(text) in str(caught.value)


def _pattern_of_the_grammar() -> str:
    """Turn the EBNF of the module into a regular expression, each name replaced by what it stands for."""
    productions = dict(re.findall(r"^    (\w+) += (.*?) ;", level.__doc__ or "", re.MULTILINE))
    brackets = {"|": "|", "(": "(?:", ")": ")", "[": "(?:", "]": ")?"}

    def of(name: str) -> str:
        if name == "digits":
            return "[0-9]{1,2}"
        tokens = re.findall(r'"([^"]+)"|(\w+)|([|()\[\]])', productions[name])
        parts = [re.escape(text) if text else of(other) if other else brackets[mark] for text, other, mark in tokens]
        return f"(?:{''.join(parts)})"

    return of("level")


GRAMMAR = re.compile(_pattern_of_the_grammar())


@given(st.from_regex(GRAMMAR, fullmatch=True))
def test_what_the_grammar_derives_parses(text: str) -> None:
    """But for what its comments exclude: widths that don't add up, minifloats with asym, 0 percent."""
    excluded = re.search(r"-un0+(\.0+)?(-|$)", text)
    minifloat = re.match(r"f(\d)e(\d)m(\d)a\d-(\w+)", text)
    if minifloat is not None:
        excluded = excluded or int(minifloat[1]) != 1 + int(minifloat[2]) + int(minifloat[3]) or minifloat[4] == "asym"
    if excluded:
        with pytest.raises(LevelError):
            parse(text)
    else:
        assert parse(str(parse(text))) == parse(text)


@given(st.from_regex(GRAMMAR, fullmatch=True), st.data())
def test_what_the_grammar_does_not_derive_does_not_parse(text: str, data: st.DataObject) -> None:
    """An id with one character changed is another id or none."""
    place = data.draw(st.integers(0, len(text) - 1))
    changed = text[:place] + data.draw(st.sampled_from("0123456789abcefhlmnpqrstuwy-.")) + text[place + 1 :]
    try:
        parse(changed)
    except LevelError:
        return
    assert _derives(changed)


def _derives(text: str) -> bool:
    """Whether the grammar derives a text, of whose percentage it knows two digits after the point."""
    return GRAMMAR.fullmatch(re.sub(r"(\.\d\d)\d{1,2}", r"\1", text)) is not None
