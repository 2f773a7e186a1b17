"""How a campaign's progress reaches a terminal, and a log file."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from harness.report import progress

if TYPE_CHECKING:
    from tests.harness.conftest import RunCampaign


@pytest.fixture
def told(run_campaign: RunCampaign, request: pytest.FixtureRequest) -> str:
    """Run a campaign whose progress goes to a console; return what it got."""
    terminal, levels = request.param
    console = Console(file=io.StringIO(), force_terminal=terminal, width=80)
    with progress.progress(console, 8, levels) as observer:
        run_campaign(observer=observer)
    return console.file.getvalue()


@pytest.mark.parametrize("told", [(False, 2)], indirect=True)
def test_a_log_file_gets_plain_lines(told: str) -> None:
    """A line for each step, nothing that moves the cursor."""
    assert told.splitlines() == [
        "fp32: building",
        "fp32: uploading",
        "fp32: greeting the board",
        "fp32: 8 of 8 clips, no difference",
        "int8-tflite: building",
        "int8-tflite: uploading",
        "int8-tflite: greeting the board",
        "int8-tflite: 8 of 8 clips, no difference",
    ]


@pytest.mark.parametrize("told", [(True, 2)], indirect=True)
def test_a_terminal_gets_a_bar_for_each_level(told: str) -> None:
    """With the number of clips, and what they came to."""
    last = told.rpartition("\x1b[2K")[2] if "\x1b[2K" in told else told
    assert "int8-tflite" in last
    assert "8/8" in last
    assert "no difference" in last


@pytest.mark.parametrize("told", [(True, 62)], indirect=True)
def test_a_terminal_of_many_levels_keeps_to_those_that_run(told: str) -> None:
    """One bar counts the levels; those of levels that are done are gone."""
    last = told.rpartition("\x1b[2K")[2] if "\x1b[2K" in told else told
    assert "all levels" in last
    assert "2/62" in last
    assert "int8-tflite" not in last
