"""What removing filters or weights costs in accuracy, and what it saves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from harness.analysis.statistics import ALPHA, MARGIN_POINTS, holm, is_as_good, mcnemar, points, too_few
from host_models.architecture import FILTERS
from host_models.level import Level, Pruning, Ranking

if TYPE_CHECKING:
    from harness.analysis.costs import Cost
    from harness.analysis.table import Row, Table
    from host_models.level import Fixed, Quantization


class Kind(StrEnum):
    """What is removed."""

    FILTERS = "filters"
    WEIGHTS = "weights"


@dataclass(frozen=True, eq=False)
class Curve:
    """Levels of one kind of pruning, from little to much, fine-tuned or not."""

    kind: Kind
    fine_tuned: bool
    rows: tuple[Row, ...]


@dataclass(frozen=True, eq=False)
class Family:
    """The pruned levels of one arithmetic, with the whole network that they were made from."""

    arithmetic: Fixed | Quantization
    whole: Row | None
    curves: tuple[Curve, ...]

    @property
    def rows(self) -> tuple[Row, ...]:
        """All pruned levels."""
        return tuple(row for curve in self.curves for row in curve.rows)


def families(table: Table) -> tuple[Family, ...]:
    """Sort the pruned levels, filters ranked by L1 only, by their arithmetic; the one with most levels comes first."""
    pruned = [row for row in table.rows if row.pruning is not None and row.pruning.ranking is Ranking.L1]
    arithmetics = list(dict.fromkeys(row.level.arithmetic for row in pruned))
    found = [
        Family(each, table.find(Level(each)), _curves([row for row in pruned if row.level.arithmetic == each]))
        for each in arithmetics
    ]
    return tuple(sorted(found, key=lambda family: -len(family.rows)))


def finding(table: Table, cost: Cost) -> str | None:
    """Say how much each kind of pruning saves where it loses little; None where that can't be compared.

    Of each kind it is the level with the least cost among those that are as good as the whole network.
    """
    family = next(iter(families(table)), None)
    if family is None or family.whole is None:
        return None
    whole, before = family.whole, cost.of(family.whole)
    if before is None:
        return None
    if reason := too_few(table.clips):
        return reason
    clauses = []
    for kind in Kind:
        rows = [row for row in family.rows if kind_of(row) is kind]
        if rows:
            clauses.append(_saving([row for row in rows if is_as_good(row.right, whole.right)], kind, whole, cost))
    if not clauses:
        return None
    return f"Surely within {MARGIN_POINTS:g} points of the whole network, {' and '.join(clauses)}"


def fine_tuning(table: Table) -> str | None:
    """Say how much fine-tuning regains at most; None where no level is there with and without it."""
    pairs = []
    for row in table.rows:
        if row.pruning is not None and not row.pruning.fine_tuned:
            tuned = table.find(replace(row.level, pruning=replace(row.pruning, fine_tuned=True)))
            if tuned is not None:
                pairs.append((row, tuned))
    if not pairs:
        return None
    raised = holm([mcnemar(row.right, tuned.right) for row, tuned in pairs])
    regained = {row: points(row.right, tuned.right) for (row, tuned), p in zip(pairs, raised, strict=True) if p < ALPHA}
    if not regained or max(regained.values()) <= 0:
        return f"Fine-tuning regains nothing that {table.clips} clips can tell"
    most = max(regained, key=lambda row: regained[row])
    return f"Fine-tuning regains up to {regained[most]:.1f} points ({most.id})"


def kind_of(row: Row) -> Kind:
    """Tell what was removed from a pruned level."""
    return Kind.FILTERS if _of(row).filters else Kind.WEIGHTS


def share(row: Row) -> float:
    """Return how much was removed, 0..1: of the filters, or of the convolution's weights."""
    pruning = _of(row)
    return pruning.filters / FILTERS if pruning.filters else pruning.percent / 100


def amount(pruning: Pruning) -> str:
    """Say what was removed in a phrase."""
    what = f"{pruning.filters} of {FILTERS}" if pruning.filters else f"{pruning.percent:g} %"
    return f"{what}, fine-tuned" if pruning.fine_tuned else what


def _of(row: Row) -> Pruning:
    if row.pruning is None:
        raise ValueError(f"{row.id} is not pruned")
    return row.pruning


def _curves(rows: list[Row]) -> tuple[Curve, ...]:
    """Sort levels of one arithmetic; a curve without a level is left out."""
    curves = []
    for kind in Kind:
        for tuned in (False, True):
            found = [row for row in rows if kind_of(row) is kind and _of(row).fine_tuned is tuned]
            if found:
                curves.append(Curve(kind, tuned, tuple(sorted(found, key=share))))
    return tuple(curves)


def _saving(good: list[Row], kind: Kind, whole: Row, cost: Cost) -> str:
    """Say what the cheapest of the levels that are as good as the whole network saves."""
    what, one = ("removing filters", "filter") if kind is Kind.FILTERS else ("zeroing weights", "weight")
    before = cost.of(whole)
    figures = {row: figure for row in good if (figure := cost.of(row)) is not None}
    if not figures or not before:
        return f"no {one} can go"
    best = min(figures, key=lambda row: figures[row])
    saved = 1 - figures[best] / before
    if saved < cost.noise:
        return f"{what} saves no {cost.noun}"
    lost = points(whole.right, best.right)
    return f"{what} saves {100 * saved:.0f} % of {cost.noun} ({amount(_of(best))}: {lost:+.1f})"
