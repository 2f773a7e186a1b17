"""Which of several levels are not beaten in cost and gain at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def front(points: Sequence[tuple[float, float]]) -> tuple[int, ...]:
    """Return the places, by rising cost, of the (cost, gain) that no other beats.

    One beats another where it costs no more and gains no less, and is better in one of both; equal ones both stay.
    """
    found: list[int] = []
    best_cost = best_gain = float("-inf")
    for place in sorted(range(len(points)), key=lambda place: (points[place][0], -points[place][1], place)):
        cost, gain = points[place]
        if gain > best_gain or (cost, gain) == (best_cost, best_gain):
            found.append(place)
            best_cost, best_gain = cost, gain
    return tuple(found)
