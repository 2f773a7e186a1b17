"""Which stage of a clip first differs from the golden model, found by asking the board for its intermediates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.comparison import FLOAT_TOLERANCE, Difference, Golden, Stage, answer_difference, stage_difference
from harness.device import Tensor
from harness.errors import BoardError

if TYPE_CHECKING:
    from harness.device import Device, Result

_TENSORS = {Stage.FEATURES: Tensor.FEATURES, Stage.INPUT: Tensor.INPUT, Stage.CONVOLUTION: Tensor.CONVOLUTION}


def first_difference(device: Device, answer: Result, golden: Golden) -> Difference:
    """Find where `answer`, the board's last one, leaves the golden model's way.

    Intermediates are asked for in order until one differs; where none does, the answer itself tells. Raises BoardError
    where the board sends a tensor of another size.
    """
    for stage, tensor in _TENSORS.items():
        expected = getattr(golden, stage)
        raw = device.dump(tensor)
        if len(raw) != expected.nbytes:
            raise BoardError(f"the board sent {len(raw)} bytes of {stage}, expected were {expected.nbytes}")
        tolerance = FLOAT_TOLERANCE if golden.is_float else 0.0
        values = np.frombuffer(raw, expected.dtype.newbyteorder("<"))
        if found := stage_difference(stage, values, expected, tolerance=tolerance):
            return found
    found = answer_difference(answer, golden)
    if found is None:
        raise BoardError("the board's answer for a clip does not differ after all; please report this")
    return found
