"""`tinyhil run` killed by kill -9 at random moments: no answer is lost, and none is asked for twice.

A short form runs with the other tests. The long one:

    TINYHIL_KILLS=200 python -m pytest -s tests/acceptance/test_kills.py
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from harness.deadline import Deadline
from harness.journal import lines
from tests.harness.conftest import comparable

if TYPE_CHECKING:
    from pathlib import Path

KILLS = int(os.environ.get("TINYHIL_KILLS", "4"))
RUN_S = 120.0
HALF = 0.5
LEVELS = "int8-tflite,w8a8-asym-ptq"
BOARDS = {"mock": 40, "sim": 12}
"""Clips of each level by board; a campaign takes some seconds on either."""


def command(board: str, folder: Path) -> list[str]:
    """Give the command of a campaign that goes on with whatever is in its folder."""
    words = ["run", "--board", board, "--levels", LEVELS, "--clips", str(BOARDS[board])]
    return [sys.executable, "-c", "from harness.cli import main; main()", *words, "--out", str(folder), "--resume"]


def whole_lines(folder: Path) -> bytes:
    """Return what a kill must not take away: the journal up to its last line's end."""
    path = folder / "answers.jsonl"
    data = path.read_bytes() if path.exists() else b""
    return data[: data.rfind(b"\n") + 1]


@pytest.mark.timeout(60 + KILLS * 30)
@pytest.mark.parametrize("board", BOARDS)
@pytest.mark.usefixtures("own_places")
def test_nothing_is_lost_however_often_a_run_is_killed(
    board: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record_property: pytest.RecordProperty
) -> None:
    """Campaigns are killed and gone on with until KILLS kills hit; each ends with the results of a whole one."""
    monkeypatch.delenv("TINYHIL_DATA", raising=False)
    whole = tmp_path / "whole"
    assert subprocess.run(command(board, whole), capture_output=True, timeout=RUN_S, check=False).returncode == 0
    chance = random.Random(board)  # noqa: S311 - moments, not secrets
    kills = hits = campaigns = 0
    while kills < KILLS:
        folder = tmp_path / f"campaign-{campaigns}"
        campaigns += 1
        finished = False
        while not finished:
            before = whole_lines(folder)
            finished = run_for(command(board, folder), folder, None if kills >= KILLS else chance)
            after = whole_lines(folder)
            assert after.startswith(before), "a line that was whole is gone or changed"
            kills += not finished
            hits += not finished and len(after) > len(before)
        records = lines.read(folder / "answers.jsonl")[0]
        for level in LEVELS.split(","):  # boards side by side mix their lines
            answers = [each["clip"] for each in records if each.get("level") == level and "answer" in each]
            assert answers == list(range(BOARDS[board]))
        assert comparable(folder) == comparable(whole)
    record_property("kills", kills)
    record_property("kills_while_answers_came", hits)
    print(f"{board}: {kills} kills in {campaigns} campaigns, {hits} of them after new answers had come")  # noqa: T201
    assert hits, "no kill hit a campaign while answers came; the moments have to be chosen anew"


def run_for(words: list[str], folder: Path, chance: random.Random | None) -> bool:
    """Run a command and kill it at a moment of chance; whether it ended by itself before, which it has to do well.

    Half of the moments are counted from the start, half from the first new answer.
    """
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        seconds = RUN_S
        if chance is not None and chance.random() < HALF:
            seconds = chance.uniform(0.1, 8.0)
        elif chance is not None:
            await_answer(process, folder)
            seconds = chance.expovariate(2.0)
        with suppress(subprocess.TimeoutExpired):
            _, said = process.communicate(timeout=seconds)
            assert process.returncode == 0, said
            return True
        assert chance is not None, f"the campaign did not end within {RUN_S:.0f} s"
        process.kill()
        process.wait(RUN_S)
    return False


def await_answer(process: subprocess.Popen[str], folder: Path) -> None:
    """Wait until the journal grows, or the process ends."""
    before, deadline = len(whole_lines(folder)), Deadline(RUN_S)
    while len(whole_lines(folder)) == before and process.poll() is None and not deadline.passed:
        deadline.pause(0.01)
