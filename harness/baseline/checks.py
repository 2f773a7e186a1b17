"""The checks of one level against its baseline, each of which returns the sentences that will be printed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from harness.baseline import significance
from harness.timing import CLIP_STAGES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.baseline.record import Baseline

ALPHA = 0.01
"""A difference of times counts where chance makes it in fewer cases than this."""
_BEYOND_DOUBT = 1e-6
"""P-values below are not told to the digit: the normal approximation knows nothing of them."""
_SPREAD = {"median": "", "max": "greatest ", "min": "least "}
"""Which of the three figures of a stage is told, the first that changed."""


@dataclass(frozen=True)
class Change:
    """A figure that is not the baseline's."""

    level: str
    figure: str
    """A stage, a kind of memory, or the name of a clip."""
    text: str
    fails: bool
    """Whether it counts; what a noisy clock can't tell from chance does not, nor does a faster attached board."""


def predictions(level: str, was: Baseline, now: Baseline) -> Iterator[Change]:
    """Hold the label of each clip exactly."""
    before, after = was["predictions"], now["predictions"]
    for clip in before | after:
        label, found = before.get(clip, "none"), after.get(clip, "none")
        if label != found:
            yield Change(level, clip, f"prediction of {level} for {clip}: {label} -> {found}", fails=True)


def cycles(level: str, was: Baseline, now: Baseline) -> Iterator[Change]:
    """Hold least, median and greatest cycles of each stage exactly: those of a simulated board."""
    for stage, before in was["cycles"].items():
        after = now["cycles"][stage]
        if before is None or after is None:
            yield from _appeared(level, stage, before, after, "timed")
            continue
        changed = next((name for name in _SPREAD if before[name] != after[name]), None)
        if changed is not None:
            text = f"{_SPREAD[changed]}{stage} of {level}: {_step(before[changed], after[changed], 'cycles')}"
            yield Change(level, stage, f"{text}, limit 0 %", fails=True)


def times(level: str, was: Baseline, now: Baseline, limit_percent: float) -> Iterator[Change]:
    """Hold the median of each stage of a clip within a limit, beyond which chance is asked too: for attached boards."""
    for stage in CLIP_STAGES:
        before, after = was["samples"].get(stage), now["samples"].get(stage)
        if before is None or after is None:
            yield from _appeared(level, stage, before, after, "timed")
            continue
        middle, found = median(before), median(after)
        if abs(found - middle) <= limit_percent / 100 * middle:
            continue
        chance = significance.p_value(before, after)
        text = f"{stage} of {level}: {_step(middle, found, 'cycles')}, limit {limit_percent:g} %, {_chance(chance)}"
        if chance >= ALPHA:
            yield Change(level, stage, f"{text}: may be chance", fails=False)
        else:
            yield Change(level, stage, text if found > middle else f"{text}: faster", fails=found > middle)


def sizes(level: str, was: Baseline, now: Baseline) -> Iterator[Change]:
    """Hold bytes of each kind of memory exactly."""
    for memory, before in was["bytes"].items():
        after = now["bytes"][memory]
        if before is None or after is None:
            yield from _appeared(level, memory, before, after, "told")
        elif before != after:
            text = f"{memory} of {level}: {_step(before, after, 'bytes')}, limit 0 %"
            yield Change(level, memory, text, fails=True)


def _appeared(level: str, figure: str, before: object, after: object, verb: str) -> Iterator[Change]:
    """Tell of a figure that only one of both has."""
    if before is not after:
        how = f"was not {verb} and is now" if before is None else f"was {verb} and is no more"
        yield Change(level, figure, f"{figure} of {level}: {how}", fails=True)


def _step(was: float, now: float, unit: str) -> str:
    """Write a change such as `187,204 -> 201,330 cycles (+7.5 %)`."""
    share = f" ({_percent(100 * (now - was) / was)})" if was else ""
    return f"{_number(was)} -> {_number(now)} {unit}{share}"


def _number(value: float) -> str:
    """Write thousands apart, and a half only where there is one, as a median may have."""
    return f"{int(value):,}" if value == int(value) else f"{value:,}"


def _chance(p_value: float) -> str:
    """Write a p-value, or only that it is beyond doubt."""
    return f"p = {p_value:.2g}" if p_value >= _BEYOND_DOUBT else f"p < {_BEYOND_DOUBT:g}"


def _percent(value: float) -> str:
    """Write a percentage that is not 0 with a decimal, or as many as two digits of it need."""
    decimals = max(1, 1 - math.floor(math.log10(abs(value))))
    return f"{value:+.{decimals}f} %"
