"""How a model is laid out in a board's flash: the model blob, and the C++ header that carries it.

The layout stands in docs/levels.md. As a program it writes the header: `python -m host_models.export LEVEL > model.h`.
"""

from __future__ import annotations

import argparse
import struct
import sys
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

from host_models import zoo
from host_models.errors import HostModelError
from host_models.model import FloatModel, Logits, MinifloatModel, Model, QuantizedModel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

MAGIC = b"TKWM"
VERSION = 1
HEADER = struct.Struct("<4s7Bx2I8i2fI")
_FLOAT, _QUANTIZED = 0, 1
_FLOAT_BITS = 32
_ALIGNMENT = 4
_BYTES_PER_LINE = 24


def blob(model: Model) -> bytes:
    """Lay the model out as a board reads it, little endian. Raises HostModelError for minifloat weights."""
    if isinstance(model, MinifloatModel):
        raise HostModelError(f"level {model.level} runs on the host only: boards have no kernel for minifloat weights")
    labels = _aligned(b"".join(label.encode() + b"\0" for label in model.labels))
    arrays = _quantized_arrays(model) if isinstance(model, QuantizedModel) else _float_arrays(model)
    total = HEADER.size + len(labels) + len(arrays)
    return _header(model, total, len(labels)) + labels + arrays


def model_hash(model: Model) -> int:
    """CRC-32 (zlib's) of the blob, by which host and board know that they mean the same model."""
    return zlib.crc32(blob(model))


def header(model: Model) -> str:
    """Write `model.h`: the level's id, the blob as an array, and the class of network that runs it."""
    data = blob(model)
    network = "FloatNetwork" if isinstance(model, FloatModel) else "QuantizedNetwork"
    lines = [
        "  " + " ".join(f"{byte}," for byte in data[start : start + _BYTES_PER_LINE])
        for start in range(0, len(data), _BYTES_PER_LINE)
    ]
    return "\n".join(
        [
            f"/// The model of level {model.level}: {len(data)} bytes, hash 0x{zlib.crc32(data):08x}.",
            f"/// Made by `python -m host_models.export {model.level}`; the layout stands in docs/levels.md.",
            "#pragma once",
            "",
            "#include <TinyKws.h>",
            "",
            f'#define TINYHIL_LEVEL "{model.level}"',
            "",
            f"using Network = tinykws::{network};",
            "",
            f"alignas(8) const uint8_t kModel[{len(data)}] = {{",
            *lines,
            "};",
            "",
        ]
    )


def packed(codes: NDArray[np.uint8], bits: int) -> bytes:
    """Codes of any shape one after another, lowest bit first, filled up with zeros to a multiple of 4 bytes."""
    each = np.unpackbits(codes.reshape(-1, 1), axis=1, count=bits, bitorder="little")
    return _aligned(np.packbits(each.reshape(-1), bitorder="little").tobytes())


def _header(model: Model, total: int, labels_bytes: int) -> bytes:
    """Write the 64 bytes at the front of a blob."""
    counts = (model.filters, len(model.labels))
    if isinstance(model, FloatModel):
        kind = (_FLOAT, _FLOAT_BITS, _FLOAT_BITS, *counts, Logits.FLOAT)
        integers = (0,) * 8
        logit_scale = 1.0
    else:
        kind = (_QUANTIZED, model.weight_bits, model.activation_bits, *counts, model.logits)
        integers = (
            model.input_zero,
            model.activation_zero,
            model.activation_max,
            model.conv_weight_zero,
            model.dense_weight_zero,
            model.logit_multiplier,
            model.logit_shift,
            model.logit_zero,
        )
        logit_scale = model.logit_scale
    return HEADER.pack(MAGIC, VERSION, *kind, total, labels_bytes, *integers, logit_scale, model.input_scale, 0)


def _quantized_arrays(model: QuantizedModel) -> bytes:
    return b"".join(
        [
            model.input_table.tobytes(),
            *(
                _little(array, "<i4")
                for array in (model.conv_bias, model.conv_multiplier, model.conv_shift, model.dense_bias)
            ),
            packed(model.conv_weights, model.weight_bits),
            packed(model.dense_weights, model.weight_bits),
        ]
    )


def _float_arrays(model: FloatModel) -> bytes:
    arrays = (model.conv_weights, model.conv_bias, model.dense_weights, model.dense_bias)
    return b"".join(_little(array, "<f4") for array in arrays)


def _little(array: NDArray[Any], dtype: str) -> bytes:
    """Bytes of an array in little-endian order, whatever the host's."""
    return array.astype(dtype).tobytes()


def _aligned(data: bytes) -> bytes:
    """Fill up with zeros to a multiple of 4 bytes."""
    return data + bytes(-len(data) % _ALIGNMENT)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the header of a level of the zoo to standard output; 2 where there is no such level."""
    parser = argparse.ArgumentParser(prog="python -m host_models.export", description="Write a level's model.h.")
    parser.add_argument("level", help="id of a level of the zoo, such as fp32")
    try:
        sys.stdout.write(header(zoo.load(parser.parse_args(arguments).level)))
    except HostModelError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
