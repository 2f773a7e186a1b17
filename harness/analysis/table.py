"""The levels of a results document as rows of figures that can be compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from host_models.accuracy import Accuracy
from host_models.complexity import FLOPS_PER_MAC
from host_models.level import Fixed, Level, Method, Pruning, Quantization, Scheme, parse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from harness.report.document import Document

_INT8 = ("int8-tflite", "w8a8-sym-ptq", "w8a8-asym-ptq")
"""Levels that may stand for 8 bits, the first that is there."""


@dataclass(frozen=True, eq=False)
class Row:
    """The figures of one level; None where the document has none."""

    level: Level
    right: NDArray[np.bool_]
    """Whether the board's label for each clip is right, (clips,)."""
    accuracies: Mapping[str, float]
    """0..1 by voice: `board`, `golden`, and `pytorch` and `tflite` where they are there."""
    agree: int
    """Clips whose label on the board is the golden model's."""
    pytorch_agree: int | None
    tflite_agree: int | None
    board_ms: float | None
    """Median of the stage nn for one clip."""
    model_bytes: int | None
    flash_bytes: int | None
    parameters: int
    """Those that are not zero."""
    flops: int
    """Two for each multiply-accumulate whose weight is not zero, one clip."""
    host_ms: Mapping[str, float]
    """CPU time of one clip by host model: `golden`, `pytorch`, `tflite`; `cuda`: wall time on a GPU."""

    @property
    def id(self) -> str:
        """The level's id."""
        return str(self.level)

    @property
    def accuracy(self) -> float:
        """Share of the clips, 0..1, whose label the board found."""
        return float(self.right.mean())

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval of the accuracy."""
        return Accuracy(int(self.right.sum()), len(self.right)).interval()

    @property
    def pruning(self) -> Pruning | None:
        """What was removed, if anything."""
        return self.level.pruning

    def is_plain(self, scheme: Scheme, method: Method) -> bool:
        """Whether the level is an unpruned one of this scheme and method with as many bits everywhere."""
        arithmetic = self.level.arithmetic
        return (
            isinstance(arithmetic, Quantization)
            and self.pruning is None
            and arithmetic.minifloat is None
            and arithmetic.weight_bits == arithmetic.activation_bits
            and (arithmetic.scheme, arithmetic.method) == (scheme, method)
        )

    @property
    def bits(self) -> int | None:
        """Bits of a weight, None for float."""
        arithmetic = self.level.arithmetic
        if isinstance(arithmetic, Quantization):
            return arithmetic.weight_bits
        return 8 if arithmetic is Fixed.TFLITE_INT8 else None


@dataclass(frozen=True, eq=False)
class Table:
    """The levels of one campaign that were run to the end, and what they have in common."""

    rows: tuple[Row, ...]
    incomplete: tuple[str, ...]
    """Ids of levels that were cut off, which can't be compared."""
    clips: int
    source: str
    """Of the clips."""
    board: str
    """The board in a phrase."""
    host: str | None
    """The processor on which the host models were timed."""

    @staticmethod
    def of(document: Document) -> Table:
        """Read a document that holds to the schema of results."""
        data, times = document["data"], document["host_times"]
        labels = np.array([data["labels"].index(clip["label"]) for clip in data["clips"]])
        host = {each["level"]: each for each in times["levels"]} if times else {}
        whole = [level for level in document["levels"] if level["complete"]]
        return Table(
            rows=tuple(_row(level, labels, host.get(level["id"], {})) for level in whole),
            incomplete=tuple(level["id"] for level in document["levels"] if not level["complete"]),
            clips=len(labels),
            source=data["source"],
            board=_board(document["board"]),
            host=times["cpu"] if times else None,
        )

    def find(self, level: Level | str) -> Row | None:
        """Return the row of a level, None where there is none."""
        return next((row for row in self.rows if row.id == str(level)), None)

    @property
    def reference(self) -> Row | None:
        """The row that others are held against: fp32, or the best that stands for 8 bits."""
        return self.find(Fixed.FLOAT) or self.int8

    @property
    def int8(self) -> Row | None:
        """The row that stands for 8 bits, None where there is none."""
        return next((row for level in _INT8 if (row := self.find(level))), None)


def _row(level: Document, labels: NDArray[np.int64], host: Mapping[str, Any]) -> Row:
    accuracy, voices, network, nn = level["accuracy"], level["voices"], level["network"], level["stages"]["nn"]
    named = {"board": "device", "golden": "golden", "pytorch": "pytorch", "tflite": "tflite"}
    return Row(
        level=parse(level["id"]),
        right=np.array(level["predictions"]) == labels,
        accuracies={name: accuracy[field] for name, field in named.items() if accuracy[field] is not None},
        agree=level["agree"],
        pytorch_agree=voices["pytorch"]["agree"] if voices["pytorch"] else None,
        tflite_agree=voices["tflite"]["agree"] if voices["tflite"] else None,
        board_ms=nn["ms"]["median"] if nn else None,
        model_bytes=level["size"]["model"],
        flash_bytes=level["size"]["flash"],
        parameters=network["nonzero_parameters"],
        flops=FLOPS_PER_MAC * network["nonzero_macs"],
        host_ms={
            name: host[f"{name}_ms"] for name in ("golden", "pytorch", "tflite", "cuda") if host.get(f"{name}_ms")
        },
    )


def _board(board: Document) -> str:
    """Say which board in a few words."""
    parts = [f"{board['name']} ({board['kind']})"]
    if board["clock_hz"]:
        parts.append(f"{board['clock_hz'] / 1e6:g} MHz")
    if board["kind"] == "simulated":
        parts.append(f"memory waits {board['memory_waits']}")
    if board["model_memory"] == "ram":
        parts.append("models loaded into RAM")
    return ", ".join(parts)
