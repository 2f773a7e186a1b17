"""Whether quantization-aware training is worth its while, width by width."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.analysis.statistics import ALPHA, holm, mcnemar, points
from host_models.level import Method, Scheme

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.analysis.table import Row, Table

SCHEMES = (Scheme.ASYMMETRIC, Scheme.SYMMETRIC, Scheme.SYMMETRIC_WEIGHTS)


@dataclass(frozen=True, eq=False)
class Duel:
    """PTQ against QAT at one width in one scheme, on the same clips."""

    bits: int
    scheme: Scheme
    points: float
    """By which QAT is more often right."""
    p: float
    """Of McNemar's test, raised by Holm's method for all duels of a campaign."""

    @property
    def is_decided(self) -> bool:
        """Whether the difference is more than chance."""
        return self.p < ALPHA


def curve(table: Table, scheme: Scheme, method: Method) -> tuple[Row, ...]:
    """Return the levels of a scheme and method from few to many bits, weights and activations alike."""
    rows = [row for row in table.rows if row.is_plain(scheme, method)]
    return tuple(sorted(rows, key=lambda row: row.bits or 0))


def duels(table: Table) -> tuple[Duel, ...]:
    """Compare where both methods are there, scheme by scheme, from many to few bits."""
    pairs = []
    for scheme in SCHEMES:
        trained = {row.bits: row for row in curve(table, scheme, Method.QUANTIZATION_AWARE)}
        untrained = reversed(curve(table, scheme, Method.POST_TRAINING))
        pairs += [(scheme, ptq, trained[ptq.bits]) for ptq in untrained if ptq.bits in trained]
    raised = holm([mcnemar(ptq.right, qat.right) for _, ptq, qat in pairs])
    return tuple(
        Duel(ptq.bits or 0, scheme, points(ptq.right, qat.right), p)
        for (scheme, ptq, qat), p in zip(pairs, raised, strict=True)
    )


def finding(table: Table) -> str | None:
    """Say down to which width PTQ equals QAT, None where no width has both.

    They are called equal at a width where the difference may be chance, and so at all widths above.
    """
    found = duels(table)
    if not found:
        return None
    schemes = [scheme for scheme in SCHEMES if any(duel.scheme is scheme for duel in found)]
    where = {scheme: _where([duel for duel in found if duel.scheme is scheme]) for scheme in schemes}
    if len(set(where.values())) == 1:
        places = next(iter(where.values()))
        places += f" ({' and '.join(schemes)})"
    else:
        places = ", ".join(f"{place} ({scheme})" for scheme, place in where.items())
    parts = [f"PTQ equals QAT {places}, as far as {table.clips} clips can tell"]
    parts += _leads(duel for duel in found if duel.is_decided)
    return "; ".join(parts)


def _where(found: list[Duel]) -> str:
    """Name the widths of one scheme, from the greatest on, at which no difference was found."""
    equal = []
    for duel in found:
        if duel.is_decided:
            break
        equal.append(duel.bits)
    if not equal:
        return f"not even at {found[0].bits} bits"
    if len(equal) == len(found):
        return f"from {equal[0]} to {equal[-1]} bits" if len(equal) > 1 else f"at {equal[0]} bits"
    return f"down to {equal[-1]} bits"


def _leads(decided: Iterable[Duel]) -> list[str]:
    """Say how far each method leads where a difference was found."""
    decided = list(decided)
    leads = []
    for name, sign in (("QAT", 1), ("PTQ", -1)):
        ahead = [duel for duel in decided if sign * duel.points > 0]
        if ahead:
            most = max(ahead, key=lambda duel: abs(duel.points))
            leads.append(f"{name} leads by up to {abs(most.points):.1f} points ({most.bits} bits, {most.scheme})")
    return leads
