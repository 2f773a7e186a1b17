"""Which levels give the most accuracy for what they cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.analysis import pareto
from harness.analysis.statistics import MARGIN_POINTS, is_as_good, points, too_few

if TYPE_CHECKING:
    from harness.analysis.costs import Cost
    from harness.analysis.table import Row, Table


def priced(table: Table, cost: Cost) -> tuple[tuple[Row, float], ...]:
    """Return the levels whose cost is known, with it."""
    return tuple((row, figure) for row in table.rows if (figure := cost.of(row)) is not None)


def front(table: Table, cost: Cost) -> tuple[Row, ...]:
    """Return the levels that none beats in accuracy and cost at once, by rising cost."""
    rows = priced(table, cost)
    return tuple(rows[place][0] for place in pareto.front([(figure, row.accuracy) for row, figure in rows]))


def finding(table: Table, cost: Cost) -> str | None:
    """Name the cheapest level that is as good as fp32 (or int8, where that is not there).

    None where there are not at least two levels, or the reference has no such cost.
    """
    rows, reference = dict(priced(table, cost)), table.reference
    if len(rows) < 2 or reference is None or reference not in rows:  # noqa: PLR2004 - one is compared with nothing
        return None
    if reason := too_few(table.clips):
        return reason
    best = min((row for row in rows if is_as_good(row.right, reference.right)), key=lambda row: rows[row])
    if best is reference:
        return (
            f"No level with less {cost.noun} is surely within {MARGIN_POINTS:g} points of {reference.id}, "
            f"by {table.clips} clips"
        )
    less, lost = 1 - rows[best] / rows[reference], points(reference.right, best.right)
    return (
        f"{best.id} is the {cost.least} level surely within {MARGIN_POINTS:g} points of {reference.id} "
        f"({lost:+.1f}): {cost.text(rows[best])}, {100 * less:.0f} % less"
    )
