"""A campaign's document as people read it in a terminal, in 80 columns or more."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from rich import box
from rich.columns import Columns
from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from harness.metrics import COLUMNS
from harness.report.document import VOICES, padding_ms

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console, RenderableType

    from harness.report.document import Document

_DETAILED_LEVELS = 6
"""With more levels than this, only those that differ are shown in detail."""
_LISTED_CLIPS = 10
"""Clips that are named for each level; results.json names all."""
_LISTED_PADDED = 3
"""Clips that are named as padded; as above."""
_LISTED_CHANGES = 20
"""Changes from the baseline that are told; as above."""
_WORDS = ("stage", "")
"""Columns of text besides the first."""
_NOTHING = "-"
_VOICE_NAMES = {"pytorch": "PyTorch", "tflite": "TFLite"}
_STAGE_NAMES = {"preprocess_slice": "20 ms slice"}
_NAMES = _VOICE_NAMES | _STAGE_NAMES | {"ram": "RAM"}
"""How figures are called whose fields are called otherwise."""
_LEAST_FIXED, _MOST_FIXED = 0.01, 999.5
"""Metrics outside of these are written with an exponent."""
_STAGES = ("preprocess", "nn", "postprocess")
_GOOD, _BAD, _FAINT = "green", "bold red", "dim"


def show(document: Document, console: Console) -> None:
    """Print the report: what was run, a row for each level, details, differences, and the verdict last."""
    for part in _parts(document):
        console.print(part)
        console.print()
    console.print(_verdict(document["verdict"]))


def _parts(document: Document) -> Iterator[RenderableType]:
    """Make the parts of the report, from the most to the least asked for."""
    yield _heading(document)
    levels = document["levels"]
    if levels:
        yield _agreement(document)
        yield _times(document)
        yield _sizes(document)
    if notes := _notes(document):
        yield notes
    detailed = levels if len(levels) <= _DETAILED_LEVELS else [level for level in levels if _differs(level)]
    if any(figures for level in detailed for figures in level["stages"].values()):
        yield _cycles(detailed)
    if detailed:
        yield _metrics(detailed)
        yield _confusions(detailed, document["data"]["labels"])
    for level in levels:
        if _differs(level) or level["flipped"]:
            yield Group(*_differences(level))
    if document["baseline"] and document["baseline"]["changes"]:
        yield Group(*_changes(document["baseline"]))


def _heading(document: Document) -> RenderableType:
    """Say which board ran which clips."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold")
    grid.add_column(overflow="fold")
    for name, text in (
        ("Board", _board(document["board"])),
        ("Core", _core(document["board"])),
        ("Clips", _clips(document)),
        ("Note", _padded(document["data"]["padded"])),
        ("Resumed", _resumed(document["levels"])),
    ):
        if text:
            grid.add_row(name, text)
    return grid


def _board(board: Document) -> str:
    parts = [f"{board['name']} ({board['kind']})", board["fqbn"]]
    if board["clock_hz"]:
        parts += [f"{board['clock_hz'] / 1e6:g} MHz", f"cache {board['cache']}"]
        parts += [f"memory waits {board['memory_waits']}"] if board["kind"] == "simulated" else []
    if board["kind"] == "mock":
        parts += ["the golden model answers, no firmware ran"]
    return ", ".join(parts)


def _core(board: Document) -> str:
    return ", ".join(part for part in (board["core"], board["compiler"]) if part)


def _clips(document: Document) -> str:
    data = document["data"]
    counts = Counter(clip["label"] for clip in data["clips"])
    labels = ", ".join(f"{counts[label]} {label}" for label in data["labels"])
    number, available = len(data["clips"]), data["available"]
    chosen = f"all {number}" if number == available else f"{number} of {available}"
    seed = "" if number == available else f", seed {document['options']['seed']}"
    return f"{chosen} of {data['source']}: {labels}{seed}"


def _padded(padded: Sequence[Document]) -> str:
    """Say which clips are shorter than a second, and by how much."""
    if not padded:
        return ""
    which = ", ".join(f"{each['clip']} by {padding_ms(each)}" for each in padded[:_LISTED_PADDED])
    more = len(padded) - _LISTED_PADDED
    rest = f" and {more} more (results.json names all)" if more > 0 else ""
    number = "1 clip is" if len(padded) == 1 else f"{len(padded)} clips are"
    return f"{number} shorter than a second and padded with silence: {which}{rest}"


def _resumed(levels: Sequence[Document]) -> str:
    """Say how many answers come from earlier sessions of the campaign."""
    resumed, answers = sum(level["resumed"] for level in levels), sum(level["clips"] for level in levels)
    return f"{resumed} of {answers} answers are from an earlier session" if resumed else ""


