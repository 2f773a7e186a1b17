"""The model blob and the header, read back by their description alone."""

from __future__ import annotations

import re
import struct
import subprocess
import sys
import zlib
from typing import TYPE_CHECKING

import numpy as np
import pytest

from host_models import export, zoo

if TYPE_CHECKING:
    from collections.abc import Callable

    from host_models.model import QuantizedModel


def _unpacked(data: bytes, count: int, bits: int) -> list[int]:
    """Read codes one by one from the lowest bit of the first byte on."""
    number = int.from_bytes(data, "little")
    return [number >> (bits * index) & (2**bits - 1) for index in range(count)]


def _padded(size: int) -> int:
    return (size + 3) // 4 * 4


@pytest.mark.parametrize("bits", [2, 3, 4, 5, 8])
def test_every_number_of_a_quantized_model_is_at_its_place(
    make_random_model: Callable[..., QuantizedModel], bits: int
) -> None:
    """The offsets are those of docs/levels.md, for widths that divide a byte and widths that don't."""
    model = make_random_model(7, bits)
    blob = export.blob(model)
    assert blob[:4] == b"TKWM"
    assert list(blob[4:12]) == [1, 1, bits, bits, 3, 4, 0, 0]
    total, labels_bytes, *numbers = struct.unpack_from("<2I8i2fI", blob, 12)
    assert total == len(blob)
    assert labels_bytes % 4 == 0
    assert numbers[:3] == [model.input_zero, model.activation_zero, model.activation_max]
    assert numbers[3:5] == [model.conv_weight_zero, model.dense_weight_zero]
    assert numbers[5:8] == [0, 0, 0]
    assert np.float32(numbers[8]) == np.float32(model.logit_scale)
    assert blob[64 : 64 + labels_bytes].rstrip(b"\0").split(b"\0") == [b"silence", b"unknown", b"yes", b"no"]

    at = 64 + labels_bytes
    assert blob[at : at + 256] == model.input_table.tobytes()
    at += 256
    for array in (model.conv_bias, model.conv_multiplier, model.conv_shift, model.dense_bias):
        assert np.frombuffer(blob, "<i4", len(array), at).tolist() == array.tolist()
        at += 4 * len(array)
    for array in (model.conv_weights, model.dense_weights):
        assert _unpacked(blob[at:], array.size, bits) == array.ravel().tolist()
        at += _padded((array.size * bits + 7) // 8)
    assert at == total


def test_every_number_of_a_float_model_is_at_its_place() -> None:
    """Float weights lie as they are, little endian."""
    model = zoo.load("fp32")
    blob = export.blob(model)
    assert list(blob[4:12]) == [1, 0, 32, 32, 8, 4, 2, 0]
    at = 64 + struct.unpack_from("<I", blob, 16)[0]
    for array in (model.conv_weights, model.conv_bias, model.dense_weights, model.dense_bias):
        assert np.array_equal(np.frombuffer(blob, "<f4", array.size, at), array.ravel())
        at += 4 * array.size
    assert at == len(blob) == struct.unpack_from("<I", blob, 12)[0]


def test_codes_are_packed_from_the_lowest_bit() -> None:
    """Three codes of 3 bits fill 9 bits, and zeros fill the word."""
    assert export.packed(np.array([0b101, 0b011, 0b110], np.uint8), 3) == bytes([0b10_011_101, 0b1, 0, 0])


@pytest.mark.parametrize("level", [level for level in zoo.levels() if not level.startswith("fp32")])
def test_a_level_occupies_its_bits_and_its_tables(level: str) -> None:
    """The weights' bits, filled up to words, are at most 3 % more; header, labels and tables come on top."""
    model = zoo.load(level)
    bits = (model.conv_weights.size + model.dense_weights.size) * model.weight_bits
    tables = 64 + 24 + 256 + 4 * (3 * model.filters + 4)
    assert bits / 8 + tables <= len(export.blob(model)) <= 1.03 * bits / 8 + tables


@pytest.mark.parametrize("level", [level for level in zoo.levels() if re.match(r"w[2-7]|w8.*-ch", level)])
def test_a_level_of_fewer_bits_or_filters_is_smaller_than_int8(level: str) -> None:
    """That is what it gains, before any kernel."""
    assert len(export.blob(zoo.load(level))) < len(export.blob(zoo.load("int8-tflite")))


def test_the_hash_is_the_crc_of_the_blob() -> None:
    """A board computes the same over its flash."""
    model = zoo.load("int8-tflite")
    assert export.model_hash(model) == zlib.crc32(export.blob(model))


@pytest.mark.parametrize("level", zoo.levels())
def test_the_header_holds_the_blob(level: str) -> None:
    """The bytes between the braces are the blob; level and network are named for the compiler."""
    model = zoo.load(level)
    text = export.header(model)
    inside = re.search(r"kModel\[(\d+)\] = \{(.*?)\};", text, re.DOTALL)
    assert inside is not None
    data = bytes(int(number) for number in inside[2].replace("\n", "").split(",") if number.strip())
    assert data == export.blob(model)
    assert int(inside[1]) == len(data)
    assert f'#define TINYHIL_LEVEL "{level}"' in text
    assert f"tinykws::{'FloatNetwork' if level.startswith('fp32') else 'QuantizedNetwork'};" in text


def test_the_program_writes_the_header() -> None:
    """It is how the sketch's own model.h is made; an unknown level ends it with one sentence."""
    command = [sys.executable, "-m", "host_models.export"]
    written = subprocess.run([*command, "int8-tflite"], check=True, capture_output=True, text=True, timeout=60)
    assert written.stdout == export.header(zoo.load("int8-tflite"))
    refused = subprocess.run([*command, "int9"], check=False, capture_output=True, text=True, timeout=60)
    assert refused.returncode == 2
    assert refused.stderr.startswith("'int9' is no level")
    assert refused.stderr.count("\n") == 1
