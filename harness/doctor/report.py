"""The doctor's findings as people and as programs read them."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich import box
from rich.table import Table
from rich.text import Text

from harness.doctor.finding import Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from harness.doctor.finding import Finding

_STYLES = {Status.OK: "green", Status.NOTE: "yellow", Status.FAIL: "bold red"}


def ready(findings: Sequence[Finding]) -> bool:
    """Whether a `tinyhil run` without options has all that it needs."""
    return all(finding.status is not Status.FAIL for finding in findings)


def advice(findings: Sequence[Finding]) -> str:
    """Say in one sentence what to do first."""
    first = next((finding for finding in findings if finding.status is Status.FAIL), None)
    if first is not None:
        others = sum(finding.status is Status.FAIL for finding in findings) - 1
        then = f" ({others} more after it)" if others else ""
        return f"First, {first.name}{then}: {first.remedy or first.found}."
    notes = sum(finding.status is Status.NOTE for finding in findings)
    noted = f"; {notes} {'note' if notes == 1 else 'notes'} above" if notes else ""
    return f"`tinyhil run` has all that it needs{noted}."


def document(findings: Sequence[Finding]) -> dict[str, Any]:
    """Put the findings as JSON has them: `ready`, `advice`, and `findings` with name, status, found and remedy."""
    return {
        "ready": ready(findings),
        "advice": advice(findings),
        "findings": [asdict(finding) for finding in findings],
    }


def show(findings: Sequence[Finding], console: Console) -> None:
    """Print a row for each finding, and what to do first."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("check", overflow="fold")
    table.add_column("", no_wrap=True)
    table.add_column("found, and what to do", overflow="fold", ratio=1)
    for finding in findings:
        words = Text(finding.found)
        if finding.remedy:
            words.append(f"\n→ {finding.remedy}", "bold")
        table.add_row(finding.name, Text(finding.status, _STYLES[finding.status]), words)
    console.print(table)
    console.print()
    console.print(Text(advice(findings), "green" if ready(findings) else "bold red"))
