"""What levels below 8 bits and pruned levels gain over int8, in flash and in time on the board."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.analysis.costs import BOARD_TIME, FLASH
from host_models.level import Fixed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.analysis.costs import Cost
    from harness.analysis.table import Row, Table

_BITS = 8
_NAMED = 8
"""Levels that a sentence names; of more it tells the number."""


def gain(row: Row, reference: Row, cost: Cost) -> float | None:
    """Return by which share, at most 1, a level has less of a cost than another; None where one is not known."""
    own, other = cost.of(row), cost.of(reference)
    return None if own is None or not other else 1 - own / other


def findings(table: Table) -> tuple[str, ...]:
    """Say what narrow and pruned integer levels gain over int8, and which gain nothing; empty without int8."""
    reference = table.int8
    if reference is None:
        return ()
    return (*_narrow(table, reference), *_pruned(table, reference))


def _narrow(table: Table, reference: Row) -> Iterator[str]:
    rows = [row for row in table.rows if row.bits is not None and row.bits < _BITS]
    for cost in (FLASH, BOARD_TIME):
        gains = {row: share for row in rows if (share := gain(row, reference, cost)) is not None}
        if gains:
            less = [row for row in gains if gains[row] >= cost.noise]
            rest = [row for row in gains if row not in less]
            most = f", up to {100 * max(gains.values()):.0f} % less" if less else ""
            but = f" (not {_names(rest)})" if less and rest else ""
            yield f"Less {cost.noun} than {reference.id}: {_count(less, gains)} levels below 8 bits{most}{but}"


def _pruned(table: Table, reference: Row) -> Iterator[str]:
    """Sort the pruned levels into those that gain something and those that do not."""
    rows = [row for row in table.rows if row.pruning is not None and row.level.arithmetic is not Fixed.FLOAT]
    known = [row for row in rows if any(gain(row, reference, cost) is not None for cost in (FLASH, BOARD_TIME))]
    if not known:
        return
    idle = [row for row in known if not any(_has_gained(row, reference, cost) for cost in (FLASH, BOARD_TIME))]
    most = [
        f"{100 * best:.0f} % of {cost.noun}"
        for cost in (FLASH, BOARD_TIME)
        if (best := max((gain(row, reference, cost) or 0.0 for row in known), default=0.0)) >= cost.noise
    ]
    if most:
        yield f"Pruning saves up to {' and '.join(most)} over {reference.id}"
    if idle:
        counted = f"{_count(idle, known)} pruned levels"
        yield f"Neither less flash nor less time than {reference.id}: {counted}, {_names(idle)}"


def _has_gained(row: Row, reference: Row, cost: Cost) -> bool:
    share = gain(row, reference, cost)
    return share is not None and share >= cost.noise


def _count(some: Sequence[Row], whole: Sequence[Row] | dict[Row, float]) -> str:
    return f"all {len(whole)}" if len(some) == len(whole) else f"{len(some) or 'none'} of {len(whole)}"


def _names(rows: Sequence[Row]) -> str:
    """Name levels, the first ones where there are many."""
    named = ", ".join(row.id for row in rows[:_NAMED])
    return f"{named} and {len(rows) - _NAMED} more" if len(rows) > _NAMED else named
