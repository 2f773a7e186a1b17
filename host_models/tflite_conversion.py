"""How the float weights become TensorFlow Lite files, and how the int8 file becomes an integer model again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from host_models.architecture import (
    FEATURE_CHANNELS,
    FEATURE_MAX,
    FEATURE_ROWS,
    KERNEL_COLUMNS,
    KERNEL_ROWS,
    PADDING_COLUMNS,
    PADDING_ROWS,
    STRIDE,
)
from host_models.errors import HostModelError
from host_models.model import Logits, QuantizedModel
from host_models.requantization import quantize_multiplier, rounds_as_real
from host_models.tflite import INT8_LOWEST

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from host_models.model import FloatModel

INT8_LEVEL = "int8-tflite"
_INT8_BITS = 8
_OPERATORS = ("PAD", "CONV_2D", "RESHAPE", "FULLY_CONNECTED")
"""What a file consists of, in this order."""


def convert(model: FloatModel, calibration: NDArray[np.uint8] | None = None) -> bytes:
    """Convert to a .tflite file: float, or int8 where calibration features, uint8 (n, 49, 40), are given.

    The options are pinned, not left to a version's defaults: full int8 with int8 input and output, weights symmetric,
    per filter in the convolution and per tensor in the dense layer. Needs tensorflow.
    """
    import tensorflow as tf  # noqa: PLC0415 - an extra

    converter = tf.lite.TFLiteConverter.from_concrete_functions([_function(tf, model)])
    if calibration is not None:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = lambda: _representative(model, calibration)
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = tf.int8
        converter.inference_output_type = tf.int8
        converter._experimental_disable_per_channel = False  # noqa: SLF001 - the converter's only switch for it
        converter._experimental_disable_per_channel_quantization_for_dense_layers = True  # noqa: SLF001 - likewise
    return cast("bytes", converter.convert())


def _function(tf: Any, model: FloatModel) -> Any:  # noqa: ANN401 - tensorflow has no types
    """Return the network as a concrete function of float32 (1, 49, 40, 1)."""
    kernel = np.ascontiguousarray(model.conv_weights.transpose(1, 2, 0)[:, :, np.newaxis])
    padding = [[0, 0], [PADDING_ROWS, PADDING_ROWS], [PADDING_COLUMNS, PADDING_COLUMNS], [0, 0]]

    @tf.function(input_signature=[tf.TensorSpec([1, FEATURE_ROWS, FEATURE_CHANNELS, 1], tf.float32)])  # type: ignore[untyped-decorator]
    def tiny_conv(inputs: Any) -> Any:  # noqa: ANN401 - tensorflow has no types
        padded = tf.pad(inputs, padding)
        activations = tf.nn.relu(tf.nn.conv2d(padded, kernel, STRIDE, "VALID") + model.conv_bias)
        flat = tf.reshape(activations, [1, model.dense_weights.shape[1]])
        return tf.matmul(flat, model.dense_weights.T) + model.dense_bias

    return tiny_conv.get_concrete_function()


def _representative(model: FloatModel, calibration: NDArray[np.uint8]) -> Iterator[list[NDArray[np.float32]]]:
    """Yield inputs that show the converter the ranges; the last one makes the range of the input 0 to 1."""
    for features in calibration:
        yield [(features * model.input_scale).astype(np.float32)[np.newaxis, :, :, np.newaxis]]
    whole = np.zeros((1, FEATURE_ROWS, FEATURE_CHANNELS, 1), np.float32)
    whole[0, 0, 0, 0] = FEATURE_MAX * model.input_scale
    yield [whole]


@dataclass(frozen=True, eq=False)
class _Tensor:
    """A tensor of a .tflite file; `data` is empty where it is computed."""

    data: NDArray[Any]
    scale: NDArray[np.float32]
    zero: NDArray[np.int64]


@dataclass(frozen=True)
class _Operator:
    name: str
    inputs: list[_Tensor]
    output: _Tensor


def imported(file: bytes, labels: tuple[str, ...]) -> QuantizedModel:
    """Read a file that `convert` wrote with calibration, into the integers that its reference kernels use.

    Raises HostModelError where the file is not built as this network's int8 form is.
    """
    operators = _operators(file)
    if tuple(operator.name for operator in operators) != _OPERATORS:
        names = ", ".join(operator.name for operator in operators)
        raise HostModelError(
            f"the converted int8 file is {names}, not {', '.join(_OPERATORS)}; pin the tensorflow version"
        )
    conv, dense = operators[1], operators[3]
    if not all(len(tensor.scale) for operator in (conv, dense) for tensor in (*operator.inputs, operator.output)):
        raise HostModelError("the converted file is not int8: a tensor of its layers has no scale; calibrate it")
    inputs, weights, conv_bias = conv.inputs
    between, dense_weights, dense_bias = dense.inputs
    if weights.zero.any() or dense_weights.zero.any() or len(dense_weights.scale) != 1:
        raise HostModelError("the converted int8 file's weights are not symmetric with one scale in the dense layer")
    filters = len(conv_bias.data)
    input_scale, between_scale = (np.float64(tensor.scale[0]) for tensor in (inputs, between))
    conv_factors = [
        quantize_multiplier(float(input_scale * np.float64(scale) / between_scale)) for scale in weights.scale
    ]
    logit_multiplier, logit_shift, logit_zero = _logit_factor(dense)
    every_feature = np.arange(FEATURE_MAX + 1) / FEATURE_MAX
    table = np.clip(np.rint(every_feature / input_scale) + inputs.zero[0], INT8_LOWEST, -INT8_LOWEST - 1)
    return QuantizedModel(
        level=INT8_LEVEL,
        labels=labels,
        weight_bits=_INT8_BITS,
        activation_bits=_INT8_BITS,
        input_table=_unsigned(table),
        input_zero=int(inputs.zero[0]) - INT8_LOWEST,
        input_scale=float(input_scale),
        conv_weights=_unsigned(weights.data.reshape(filters, KERNEL_ROWS, KERNEL_COLUMNS)),
        conv_weight_zero=-INT8_LOWEST,
        conv_weight_scale=weights.scale.astype(np.float64),
        conv_bias=conv_bias.data.astype(np.int32),
        conv_multiplier=np.array([multiplier for multiplier, _ in conv_factors], np.int32),
        conv_shift=np.array([shift for _, shift in conv_factors], np.int32),
        activation_zero=int(between.zero[0]) - INT8_LOWEST,
        activation_max=2**_INT8_BITS - 1,
        activation_scale=float(between_scale),
        dense_weights=_unsigned(dense_weights.data),
        dense_weight_zero=-INT8_LOWEST,
        dense_weight_scale=float(dense_weights.scale[0]),
        dense_bias=dense_bias.data.astype(np.int32),
        logits=Logits.INT8,
        logit_multiplier=logit_multiplier,
        logit_shift=logit_shift,
        logit_zero=logit_zero,
        logit_scale=float(dense.output.scale[0]),
    )


def _logit_factor(dense: _Operator) -> tuple[int, int, int]:
    """Return multiplier, shift and zero point of the logits, checked to round every accumulator as LiteRT does.

    LiteRT's reference kernel multiplies the accumulator by a float64 and rounds that.
    """
    between, weights, _ = dense.inputs
    real = float(np.float64(between.scale[0]) * np.float64(weights.scale[0]) / np.float64(dense.output.scale[0]))
    zero = int(dense.output.zero[0])
    multiplier, shift = quantize_multiplier(real)
    for candidate in (multiplier, multiplier - 1, multiplier + 1):
        if rounds_as_real(candidate, shift, real, INT8_LOWEST - zero, -INT8_LOWEST - 1 - zero):
            return candidate, shift, zero
    raise HostModelError("no Q31 multiplier rounds the int8 logits as LiteRT does; calibrate with other clips")


def _unsigned(codes: NDArray[Any]) -> NDArray[np.uint8]:
    """Signed int8 codes as they are stored, from 0."""
    return (codes.astype(np.int16) - INT8_LOWEST).astype(np.uint8)


def _operators(file: bytes) -> list[_Operator]:
    """Return the operators of a .tflite file in the order in which they run."""
    from ai_edge_litert import schema_py_generated as schema  # noqa: PLC0415 - takes long to import

    model = schema.ModelT.InitFromPackedBuf(file, 0)
    graph = model.subgraphs[0]
    names = {value: name for name, value in vars(schema.BuiltinOperator).items() if isinstance(value, int)}
    types = {
        schema.TensorType.INT8: np.int8,
        schema.TensorType.INT32: np.int32,
        schema.TensorType.FLOAT32: np.float32,
    }

    def tensor(index: int) -> _Tensor:
        found = graph.tensors[index]
        data, quantization = model.buffers[found.buffer].data, found.quantization
        values = np.zeros(0, np.int8)
        if data is not None and len(data):
            values = np.frombuffer(np.asarray(data, np.uint8).tobytes(), types[found.type]).reshape(found.shape)
        has_scale = quantization is not None and quantization.scale is not None
        return _Tensor(
            values,
            np.asarray(quantization.scale if has_scale else [], np.float32),
            np.asarray(quantization.zeroPoint if has_scale else [], np.int64),
        )

    return [
        _Operator(
            names[max(code.builtinCode, code.deprecatedBuiltinCode)],
            [tensor(index) for index in operator.inputs],
            tensor(operator.outputs[0]),
        )
        for operator in graph.operators
        for code in [model.operatorCodes[operator.opcodeIndex]]
    ]
