"""Whether it matters by which norm filters are ranked before the least are removed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.analysis.statistics import ALPHA, holm, mcnemar, points
from host_models.level import Ranking

if TYPE_CHECKING:
    from harness.analysis.table import Row, Table
    from host_models.level import Fixed, Quantization

NAMES = {Ranking.L1: "L1", Ranking.L2: "L2", Ranking.MAXIMUM: "L-infinity", Ranking.SPREAD: "spread"}


@dataclass(frozen=True, eq=False)
class Curve:
    """Levels whose filters were ranked in one way, from few to many removed."""

    arithmetic: Fixed | Quantization
    ranking: Ranking
    fine_tuned: bool
    rows: tuple[Row, ...]


def curves(table: Table) -> tuple[Curve, ...]:
    """Sort the levels that lack filters, for the arithmetic that has the most rankings; none where L1 is alone."""
    rows = [row for row in table.rows if row.pruning is not None and row.pruning.filters]
    groups: dict[Fixed | Quantization, dict[tuple[bool, Ranking], list[Row]]] = {}
    for row in rows:
        if row.pruning is not None:
            key = (row.pruning.fine_tuned, row.pruning.ranking)
            groups.setdefault(row.level.arithmetic, {}).setdefault(key, []).append(row)
    if not groups:
        return ()
    arithmetic, group = max(groups.items(), key=lambda each: len({ranking for _, ranking in each[1]}))
    if len({ranking for _, ranking in group}) == 1:
        return ()
    order = list(Ranking)
    return tuple(
        Curve(arithmetic, ranking, tuned, tuple(sorted(found, key=filters)))
        for (tuned, ranking), found in sorted(group.items(), key=lambda each: (each[0][0], order.index(each[0][1])))
    )


def filters(row: Row) -> int:
    """Return how many filters were removed."""
    return row.pruning.filters if row.pruning is not None else 0


def finding(table: Table) -> str | None:
    """Say which rankings differ from L1 somewhere by more than chance; None where there is nothing to compare.

    McNemar's test on the same clips for each level with another ranking than L1, against the same with L1, raised by
    Holm's method for all of them.
    """
    pairs = []
    for curve in curves(table):
        for row in curve.rows:
            if row.pruning is not None and row.pruning.ranking is not Ranking.L1:
                other = table.find(replace(row.level, pruning=replace(row.pruning, ranking=Ranking.L1)))
                if other is not None:
                    pairs.append((other, row))
    if not pairs:
        return None
    raised = holm([mcnemar(one.right, row.right) for one, row in pairs])
    decided = [(points(one.right, row.right), row) for (one, row), p in zip(pairs, raised, strict=True) if p < ALPHA]
    names = ", ".join(dict.fromkeys(NAMES[row.pruning.ranking] for _, row in pairs if row.pruning is not None))
    if not decided:
        return f"Filters may as well be ranked by {names} as by L1, as far as {table.clips} clips can tell"
    parts = []
    for word, sign in (("better", 1), ("worse", -1)):
        most, row = max(decided, key=lambda each: sign * each[0])
        if sign * most > 0 and row.pruning is not None:
            parts.append(f"{NAMES[row.pruning.ranking]} is {word} by up to {abs(most):.1f} points ({row.id})")
    return f"Against L1, {' and '.join(parts)}"