def _table(*columns: str) -> Table:
    """Make a table of figures, whose first column is text."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for place, column in enumerate(columns):
        words = column in _WORDS or not place
        table.add_column(column, justify="left" if words else "right", no_wrap=place > 0, overflow="fold")
    return table


def _titled(title: str, table: Table) -> Group:
    """Put a title above a table that may be narrower."""
    return Group(Text(title, "bold"), table)


def _agreement(document: Document) -> Group:
    table = _table("level", "same label", "logits")
    for name in (*(_VOICE_NAMES[voice] for voice in VOICES), "golden", "board"):
        table.add_column(name, justify="right", no_wrap=True)
    for level in document["levels"]:
        accuracy = level["accuracy"]
        figures = [_percent(accuracy[name]) for name in (*VOICES, "golden", "device")]
        table.add_row(level["id"], _same(level["agree"], level["clips"]), _logits(level), *figures)
    return _titled("Board against golden model, and accuracy of each", table)


def _logits(level: Document) -> Text:
    if level["differ"] or level["model_difference"]:
        return Text(f"{level['differ']} differ" if level["differ"] else "other model", _BAD)
    return Text("within 0.001" if level["bit_exact"] is None else "bit-exact", _GOOD)


def _same(agree: int, clips: int) -> Text:
    return Text(f"{agree}/{clips}", _GOOD if agree == clips else _BAD)


def _times(document: Document) -> Group:
    """Show medians of the stages that make up a clip, and how a real board's scatter."""
    scatter = document["board"]["kind"] == "attached"
    table = _table("level")
    for stage in _STAGES:
        table.add_column(stage, justify="right", no_wrap=True)
        table.add_column("ms", justify="right", no_wrap=True, style=_FAINT)
    for level in document["levels"]:
        cells: list[str] = []
        for stage in _STAGES:
            figures = level["stages"][stage]
            if figures:
                ms = figures["ms"]
                spread = f" ({_ms(ms['q3'] - ms['q1'])})" if scatter else ""
                cells += [_number(figures["cycles"]["median"]), _ms(ms["median"]) + spread]
            else:
                cells += [_NOTHING] * 2
        table.add_row(level["id"], *cells)
    title = "Time on the board for one clip, median in cycles and ms"
    return _titled(f"{title} (IQR in ms)" if scatter else title, table)


def _sizes(document: Document) -> Group:
    table = _table("level", "model", "flash", "RAM", "deepest stack")
    for level in document["levels"]:
        size = level["size"]
        table.add_row(level["id"], *(_number(size[name]) for name in ("model", "flash", "ram", "stack")))
    return _titled("Memory in bytes", table)


def _notes(document: Document) -> Text | None:
    """Say how the board compares with the other host models, and why figures are missing, each reason once."""
    lines = [line for voice in VOICES if (line := _voice(document["levels"], voice))]
    lines += [
        f"{_NOTHING} {', '.join(figures)} of {', '.join(ids)}: {reason}"
        for (reason, ids), figures in _missing(document["levels"]).items()
    ]
    return Text("\n".join(lines), _FAINT) if lines else None


def _missing(levels: Sequence[Document]) -> dict[tuple[str, tuple[str, ...]], list[str]]:
    """Gather the figures that are missing by the reason and the levels that they are missing from."""
    levels_of: dict[tuple[str, str], list[str]] = {}
    for level in levels:
        for path, reason in level["reasons"].items():
            if path != "bit_exact":
                levels_of.setdefault((path.rpartition(".")[2], reason), []).append(level["id"])
    figures: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for (figure, reason), ids in levels_of.items():
        figures.setdefault((reason, tuple(ids)), []).append(_NAMES.get(figure, figure))
    return figures


def _voice(levels: Sequence[Document], name: str) -> str | None:
    """Hold the board against one of the host models that decide nothing."""
    parts = []
    for level in levels:
        if voice := level["voices"][name]:
            most = voice["max_logit_difference"]
            logits = f"logits within {_figure(most)}" if most else "logits equal"
            parts.append(f"{level['id']} same label {voice['agree']}/{level['clips']}, {logits}")
    return f"Board against {_VOICE_NAMES[name]}: {'; '.join(parts)}" if parts else None


def _cycles(levels: Sequence[Document]) -> Group:
    table = _table("level", "stage", "min", "median", "max", "IQR", "ms")
    for level in levels:
        name = level["id"]
        for stage, figures in level["stages"].items():
            if figures:
                cycles = [_number(figures["cycles"][each]) for each in ("min", "median", "max")]
                cycles.append(_number(round(figures["cycles"]["q3"] - figures["cycles"]["q1"])))
                table.add_row(name, _STAGE_NAMES.get(stage, stage), *cycles, _ms(figures["ms"]["median"]))
                name = ""
    return _titled("Cycles on the board, median also in ms; IQR: width of the middle half", table)


