"""docs/levels.md against the program."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

from host_models import level, zoo

PAGE = Path(__file__).parents[2] / "docs" / "levels.md"


def test_the_worked_example_works() -> None:
    """Every line that the page shows as typed gives what the page shows as answered."""
    result = doctest.testfile(str(PAGE), module_relative=False)
    assert result.attempted > 0
    assert result.failed == 0


def test_the_page_lists_the_levels_that_ship() -> None:
    """One row for each, and every one parses."""
    section = PAGE.read_text(encoding="utf-8").split("## The levels that ship")[1].split("##")[0]
    listed = re.findall(r"^\| `([^`]+)` \|", section, re.MULTILINE)
    assert tuple(listed) == zoo.levels()
    assert all(str(level.parse(name)) == name for name in listed)


def test_the_page_has_the_grammar_of_the_parser() -> None:
    """The same productions stand in the module that parses."""
    assert level.__doc__ is not None
    productions = re.findall(r"^    (\w+ +=)", level.__doc__, re.MULTILINE)
    text = PAGE.read_text(encoding="utf-8")
    assert productions
    assert all(f"    {production}" in text for production in productions)
