"""The device behind `mock://`: what the firmware does with a session's requests, done by the golden model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness import metrics
from harness.wire.board_session import LARGEST_REPLY_BYTES, Handler
from harness.wire.replies import NO_CLOCK, Cache, Hello, LogitKind, Result
from harness.wire.requests import Input, Tensor
from host_models import export, features, golden
from host_models.model import FloatModel

if TYPE_CHECKING:
    from host_models.model import Model

NAME = "mock"
WINDOW_BYTES = 1024
"""As the simulated board's, so that clips go in frames of the same size."""
PAYLOAD_BYTES = 504
"""Likewise: a frame buffer of 512 bytes."""

_FEATURES = (features.ROWS, features.CHANNELS)
_COUNTS = {Input.AUDIO: features.CLIP_SAMPLES, Input.FEATURES: features.ROWS * features.CHANNELS}


class MockDevice(Handler):
    """A board that runs one level in numpy; it has neither firmware nor a cycle counter."""

    def __init__(self, model: Model, build_id: int) -> None:
        """Run `model`, and tell `build_id` as the number of the build."""
        self._model = model
        self._build_id = build_id
        self._kind = Input.AUDIO
        self._received = bytearray()
        self._features = np.zeros(_FEATURES, np.uint8)
        self._activations: golden.Activations | None = None

    def identity(self) -> Hello:
        """Return what the device is: numpy in place of a core, the golden model in place of kernels."""
        return Hello(
            nonce=0,
            cache=Cache.UNKNOWN,
            logits=LogitKind.FLOAT32 if isinstance(self._model, FloatModel) else LogitKind(self._model.logits),
            clock_hz=NO_CLOCK,
            build_id=self._build_id,
            model_hash=export.model_hash(self._model),
            window_bytes=WINDOW_BYTES,
            payload_in_bytes=PAYLOAD_BYTES,
            payload_out_bytes=LARGEST_REPLY_BYTES,
            board=NAME,
            core=f"numpy {np.__version__}",
            level=self._model.level,
            kernels="golden model",
            labels=self._model.labels,
        )

    def begin(self, clip: int, kind: Input, count: int) -> bool:
        """Take one second of audio, or all features of it."""
        del clip
        self._kind = kind
        self._received.clear()
        return count == _COUNTS[kind]

    def take(self, kind: Input, data: bytes) -> None:
        """Keep what comes until the clip is inferred."""
        del kind
        self._received += data

    def infer(self) -> Result:
        """Ask the golden model. No slice is timed, and the cycles of the other stages are 0."""
        if self._kind is Input.AUDIO:
            self._features = features.extract(np.frombuffer(self._received, "<i2").astype(np.int16))
        else:
            self._features = np.frombuffer(bytes(self._received), np.uint8).reshape(_FEATURES)
        self._activations = golden.infer(self._model, self._features[np.newaxis])
        logits = self._activations.logits
        probabilities = metrics.softmax(golden.real_logits(self._model, logits))
        return Result(
            clip=0,
            label=int(self._activations.labels[0]),
            logits=tuple(logits[0].tolist()),
            probabilities=tuple(probabilities[0].tolist()),
            input_crc=0,
            features_crc=0,
            nn_cycles=0,
            postprocess_cycles=0,
            slice_cycles=(),
        )

    def tensor(self, tensor: Tensor) -> bytes | None:
        """Return an intermediate of the last inference, little endian, all of which are kept."""
        if self._activations is None:
            return None
        values = {
            Tensor.FEATURES: self._features,
            Tensor.INPUT: self._activations.input[0],
            Tensor.CONVOLUTION: self._activations.convolution[0],
            Tensor.LOGITS: self._activations.logits[0],
        }[tensor]
        return bytes(values.astype(values.dtype.newbyteorder("<")).data)
