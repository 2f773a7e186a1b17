"""What a campaign comes to beside its baseline: an outcome, and a sentence that says why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from harness.baseline import checks, significance
from harness.baseline.record import CIRCUMSTANCES, is_noisy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.baseline.checks import Change
    from harness.baseline.record import Baseline

_TOLD = 3
"""Changes that the sentence names; results.json has all."""
_WORDS = {
    "name": "board",
    "clock_hz": "clock",
    "memory_waits": "memory waits",
    "model_memory": "model memory",
    "fqbn": "FQBN",
}
"""Circumstances whose names in the file are not those that people use."""


class Outcome(StrEnum):
    """How a campaign stands to its baseline."""

    HELD = "held"
    CHANGED = "changed"
    NOT_COMPARABLE = "not comparable"
    NOT_JUDGED = "not judged"
    """The campaign ended early."""


@dataclass(frozen=True)
class Judgement:
    """A campaign held against a baseline."""

    file: str
    """The baseline's name, without its folder."""
    outcome: Outcome
    text: str
    changes: tuple[Change, ...] = ()


def judge(file: str, was: Baseline, now: Baseline, limit_percent: float) -> Judgement:
    """Hold what a campaign recorded against a baseline; `limit_percent` is for times of attached boards."""
    if obstacles := list(_obstacles(was, now)):
        text = f"Not comparable with the baseline {file}: {'; '.join(obstacles)}."
        return Judgement(file, Outcome.NOT_COMPARABLE, text)
    changes = tuple(
        change
        for level, found in now["levels"].items()
        for change in _changes(level, was["levels"][level], found, limit_percent if is_noisy(now) else None)
    )
    fails = [change for change in changes if change.fails]
    left_out = [level for level in was["levels"] if level not in now["levels"]]
    unseen = f" Its {', '.join(left_out)} did not run." if left_out else ""
    if fails:
        text = f"Against the baseline {file}: {_list(fails)}. Save the baseline anew if this is meant.{unseen}"
        return Judgement(file, Outcome.CHANGED, text, changes)
    held = "No figure is worse than in" if is_noisy(now) else "All figures are those of"
    notes = f" (of note: {_list(list(changes))})" if changes else ""
    return Judgement(file, Outcome.HELD, f"{held} the baseline {file}{notes}.{unseen}", changes)


def unjudged(file: str) -> Judgement:
    """Say that a campaign that ended early is not held against its baseline."""
    text = f"It ended early, so it was not held against the baseline {file}."
    return Judgement(file, Outcome.NOT_JUDGED, text)


def _changes(level: str, was: Baseline, now: Baseline, limit_percent: float | None) -> Iterator[Change]:
    """Apply all checks to one level, the most telling first; without a limit cycles are held exactly."""
    yield from checks.predictions(level, was, now)
    if limit_percent is None:
        yield from checks.cycles(level, was, now)
    else:
        yield from checks.times(level, was, now, limit_percent)
    yield from checks.sizes(level, was, now)


def _obstacles(was: Baseline, now: Baseline) -> Iterator[str]:
    """Say what keeps two campaigns from being compared."""
    for name in CIRCUMSTANCES:
        before, after = was["board"][name], now["board"][name]
        if before != after:
            yield _flags(before, after) if name == "flags" else f"{_WORDS.get(name, name)} {_told(before, after)}"
    if was["data"]["input"] != now["data"]["input"]:
        yield f"input {_told(was['data']['input'], now['data']['input'])}"
    elif was["data"] != now["data"]:
        before, after = was["data"]["clips"], now["data"]["clips"]
        yield f"other clips ({_told(before, after) if before != after else f'{after} as before, other ones'})"
    for level, found in now["levels"].items():
        if level not in was["levels"]:
            yield f"it has no {level}"
        elif few := [len(each) for each in found["samples"].values() if len(each) < significance.LEAST_SAMPLES]:
            yield (
                f"{few[0]} times of {level} are too few to tell a change from chance "
                f"(at least {significance.LEAST_SAMPLES} clips)"
            )


def _told(before: object, after: object) -> str:
    """Write a change of what a board may not have told."""
    return " -> ".join("unknown" if each is None else str(each) for each in (before, after))


def _flags(before: str | None, after: str | None) -> str:
    """Name the compiler flags that only one of both has."""
    if before is None or after is None:
        return "flags that one of both does not tell"
    was, now = before.split(), after.split()
    gone, new = [flag for flag in was if flag not in now], [flag for flag in now if flag not in was]
    return f"flags {' '.join(gone) or 'none'} -> {' '.join(new) or 'none'}" if gone or new else "flags in another order"


def _list(changes: list[Change]) -> str:
    more = [f"and {len(changes) - _TOLD} more"] if len(changes) > _TOLD else []
    return "; ".join([change.text for change in changes[:_TOLD]] + more)
