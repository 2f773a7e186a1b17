"""How the campaign of a single level, as tests run it, is held against a baseline."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from harness import verdict
from harness.baseline import file, judgement
from harness.baseline.judgement import Outcome
from harness.baseline.record import record
from harness.report.document import VOICES, Circumstances, document
from host_models.voice import silent

if TYPE_CHECKING:
    from pathlib import Path

    from harness.boards.board import Board
    from harness.campaign import LevelRun
    from host_models.dataset import Dataset


class LevelGate:
    """A baseline that levels are held against one by one, each by the figures that the file has of it."""

    def __init__(self, reference: Path, limit_percent: float) -> None:
        """Read the file; `limit_percent` is for times of attached boards. Raises DataError where it can't be used."""
        self._reference = file.read(reference)
        self._name = reference.name
        self._limit_percent = limit_percent

    def change(self, board: Board, run: LevelRun, data: Dataset) -> str | None:
        """Say what changed in a complete run over `data`, or why it can't be compared; None where all is as before."""
        circumstances = Circumstances(
            datetime.now(UTC), 0.0, {"input": "audio"}, {}, run.expectation.model.labels, data, available=len(data)
        )
        voices = {run.level: dict.fromkeys(VOICES, silent("the baseline keeps nothing of it"))}
        measured = document(circumstances, board, [run], voices, verdict.judge([run], data.clips))
        was = self._reference | {
            "levels": {level: each for level, each in self._reference["levels"].items() if level == run.level}
        }
        found = judgement.judge(self._name, was, record(measured, [run]), self._limit_percent)
        return None if found.outcome is Outcome.HELD else found.text
