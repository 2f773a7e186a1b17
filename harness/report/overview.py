"""All levels of a large campaign in one table, the best first, and what can be said of them together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.table import Table
from rich.text import Text

from harness.analysis import bit_width, gains, pruning, trade_off
from harness.analysis.costs import BOARD_TIME, FLASH
from harness.analysis.table import Table as LevelTable
from harness.report import cells

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from harness.analysis.costs import Cost
    from harness.analysis.table import Row
    from harness.report.document import Document


def overview(document: Document) -> Group:
    """Make the table and the findings of a document; levels that were cut off stand last, without a comparison."""
    table = LevelTable.of(document)
    front = {row.id for row in trade_off.front(table, BOARD_TIME)}
    shown = cells.table("level", "same", "acc", "ms", "", "flash", " ", "model", "  ")
    for column in (4, 6):
        shown.columns[column].justify = "right"
        shown.columns[column].style = cells.FAINT
    for level in sorted(document["levels"], key=lambda level: (not level["complete"], -level["accuracy"]["device"])):
        nn, row = level["stages"]["nn"], table.find(level["id"])
        shown.add_row(
            level["id"],
            _same(level),
            cells.percent(level["accuracy"]["device"]),
            cells.ms(nn["ms"]["median"]) if nn else cells.NOTHING,
            _more(row, table.int8, BOARD_TIME),
            cells.number(level["size"]["flash"]),
            _more(row, table.int8, FLASH),
            cells.number(level["size"]["model"]),
            "*" if level["id"] in front else "",
        )
    return Group(cells.titled(_title(table), shown), *_listed(findings(table)))


def _listed(sentences: tuple[str, ...]) -> Iterator[RenderableType]:
    """Write sentences as a list, if there are any."""
    if sentences:
        grid = Table.grid(padding=(0, 1))
        for sentence in sentences:
            grid.add_row("-", f"{sentence}.")
        yield Text()
        yield cells.titled("What that comes to", grid)


def findings(table: LevelTable) -> tuple[str, ...]:
    """Return the sentences that compare levels, each once, as far as there are levels to compare."""
    found = (
        bit_width.finding(table),
        pruning.fine_tuning(table),
        pruning.finding(table, BOARD_TIME),
        trade_off.finding(table, BOARD_TIME),
        trade_off.finding(table, FLASH),
        *gains.findings(table),
    )
    return tuple(dict.fromkeys(sentence for sentence in found if sentence))


def _title(table: LevelTable) -> str:
    against = f"; % against {table.int8.id}" if table.int8 else ""
    return f"Levels by accuracy; ms of nn; bytes{against}; * none beats it in accuracy and ms"


def _same(level: Document) -> Text:
    """Tell how many labels are the golden model's, or how many answers differ from it."""
    if level["differ"] or level["model_difference"]:
        return Text(f"{level['differ']} differ" if level["differ"] else "other model", cells.BAD)
    return cells.same(level["agree"], level["clips"])


def _more(row: Row | None, reference: Row | None, cost: Cost) -> str:
    """Write by how much a level has more of a cost than int8, with its sign."""
    if row is None or reference is None or row is reference:
        return ""
    share = gains.gain(row, reference, cost)
    if share is None:
        return ""
    per_cent = round(-100 * share)
    return f"{per_cent:+d}%" if per_cent else "0%"
