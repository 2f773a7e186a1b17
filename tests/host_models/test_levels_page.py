"""docs/levels.md against the program."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

from host_models import level, matrix

PAGE = Path(__file__).parents[2] / "docs" / "levels.md"


def test_the_worked_example_works() -> None:
    """Every line that the page shows as typed gives what the page shows as answered."""
    result = doctest.testfile(str(PAGE), module_relative=False)
    assert result.attempted > 0
    assert result.failed == 0


def test_the_page_lists_the_levels_of_the_matrix() -> None:
    """A row for each family, whose members, in their order, are the matrix and then its floats."""
    section = PAGE.read_text(encoding="utf-8").split("## The levels that ship")[1].split("##")[0]
    rows = re.findall(r"^\| `([^`]+)` \|([^|]*)\|", section, re.MULTILINE)
    listed = [name.replace("<n>", number.strip()) for name, numbers in rows for number in numbers.split(",")]
    assert listed == [str(each) for each in (*matrix.levels(), *matrix.float_levels())]


def test_the_page_has_the_grammar_of_the_parser() -> None:
    """The same productions, word for word, stand in the module that parses."""
    assert level.__doc__ is not None
    productions = re.findall(r"^    \w+ += .*;.*$", level.__doc__, re.MULTILINE)
    assert productions
    assert re.findall(r"^    \w+ += .*;.*$", PAGE.read_text(encoding="utf-8"), re.MULTILINE) == productions
