"""Rows and tables of levels with planted figures, for tests of what compares levels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from harness.analysis.table import Row, Table
from host_models.level import parse

CLIPS = 800


def row(level: str, wrong: int | range, **figures: object) -> Row:
    """Make a level that is wrong on the first `wrong` of CLIPS clips, or on a range of them."""
    right = np.ones(CLIPS, np.bool_)
    right[np.asarray(range(wrong) if isinstance(wrong, int) else wrong, int)] = False
    made = Row(
        level=parse(level),
        right=right,
        accuracies={"board": float(right.mean())},
        agree=CLIPS,
        pytorch_agree=None,
        tflite_agree=None,
        board_ms=8.0,
        model_bytes=17_000,
        flash_bytes=35_000,
        parameters=16_652,
        flops=672_000,
        host_ms={"golden": 0.2},
    )
    return replace(made, **figures)  # type: ignore[arg-type]


def table(*rows: Row) -> Table:
    """Make the table of a campaign."""
    return Table(rows=rows, incomplete=(), clips=CLIPS, source="clips", board="a board", host="a processor")
