"""How long the host models of a level take for one clip, from its features to its logits."""

from __future__ import annotations

import platform
import statistics
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from host_models import golden, pytorch, tflite, zoo
from host_models.architecture import FEATURE_CHANNELS, FEATURE_ROWS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from host_models.model import Model

ROUNDS = 21
"""How often all models take their turn; a first round more does not count."""
REPEATS = 5
"""Inferences of a model in each turn; the median of all of them counts."""
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


@dataclass(frozen=True)
class _Timed:
    """An inference of one clip and the clock that times it."""

    infer: Callable[[NDArray[np.uint8]], object]
    clock_ns: Callable[[], int]


def measure(models: Sequence[Model], silent: Mapping[str, Mapping[str, str]]) -> tuple[HostTimes, ...]:
    """Time all models in turns, so that a load on the machine that comes and goes meets all alike.

    `silent` has, by level and by host model (`pytorch`, `tflite`), why there is none; those are not asked.
    """
    if all("pytorch" in silent[model.level] for model in models):
        return _measure(models, silent, "PyTorch was not asked")
    import torch  # noqa: PLC0415 - an extra

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return _measure(models, silent, None if torch.cuda.is_available() else "PyTorch sees no CUDA device")
    finally:
        torch.set_num_threads(threads)


def cpu() -> str:
    """Name the processor: its instruction set, and the microarchitecture as LLVM calls it, such as `x86_64 znver3`."""
    from llvmlite import binding  # type: ignore[import-untyped]  # noqa: PLC0415 - takes long to import

    return f"{platform.machine()} {binding.get_host_cpu_name()}"


def _measure(
    models: Sequence[Model], silent: Mapping[str, Mapping[str, str]], no_gpu: str | None
) -> tuple[HostTimes, ...]:
    """Time each host model of each level; `no_gpu` is why there is no GPU, None where there is."""
    prepared = [_prepare(model, silent[model.level], with_gpu=no_gpu is None) for model in models]
    medians = iter(_medians_ms([timed for each in prepared for timed in each.values()]))
    figures = [{name: next(medians) for name in each} for each in prepared]
    return tuple(
        HostTimes(
            level=model.level,
            golden_ms=each["golden_ms"],
            pytorch_ms=each.get("pytorch_ms"),
            tflite_ms=each.get("tflite_ms"),
            cuda_ms=each.get("cuda_ms"),
            reasons=_reasons(silent[model.level], each, no_gpu),
        )
        for model, each in zip(models, figures, strict=True)
    )


def _prepare(model: Model, silent: Mapping[str, str], *, with_gpu: bool) -> dict[str, _Timed]:
    """Make what is to be timed of a level, by the name of the figure."""
    made = {"golden_ms": _Timed(partial(golden.infer, model), time.process_time_ns)}
    if "pytorch" not in silent:
        made["pytorch_ms"] = _Timed(pytorch.prepare(model), time.process_time_ns)
        if with_gpu:
            made["cuda_ms"] = _Timed(pytorch.prepare(model, "cuda"), time.perf_counter_ns)
    if "tflite" not in silent and (path := zoo.tflite_path(model.level)) is not None:
        made["tflite_ms"] = _Timed(tflite.prepare(path, model), time.process_time_ns)
    return made


def _reasons(silent: Mapping[str, str], figures: Mapping[str, float], no_gpu: str | None) -> dict[str, str]:
    """Say why a figure is missing: the host model's own reason, and for the GPU PyTorch's or that there is none."""
    reasons = {f"{name}_ms": reason for name, reason in silent.items()}
    if "cuda_ms" not in figures:
        reasons["cuda_ms"] = silent.get("pytorch") or str(no_gpu)
    return reasons


def _medians_ms(models: Sequence[_Timed]) -> list[float]:
    """Run each model REPEATS times in each of ROUNDS rounds after one that does not count."""
    places = np.arange(FEATURE_ROWS * FEATURE_CHANNELS, dtype=np.uint32)
    features = (places * 97 % 256).astype(np.uint8).reshape(1, FEATURE_ROWS, FEATURE_CHANNELS)
    taken: list[list[int]] = [[] for _ in models]
    for number in range(1 + ROUNDS):
        for model, times in zip(models, taken, strict=True):
            for _ in range(REPEATS):
                begin = model.clock_ns()
                model.infer(features)
                if number:
                    times.append(model.clock_ns() - begin)
    return [statistics.median(times) / _NS_PER_MS for times in taken]
