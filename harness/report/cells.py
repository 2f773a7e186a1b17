"""How a figure, and a table of figures, is written in a terminal."""

from __future__ import annotations

from typing import Any

from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

NOTHING = "-"
GOOD, BAD, FAINT = "green", "bold red", "dim"
_WORDS = ("stage", "")
"""Columns of text besides the first."""


def table(*columns: str) -> Table:
    """Make a table of figures, whose first column is text."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for place, column in enumerate(columns):
        words = column in _WORDS or not place
        table.add_column(column, justify="left" if words else "right", no_wrap=place > 0, overflow="fold")
    return table


def titled(title: str, table: Table) -> Group:
    """Put a title above a table that may be narrower."""
    return Group(Text(title, "bold"), table)


def same(agree: int, clips: int) -> Text:
    """Write how many clips have the same label."""
    return Text(f"{agree}/{clips}", GOOD if agree == clips else BAD)


def percent(share: float | None) -> str:
    """Write a share, 0..1, as per cent."""
    return NOTHING if share is None else f"{100 * share:.1f}%"


def number(value: Any) -> str:  # noqa: ANN401 - a JSON number or null
    """Write a number with commas."""
    return NOTHING if value is None else f"{value:,}"


def ms(value: float) -> str:
    """Write milliseconds to a microsecond or to ten."""
    return f"{value:.3f}" if value < 1 else f"{value:.2f}"
