"""What a baseline keeps of a campaign: the circumstances it holds for, and the figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from harness import timing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.campaign import LevelRun
    from harness.report.document import Document
    from harness.wire.replies import Result

BASELINE_VERSION = 1
CIRCUMSTANCES = (
    "name",
    "fqbn",
    "kind",
    "clock_hz",
    "cache",
    "memory_waits",
    "core",
    "compiler",
    "flags",
)
"""What of a board decides whether its figures can be compared; names as in the results."""

Baseline: TypeAlias = dict[str, Any]
"""JSON values as baseline.schema.json describes them."""


def record(document: Document, runs: Sequence[LevelRun]) -> Baseline:
    """Keep what is to be the same in later campaigns: of `document`, and of the answers in `runs` that it tells of.

    Cycles of single clips are kept for attached boards only, whose times scatter.
    """
    answers = {run.level: run.answers for run in runs}
    clips, labels = document["data"]["clips"], document["data"]["labels"]
    return {
        "baseline_version": BASELINE_VERSION,
        "board": {name: document["board"][name] for name in CIRCUMSTANCES},
        "data": {"sha256": document["data"]["sha256"], "clips": len(clips), "labels": labels},
        "levels": {
            level["id"]: {
                "cycles": {stage: figures and _held(figures["cycles"]) for stage, figures in level["stages"].items()},
                "samples": _samples(level, answers[level["id"]]) if is_noisy(document) else {},
                "bytes": level["size"],
                "predictions": {
                    clip["name"]: labels[index]
                    for clip, index in zip(clips[: level["clips"]], level["predictions"], strict=True)
                },
            }
            for level in document["levels"]
        },
    }


def is_noisy(document: Document | Baseline) -> bool:
    """Whether two runs of one build differ in their cycles: on attached boards."""
    return bool(document["board"]["kind"] == "attached")


def _held(cycles: Mapping[str, float]) -> dict[str, float]:
    """Pick the figures of a stage that are held exactly on a simulated board."""
    return {name: cycles[name] for name in ("min", "median", "max")}


def _samples(level: Document, answers: Sequence[Result]) -> dict[str, list[int]]:
    """Cycles of each clip in rising order, for the stages that a clip goes through once and that were timed."""
    figures = timing.cycles(answers)
    return {stage: sorted(figures[stage]) for stage in timing.CLIP_STAGES if level["stages"][stage]}
