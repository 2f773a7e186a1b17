"""The device behind `mock://`: what the firmware does with a session's requests, done by the golden model."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import numpy as np

from harness import metrics
from harness.wire.board_session import LARGEST_REPLY_BYTES, Handler, Refused
from harness.wire.replies import NO_CLOCK, Cache, ErrorCode, Hello, LogitKind, Result
from harness.wire.requests import Input, Tensor
from host_models import export, features, golden, zoo
from host_models.errors import HostModelError
from host_models.model import FloatModel

if TYPE_CHECKING:
    from host_models.model import Model

NAME = "mock"
WINDOW_BYTES = 1024
"""As the simulated board's, so that clips go in frames of the same size."""
PAYLOAD_BYTES = 504
"""Likewise: a frame buffer of 512 bytes."""
MODEL_ROOM_BYTES = 66 * 1024
"""Likewise: the room in models/loaded.h."""

_FEATURES = (features.ROWS, features.CHANNELS)
_COUNTS = {Input.AUDIO: features.CLIP_SAMPLES, Input.FEATURES: features.ROWS * features.CHANNELS}


class MockDevice(Handler):
    """A board that runs a level in numpy; it has neither firmware nor a cycle counter."""

    def __init__(self, model: Model | None, build_id: int) -> None:
        """Run `model`, or what is loaded where it is None, and tell `build_id` as the number of the build."""
        self._model = model
        self._build_id = build_id
        self._room_bytes = MODEL_ROOM_BYTES if model is None else 0
        self._coming = (0, 0)  # bytes of the level's id and hash of the model that are being loaded
        self._loaded = bytearray()
        self._kind = Input.AUDIO
        self._received = bytearray()
        self._features = np.zeros(_FEATURES, np.uint8)
        self._activations: golden.Activations | None = None

    def identity(self) -> Hello:
        """Return what the device is: numpy in place of a core, the golden model in place of kernels."""
        model = self._model
        return Hello(
            nonce=0,
            cache=Cache.UNKNOWN,
            logits=_logit_kind(model) if model else LogitKind.INT32,
            clock_hz=NO_CLOCK,
            build_id=self._build_id,
            model_hash=export.model_hash(model) if model else 0,
            window_bytes=WINDOW_BYTES,
            payload_in_bytes=PAYLOAD_BYTES,
            payload_out_bytes=LARGEST_REPLY_BYTES,
            model_room_bytes=self._room_bytes,
            board=NAME,
            core=f"numpy {np.__version__}",
            level=model.level if model else "",
            kernels="golden model" if model else "none",
            labels=model.labels if model else (),
        )

    def begin(self, clip: int, kind: Input, count: int) -> bool:
        """Take one second of audio, or all features of it."""
        del clip
        self._kind = kind
        self._received.clear()
        return self._model is not None and count == _COUNTS[kind]

    def take(self, kind: Input, data: bytes) -> None:
        """Keep what comes until the clip is inferred."""
        del kind
        self._received += data

    def load(self, count: int, model_hash: int, level_bytes: int) -> None:
        """Make room for a model, unless this device was made with one."""
        if not level_bytes:
            raise Refused(ErrorCode.MALFORMED)
        if not self._room_bytes or count > self._room_bytes:
            raise Refused(ErrorCode.NO_ROOM)
        self._model, self._activations = None, None
        self._coming = (level_bytes, model_hash)
        self._loaded.clear()

    def append(self, data: bytes) -> None:
        """Keep what comes."""
        self._loaded += data

    def use(self) -> None:
        """Run the level of the zoo whose model has come; this device can run no other one."""
        level_bytes, model_hash = self._coming
        level, blob = self._loaded[:level_bytes].decode(errors="replace"), self._loaded[level_bytes:]
        if zlib.crc32(blob) != model_hash:
            raise Refused(ErrorCode.DAMAGED)
        try:
            model = zoo.load(level)
        except HostModelError as error:
            raise Refused(ErrorCode.UNSOUND, str(error)) from error
        if export.blob(model) != blob:
            raise Refused(ErrorCode.UNSOUND, f"a mock board runs the models of the zoo, and this is not its {level}")
        self._model = model

    def infer(self) -> Result:
        """Ask the golden model. No slice is timed, and the cycles of the other stages are 0."""
        if self._model is None:
            raise ValueError("a clip was begun without a model")
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


def _logit_kind(model: Model) -> LogitKind:
    return LogitKind.FLOAT32 if isinstance(model, FloatModel) else LogitKind(model.logits)
