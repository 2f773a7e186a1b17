"""What TensorFlow Lite's reference kernels say about the levels that exist there: float and int8."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Any

import numpy as np

from host_models import golden, zoo
from host_models.level import Fixed, parse
from host_models.model import FloatModel, Model
from host_models.voice import Voice, silent, spoken

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

INT8_LOWEST = -128
"""What an int8 code is stored unsigned from."""


def infer(level: str, features: NDArray[np.uint8]) -> Voice:
    """Run a level on features, uint8 (n, 49, 40); silent, with the reason, where TensorFlow Lite has no such level.

    The interpreter is that of ai-edge-litert with reference kernels, since the optimised ones differ by one step.
    """
    if not isinstance(parse(level).arithmetic, Fixed):
        return silent("TensorFlow Lite has no such level, only fp32 and int8-tflite")
    path = zoo.tflite_path(level)
    if path is None:
        return silent("the zoo has no TensorFlow Lite file of it")
    if importlib.util.find_spec("ai_edge_litert") is None:
        return silent("the interpreter is not installed; install ai-edge-litert")
    model = zoo.load(level)
    return spoken(golden.real_logits(model, prepare(path, model)(features)))


def prepare(path: Path, model: Model) -> Callable[[NDArray[np.uint8]], NDArray[Any]]:
    """Make the function from features, uint8 (n, 49, 40), to logits (n, labels) as the file's own type.

    That is float32, or int8 codes. `model` tells how features become the file's inputs: a scale for float, a table
    for int8. It runs on one thread.
    """
    from ai_edge_litert.interpreter import Interpreter, OpResolverType  # noqa: PLC0415 - takes long to import

    interpreter = Interpreter(
        model_path=str(path), num_threads=1, experimental_op_resolver_type=OpResolverType.BUILTIN_REF
    )
    interpreter.allocate_tensors()
    where, out = interpreter.get_input_details()[0]["index"], interpreter.get_output_details()[0]["index"]

    def infer(features: NDArray[np.uint8]) -> NDArray[Any]:
        results = []
        for clip in _inputs(model, features):
            interpreter.set_tensor(where, clip[np.newaxis, :, :, np.newaxis])
            interpreter.invoke()
            results.append(interpreter.get_tensor(out)[0])
        return np.stack(results)

    return infer


def _inputs(model: Model, features: NDArray[np.uint8]) -> NDArray[Any]:
    """Features as the file's input type, float32 or int8."""
    if isinstance(model, FloatModel):
        return features.astype(np.float32) * model.input_scale
    return (model.input_table[features].astype(np.int16) + INT8_LOWEST).astype(np.int8)
