"""What a campaign comes to: an exit code, and a sentence that says why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.campaign import LevelRun
    from harness.errors import TinyhilError
    from host_models.dataset import Clip

AGREEMENT = 0
DIFFERENCE = 1
INTERRUPTED = 130
_NAMED = 6
"""Levels that a sentence names at most."""


@dataclass(frozen=True)
class Verdict:
    """How a campaign ended; `code` is the command's exit code."""

    code: int
    text: str


def judge(runs: Sequence[LevelRun], clips: Sequence[Clip]) -> Verdict:
    """Hold each level's answers against its golden model's; `runs` are complete and at least one."""
    differences = [sentence for run in runs if (sentence := difference(run, clips))]
    if differences:
        return Verdict(DIFFERENCE, " ".join(differences))
    return Verdict(AGREEMENT, _agreement(runs, clips))


def failed(error: TinyhilError) -> Verdict:
    """Say what ended a campaign early."""
    return Verdict(error.exit_code, str(error))


def interrupted(runs: Sequence[LevelRun], clips: Sequence[Clip]) -> Verdict:
    """Say what was seen until somebody interrupted the campaign."""
    answered = sum(len(run.answers) for run in runs)
    if not answered:
        return Verdict(INTERRUPTED, "Interrupted before the board had answered for a clip.")
    seen = [sentence for run in runs if (sentence := difference(run, clips))]
    text = f"Interrupted after {_count(answered, 'clip')} on {_count(len(runs), 'level')}; "
    return Verdict(INTERRUPTED, text + (" ".join(seen) if seen else "no difference until then."))


def difference(run: LevelRun, clips: Sequence[Clip]) -> str | None:
    """Say in a sentence how a level differs from its golden model so far; None where it does not."""
    parts = [run.model_difference] if run.model_difference else []
    if run.differing:
        index, first = next(iter(run.differing.items()))
        parts.append(f"{len(run.differing)} of {_count(len(run.answers), 'clip')} differ from the golden model")
        parts.append(f"first {clips[index].name} in {first.text}")
    if not parts:
        return None
    return f"{run.level}: {'; '.join(parts)}."


def _agreement(runs: Sequence[LevelRun], clips: Sequence[Clip]) -> str:
    """Say what all levels have in common with their golden models."""
    whole = [run.level for run in runs if not run.expectation.is_float]
    floats = [run.level for run in runs if run.expectation.is_float]
    how = [f"{_list(whole)} bit for bit"] if whole else []
    how += [f"{_list(floats)} within 0.001 of each logit"] if floats else []
    return f"The board agrees with the golden model on {_every(len(clips))}: {', '.join(how)}."


def _every(clips: int) -> str:
    return f"all {clips} clips" if clips > 1 else "the clip"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _list(words: Sequence[str]) -> str:
    """Name levels, or tell their number where there are many."""
    if len(words) > _NAMED:
        return f"{len(words)} levels"
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else words[0]
