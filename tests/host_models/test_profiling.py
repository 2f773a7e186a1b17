"""Host times: of those models that there are, and a reason for those that there are not."""

from __future__ import annotations

import re
import sys
import time
from typing import TYPE_CHECKING

import pytest

from host_models import profiling, zoo

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np


@pytest.fixture
def two_threads() -> Iterator[None]:
    """Let PyTorch use two threads outside of what is measured."""
    import torch  # noqa: PLC0415 - an extra

    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


@pytest.mark.extras
@pytest.mark.usefixtures("two_threads")
def test_every_host_model_of_a_level_is_timed() -> None:
    """On one thread, which PyTorch may leave again."""
    import torch  # noqa: PLC0415 - an extra

    (times,) = profiling.measure([zoo.load("int8-tflite")], {"int8-tflite": {}})
    for figure in (times.golden_ms, times.pytorch_ms, times.tflite_ms):
        assert figure is not None
        assert 0.01 < figure < 1000
    assert (times.cuda_ms is None) == ("cuda_ms" in times.reasons)
    assert torch.get_num_threads() == 2


def test_a_host_model_that_is_not_there_has_a_reason_and_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """PyTorch is not even imported; the GPU is reached through it."""
    monkeypatch.setitem(sys.modules, "torch", None)
    (times,) = profiling.measure(
        [zoo.load("w8a8-asym-ptq")], {"w8a8-asym-ptq": {"pytorch": "not installed", "tflite": "no such level"}}
    )
    assert (times.pytorch_ms, times.tflite_ms, times.cuda_ms) == (None, None, None)
    assert times.reasons == {"pytorch_ms": "not installed", "tflite_ms": "no such level", "cuda_ms": "not installed"}


def test_a_time_is_that_of_this_process_alone() -> None:
    """Who sleeps takes none."""
    asleep = profiling._Timed(lambda _rows: time.sleep(0.0005), time.process_time_ns)
    assert profiling._medians_ms([asleep])[0] < 0.4


def test_models_take_turns_and_slow_moments_do_not_count() -> None:
    """The median passes over the last ten of 21 rounds, slow for both; one more, the first, it could not."""
    last_rounds = (1 + profiling.ROUNDS - 10) * profiling.REPEATS
    turns: list[str] = []
    now = {"a": 0, "b": 0}

    def model(name: str, ms: int) -> profiling._Timed:
        def infer(rows: np.ndarray) -> None:
            assert rows.shape == (1, 49, 40)
            turns.append(name)
            slow = not profiling.REPEATS < turns.count(name) <= last_rounds
            now[name] += 10**12 if slow else ms * 1_000_000

        return profiling._Timed(infer, lambda: now[name])

    assert profiling._medians_ms([model("a", 3), model("b", 5)]) == [3, 5]
    assert turns[: 3 * profiling.REPEATS] == ["a"] * 5 + ["b"] * 5 + ["a"] * 5


def test_the_processor_has_a_name() -> None:
    """Instruction set and microarchitecture; host times mean nothing without them."""
    assert re.fullmatch(r"\w+ [\w.+-]+", profiling.cpu())
