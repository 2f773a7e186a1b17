"""How long the host models of a level take for one clip, from its features to its logits."""

from __future__ import annotations

import platform
import statistics
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from host_models import golden, pytorch, tflite, zoo
from host_models.architecture import FEATURE_CHANNELS, FEATURE_ROWS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from host_models.model import Model

WARM_UP = 10
"""Inferences before those that count."""
REPEATS = 101
"""Inferences of which the median counts."""
_NS_PER_MS = 1e6


@dataclass(frozen=True)
class HostTimes:
    """Median milliseconds of one clip, by host model; None where there is none, `reasons` tells why.

    `golden_ms`, `pytorch_ms` and `tflite_ms` are CPU time of this process, all its threads together, so that other
    work on the machine does not enter; PyTorch and TensorFlow Lite run on one thread. A GPU's `cuda_ms` is wall time
    from the features on the host to the logits on the host.
    """

    level: str
    golden_ms: float
    pytorch_ms: float | None
    tflite_ms: float | None
    cuda_ms: float | None
    reasons: Mapping[str, str]
    """By the name of the figure."""


def measure(models: Sequence[Model], silent: Mapping[str, Mapping[str, str]]) -> tuple[HostTimes, ...]:
    """Time each model, one after the other.

    `silent` has, by level and by host model (`pytorch`, `tflite`), why there is none; those are not asked.
    """
    if all("pytorch" in silent[model.level] for model in models):
        return tuple(_measure(model, silent[model.level], "PyTorch was not asked") for model in models)
    import torch  # noqa: PLC0415 - an extra

    no_gpu = None if torch.cuda.is_available() else "PyTorch sees no CUDA device"
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return tuple(_measure(model, silent[model.level], no_gpu) for model in models)
    finally:
        torch.set_num_threads(threads)


def cpu() -> str:
    """Name the processor as the system does, as far as it does."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or platform.machine())


def _measure(model: Model, silent: Mapping[str, str], no_gpu: str | None) -> HostTimes:
    """Time the host models of one level; `no_gpu` is why there is no GPU, None where there is."""
    places = np.arange(FEATURE_ROWS * FEATURE_CHANNELS, dtype=np.uint32)
    features = (places * 97 % 256).astype(np.uint8).reshape(1, FEATURE_ROWS, FEATURE_CHANNELS)
    reasons = {f"{name}_ms": reason for name, reason in silent.items()}
    pytorch_ms = tflite_ms = cuda_ms = None
    if "pytorch" not in silent:
        pytorch_ms = _median_ms(pytorch.prepare(model), features, time.process_time_ns)
        if no_gpu is None:
            cuda_ms = _median_ms(pytorch.prepare(model, "cuda"), features, time.perf_counter_ns)
    if cuda_ms is None:
        reasons["cuda_ms"] = silent.get("pytorch") or str(no_gpu)
    if "tflite" not in silent and (path := zoo.tflite_path(model.level)) is not None:
        tflite_ms = _median_ms(tflite.prepare(path, model), features, time.process_time_ns)
    golden_ms = _median_ms(lambda rows: golden.infer(model, rows), features, time.process_time_ns)
    return HostTimes(model.level, golden_ms, pytorch_ms, tflite_ms, cuda_ms, reasons)


def _median_ms(run: Callable[[np.ndarray], object], features: np.ndarray, clock: Callable[[], int]) -> float:
    """Run WARM_UP times, then REPEATS times by a clock that counts nanoseconds."""
    for _ in range(WARM_UP):
        run(features)
    taken = []
    for _ in range(REPEATS):
        begin = clock()
        run(features)
        taken.append(clock() - begin)
    return statistics.median(taken) / _NS_PER_MS
