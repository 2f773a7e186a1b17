"""What the baseline options of a run do: hold it against one file, save it as another."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from harness import verdict
from harness.baseline import file, judgement
from harness.baseline.judgement import Outcome
from harness.baseline.record import record

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from harness.campaign import LevelRun
    from harness.report.document import Document

_NOT_COMPARABLE = 2
"""The exit code of a misuse: this file is no baseline for that campaign."""


class Gate:
    """The baseline that a run is held against, and the one that it becomes, either of which may be left out."""

    def __init__(self, reference: Path | None, target: Path | None, limit_percent: float) -> None:
        """Read one file and make room for the other. Raises DataError where a file can't be used, before a board is."""
        self._reference = None if reference is None else file.read(reference)
        self._name = "" if reference is None else reference.name
        self._target = target
        self._limit_percent = limit_percent
        if target is not None:
            file.prepare(target)

    def judge(self, document: Document, runs: Sequence[LevelRun]) -> Document:
        """Return the document with its figures held against the baseline, and the verdict that both come to."""
        if self._reference is None:
            return document
        before = document["verdict"]
        if before["code"] not in (verdict.AGREEMENT, verdict.DIFFERENCE):
            found = judgement.unjudged(self._name)
        else:
            found = judgement.judge(self._name, self._reference, record(document, runs), self._limit_percent)
        code = before["code"] or _CODES[found.outcome]
        told = {"file": found.file, "outcome": str(found.outcome), "text": found.text}
        return document | {
            "baseline": told | {"changes": [asdict(change) for change in found.changes]},
            "verdict": {"code": code, "text": f"{before['text']} {found.text}"},
        }

    def save(self, document: Document, runs: Sequence[LevelRun]) -> str | None:
        """Save a campaign in which the board agrees with its golden model; returns a sentence that tells, if asked to.

        Raises DataError where the file can't be written.
        """
        if self._target is None:
            return None
        if document["verdict"]["code"] != verdict.AGREEMENT:
            return "No baseline was saved: the board has to agree with the golden model first."
        file.write(record(document, runs), self._target)
        return f"The baseline is in {self._target}"


_CODES = {
    Outcome.HELD: verdict.AGREEMENT,
    Outcome.CHANGED: verdict.DIFFERENCE,
    Outcome.NOT_COMPARABLE: _NOT_COMPARABLE,
    Outcome.NOT_JUDGED: verdict.AGREEMENT,
}
