"""How far the implementations of each level agree: board, golden model, PyTorch, TensorFlow Lite."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.analysis.table import Row, Table

NAMES = {"board": "board", "pytorch": "PyTorch", "tflite": "TensorFlow Lite"}


def others(row: Row) -> dict[str, int]:
    """Return by voice on how many clips the board has its label, for those that are there."""
    found = {"pytorch": row.pytorch_agree, "tflite": row.tflite_agree}
    return {name: agree for name, agree in found.items() if agree is not None}


def finding(table: Table) -> str | None:
    """Say how many labels of the board are those of each other voice; None where there is no level."""
    if not table.rows:
        return None
    answers = len(table.rows) * table.clips
    golden = sum(row.agree for row in table.rows)
    parts = [_share("the golden model's", golden, answers)]
    for name in ("pytorch", "tflite"):
        agree = [others(row)[name] for row in table.rows if name in others(row)]
        if agree:
            parts.append(_share(f"{NAMES[name]}'s", sum(agree), len(agree) * table.clips))
    return f"The board's label is {', '.join(parts)}"


def _share(whose: str, agree: int, answers: int) -> str:
    return f"{whose} on {'all ' if agree == answers else f'{agree:,} of '}{answers:,} answers"
