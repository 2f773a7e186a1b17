"""A plot as it is drawn: a figure with its finding, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.figure import Figure

    from harness.analysis.table import Table


@dataclass(frozen=True, eq=False)
class Drawing:
    """A figure, and the sentence that is its title."""

    figure: Figure
    finding: str


@dataclass(frozen=True)
class LeftOut:
    """Why a plot can't be drawn from a table, in a clause."""

    reason: str


@dataclass(frozen=True)
class Plot:
    """A kind of plot; `name` is that of its files."""

    name: str
    draw: Callable[[Table], Drawing | LeftOut]
