"""The array types that training passes around."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Shorts: TypeAlias = NDArray[np.int16]
Features: TypeAlias = NDArray[np.uint8]
Indices: TypeAlias = NDArray[np.int64]
