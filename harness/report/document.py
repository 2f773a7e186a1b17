"""A campaign as one JSON document, from which all reports are made."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from harness import comparison, firmware, timing
from harness.boards import mock
from host_models import export, golden
from host_models.dataset import SAMPLE_RATE_HZ

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from harness.boards.board import Board
    from harness.campaign import LevelRun
    from harness.comparison import Comparison
    from harness.timing import Spread
    from harness.verdict import Verdict
    from harness.wire.replies import Hello
    from host_models.dataset import Clip, Dataset
    from host_models.voice import Voice

SCHEMA_VERSION = 3
VOICES = ("pytorch", "tflite")
"""Host models that are shown beside the golden model."""
_KINDS = {firmware.SIMULATED_PACKAGE: "simulated", mock.PACKAGE: "mock"}
"""Of boards, by the vendor part of their FQBNs; all others are attached."""
_MEMORY_WAITS = {"simulated": "not modelled", "attached": "real", "mock": None}

Document: TypeAlias = dict[str, Any]
"""JSON values as results.schema.json describes them."""


@dataclass(frozen=True)
class Circumstances:
    """What was asked for, of what, and with what."""

    started: datetime
    seconds: float
    options: Mapping[str, Any]
    """As the schema's `options`."""
    versions: Mapping[str, str]
    labels: tuple[str, ...]
    data: Dataset
    """The clips that were chosen."""
    available: int
    """Clips that their source has."""


def document(
    circumstances: Circumstances,
    board: Board,
    runs: Sequence[LevelRun],
    voices: Mapping[str, Mapping[str, Voice]],
    verdict: Verdict,
) -> Document:
    """Put a campaign's results together.

    `voices` has, by level, the host models of VOICES on all clips. A level without an answered clip is left out.
    `baseline` is null: it is for harness.baseline.gate to hold the document against one.
    """
    clips, labels = circumstances.data.clips, circumstances.labels
    return {
        "schema_version": SCHEMA_VERSION,
        "started": circumstances.started.isoformat(timespec="seconds"),
        "seconds": round(circumstances.seconds, 3),
        "versions": dict(circumstances.versions),
        "options": dict(circumstances.options),
        "data": _data(circumstances),
        "board": _board(board, runs),
        "levels": [_level(run, clips, labels, voices[run.level]) for run in runs if run.answers],
        "baseline": None,
        "verdict": asdict(verdict),
    }


def _data(circumstances: Circumstances) -> Document:
    clips = circumstances.data.clips
    return {
        "source": circumstances.data.source.rpartition("/")[2],
        "available": circumstances.available,
        "sha256": circumstances.data.sha256,
        "labels": list(circumstances.labels),
        "clips": [{"name": clip.name, "label": circumstances.labels[clip.label]} for clip in clips],
        "padded": [
            {"clip": clip.name, "missing_samples": clip.missing_samples} for clip in clips if clip.missing_samples
        ],
    }


def padding_ms(padded: Document) -> str:
    """Write how much one of `data.padded` lacks of a second."""
    return f"{1000 * padded['missing_samples'] / SAMPLE_RATE_HZ:.4g} ms"


def _board(board: Board, runs: Sequence[LevelRun]) -> Document:
    hello = next((run.hello for run in runs if run.hello), None)
    build = next((run.build for run in runs if run.build), None)
    kind = _KINDS.get(board.fqbn.partition(":")[0], "attached")
    return {
        "name": hello.board if hello else board.name,
        "fqbn": board.fqbn,
        "kind": kind,
        "clock_hz": hello.clock_hz if hello and hello.counts_cycles else None,
        "cache": hello.cache.name.lower() if hello else None,
        "memory_waits": _MEMORY_WAITS[kind],
        "core": build.core if build else hello.core if hello else None,
        "build_id": _hexadecimal(firmware.base_id(board.fqbn)),
        "compiler": build.compiler if build else None,
        "flags": build.flags if build else None,
    }