def _metrics(levels: Sequence[Document]) -> Group:
    table = _table("level", "", *COLUMNS)
    for level in levels:
        for row, name in (("device", level["id"]), ("host", ""), ("cross", "")):
            columns = level["metrics"][row]
            table.add_row(name, row, _percent(columns["acc"]), *(_figure(columns[column]) for column in COLUMNS[1:]))
    return _titled("Logits: device and host against the labels, device against host (cross)", table)


def _confusions(levels: Sequence[Document], labels: Sequence[str]) -> Group:
    tables = [_confusion(level, labels) for level in levels]
    return Group(Text("Predictions of the board (columns) by label (rows)", "bold"), Columns(tables, padding=(0, 4)))


def _confusion(level: Document, labels: Sequence[str]) -> Table:
    table = _table("", *labels)
    table.title, table.title_justify, table.title_style = level["id"], "left", ""
    for label, row in zip(labels, level["confusion"], strict=True):
        cells = [_cell(count, right=name == label) for name, count in zip(labels, row, strict=True)]
        table.add_row(label, *cells)
    return table


def _cell(count: int, *, right: bool) -> Text:
    """Write one count of a confusion matrix; wrong predictions stand out."""
    if not count:
        return Text(".", _FAINT)
    return Text(str(count), "" if right else "yellow")


def _differences(level: Document) -> Iterator[RenderableType]:
    """Name the clips that flip or differ, as many as fit."""
    flips = {flip["clip"]: flip for flip in level["flipped"]}
    texts = {each["clip"]: each["text"] for each in level["differing"]}
    clips = [*flips, *(clip for clip in texts if clip not in flips)]
    yield Text(f"{level['id']}: {len(flips)} flipped, {len(texts)} differ from the golden model", "bold")
    if level["model_difference"]:
        yield Text(f"  {level['model_difference']}")
    for clip in clips[:_LISTED_CLIPS]:
        yield Padding(Text(f"{clip}: {_how(flips.get(clip), texts.get(clip))}"), (0, 0, 0, 2), expand=False)
    if len(clips) > _LISTED_CLIPS:
        yield Text(f"  and {len(clips) - _LISTED_CLIPS} more; results.json (--out) names all", _FAINT)


def _changes(baseline: Document) -> Iterator[RenderableType]:
    """Tell the figures that are not the baseline's, as many as fit."""
    changes = baseline["changes"]
    yield Text(f"Against the baseline {baseline['file']}: {len(changes)} changed", "bold")
    for change in changes[:_LISTED_CHANGES]:
        yield Padding(Text(change["text"], "" if change["fails"] else _FAINT), (0, 0, 0, 2), expand=False)
    if len(changes) > _LISTED_CHANGES:
        yield Text(f"  and {len(changes) - _LISTED_CHANGES} more; results.json (--out) names all", _FAINT)


def _how(flip: Document | None, text: str | None) -> str:
    """Say how a clip differs."""
    parts = []
    if flip:
        parts.append(f"board says {flip['device']}, golden model {flip['golden']}, it is {flip['label']}")
    parts.append(text or "a near tie of floats, which is allowed")
    return "; ".join(parts)


def _verdict(verdict: Document) -> Text:
    word, style = {0: ("Agreement", _GOOD), 1: ("Difference", _BAD), 130: ("Interrupted", "bold yellow")}.get(
        verdict["code"], ("Error", _BAD)
    )
    return Text.assemble((f"{word} (exit code {verdict['code']}). ", f"bold {style}"), verdict["text"])


def _differs(level: Document) -> bool:
    return bool(level["differ"] or level["model_difference"])


def _percent(share: float | None) -> str:
    return _NOTHING if share is None else f"{100 * share:.1f}%"


def _figure(value: float | None) -> str:
    """Write a metric in at most 6 characters, such as 0.421, -12.3 or -1e-7."""
    if value is None:
        return _NOTHING
    if value in (0, 1):
        return f"{value:.0f}"
    if _LEAST_FIXED <= abs(value) < _MOST_FIXED:
        return f"{value:#.3g}".rstrip(".")
    mantissa, _, exponent = f"{value:.0e}".partition("e")
    return f"{mantissa}e{int(exponent)}"


def _number(value: Any) -> str:  # noqa: ANN401 - a JSON number or null
    return _NOTHING if value is None else f"{value:,}"


def _ms(value: float) -> str:
    return f"{value:.3f}" if value < 1 else f"{value:.2f}"
