"""Models and WAV files that tests of the host models share."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np
import pytest

from host_models import dataset, features
from host_models.model import Logits, QuantizedModel

if TYPE_CHECKING:
    from collections.abc import Callable


def wav(samples: np.ndarray, rate_hz: int = 16_000, channels: int = 1, bits: int = 16) -> bytes:
    """Write a PCM WAV file by hand, so that its header can lie."""
    data = samples.tobytes()
    block = channels * bits // 8
    fmt = struct.pack("<HHIIHH", 1, channels, rate_hz, rate_hz * block, block, bits)
    chunks = b"fmt " + struct.pack("<I", len(fmt)) + fmt + b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


@pytest.fixture(scope="session")
def make_wav() -> Callable[..., bytes]:
    """Give the function that makes a WAV file of samples, rate_hz, channels and bits."""
    return wav


@pytest.fixture(scope="session")
def shipped_features() -> np.ndarray:
    """Features of the shipped clips, uint8 (40, 49, 40)."""
    return features.extract(dataset.shipped().samples())


def random_model(seed: int, bits: int = 8, filters: int = 3) -> QuantizedModel:
    """Make an asymmetric model of random numbers, with a table, zero points and factors that all matter."""
    rng = np.random.default_rng(seed)
    highest = 2**bits - 1
    zero = int(rng.integers(0, highest // 2))
    return QuantizedModel(
        level=f"w{bits}a{bits}-asym-ptq",
        labels=dataset.LABELS,
        weight_bits=bits,
        activation_bits=bits,
        input_table=rng.integers(0, highest + 1, 256).astype(np.uint8),
        input_zero=int(rng.integers(0, highest + 1)),
        input_scale=0.004,
        conv_weights=rng.integers(0, highest + 1, (filters, 10, 8)).astype(np.uint8),
        conv_weight_zero=int(rng.integers(highest // 2, highest // 2 + 2)),
        conv_weight_scale=np.full(filters, 0.003),
        conv_bias=rng.integers(-(4**bits) // 13, 4**bits // 13 + 1, filters).astype(np.int32),
        conv_multiplier=rng.integers(2**30, 2**31, filters).astype(np.int32),
        conv_shift=rng.integers(bits, bits + 3, filters).astype(np.int32),
        activation_zero=zero,
        activation_max=highest,
        activation_scale=0.01,
        dense_weights=rng.integers(0, highest + 1, (4, 500 * filters)).astype(np.uint8),
        dense_weight_zero=int(rng.integers(0, highest + 1)),
        dense_weight_scale=0.005,
        dense_bias=rng.integers(-50_000, 50_000, 4).astype(np.int32),
        logits=Logits.ACCUMULATORS,
        logit_multiplier=0,
        logit_shift=0,
        logit_zero=0,
        logit_scale=0.00005,
    )


@pytest.fixture(scope="session")
def make_random_model() -> Callable[..., QuantizedModel]:
    """Give the function that makes a random model of a seed, bits and filters."""
    return random_model