def _level(run: LevelRun, clips: Sequence[Clip], names: Sequence[str], voices: Mapping[str, Voice]) -> Document:
    count = len(run.answers)
    if run.hello is None:
        raise ValueError(f"{run.level} has answers of a board that said nothing of itself")
    truth = np.array([clip.label for clip in clips[:count]], np.int64)
    predictions = np.array([answer.label for answer in run.answers], np.int64)
    device = golden.real_logits(run.expectation.model, np.array([answer.logits for answer in run.answers]))
    judged = comparison.compare(
        truth, device, predictions, [run.expectation.clip(index) for index in range(count)], run.differing
    )
    stages, size = _stages(run, run.hello), _size(run)
    accuracy = _accuracies(run, truth, predictions, voices)
    return {
        "id": run.level,
        "build_id": _hexadecimal(run.hello.build_id),
        "model_hash": _hexadecimal(export.model_hash(run.expectation.model)),
        "kernels": run.hello.kernels,
        "clips": count,
        "complete": run.complete,
        "resumed": run.resumed,
        "agree": judged.agree,
        "bit_exact": judged.bit_exact,
        "differ": len(judged.differing),
        "model_difference": run.model_difference,
        "accuracy": accuracy,
        "reasons": _reasons(run, run.hello, voices, stages, size),
        "voices": {name: _voice(voices[name], device, predictions) for name in VOICES},
        "metrics": {row: columns.as_dict() for row, columns in judged.table.items()},
        "confusion": judged.confusion.tolist(),
        "stages": stages,
        "size": size,
        "predictions": predictions.tolist(),
        "flipped": _flipped(judged, clips, names),
        "differing": [
            {"clip": clips[index].name, "stage": str(each.stage), "text": each.text}
            for index, each in judged.differing.items()
        ],
    }


def _accuracies(
    run: LevelRun, truth: np.ndarray, predictions: np.ndarray, voices: Mapping[str, Voice]
) -> dict[str, float | None]:
    count = len(truth)
    shown = {
        name: None if labels is None else comparison.accuracy(truth, labels[:count])
        for name, labels in ((name, voices[name].labels) for name in VOICES)
    }
    return shown | {
        "golden": comparison.accuracy(truth, run.expectation.activations.labels[:count]),
        "device": comparison.accuracy(truth, predictions),
    }


def _voice(voice: Voice, device: np.ndarray, predictions: np.ndarray) -> Document | None:
    """Hold the board's answers against one of the voices that are only shown."""
    if voice.logits is None or voice.labels is None:
        return None
    count = len(predictions)
    return {
        "agree": int((voice.labels[:count] == predictions).sum()),
        "max_logit_difference": float(np.abs(voice.logits[:count] - device).max()),
    }


def _stages(run: LevelRun, hello: Hello) -> Document:
    """Cycles and milliseconds of each stage; a stage that was not timed is null."""
    spreads = timing.spreads(run.answers) if hello.counts_cycles else {}
    return {
        stage: {"cycles": _spread(spreads[stage]), "ms": _spread(spreads[stage].in_milliseconds(hello.clock_hz))}
        if stage in spreads
        else None
        for stage in timing.STAGES
    }


def _spread(spread: Spread) -> Document:
    """Round milliseconds to a nanosecond, which is less than a cycle."""
    return {name: round(value, 6) for name, value in asdict(spread).items()}


def _size(run: LevelRun) -> dict[str, int | None]:
    return {
        "model": len(export.blob(run.expectation.model)),
        "flash": run.build.flash_bytes if run.build else None,
        "ram": run.build.ram_bytes if run.build else None,
        "stack": run.stack_bytes or None,
    }


def _reasons(
    run: LevelRun, hello: Hello, voices: Mapping[str, Voice], stages: Document, size: Mapping[str, int | None]
) -> dict[str, str]:
    """Say why each figure that is null is null."""
    reasons = {f"accuracy.{name}": voices[name].reason or "" for name in VOICES if voices[name].labels is None}
    if run.expectation.is_float:
        reasons["bit_exact"] = "float logits are held to 0.001"
    untimed = "the board did not time it" if hello.counts_cycles else "the board counts no cycles"
    reasons |= {f"stages.{stage}": untimed for stage, figures in stages.items() if figures is None}
    unbuilt = "the firmware was on the board already" if run.build is None else "nothing was compiled for this board"
    reasons |= {f"size.{name}": unbuilt for name in ("flash", "ram") if size[name] is None}
    if size["stack"] is None:
        reasons["size.stack"] = "the board did not tell" if run.complete else "the campaign ended before it was asked"
    return reasons


def _flipped(judged: Comparison, clips: Sequence[Clip], names: Sequence[str]) -> list[Document]:
    return [
        {
            "clip": clips[flip.index].name,
            "label": names[clips[flip.index].label],
            "device": names[flip.device],
            "golden": names[flip.golden],
            "stage": str(flip.difference.stage) if flip.difference else None,
        }
        for flip in judged.flipped
    ]


def _hexadecimal(number: int) -> str:
    """Write an unsigned 32-bit number as 0x and eight digits."""
    return f"0x{number:08x}"
