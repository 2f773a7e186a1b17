"""A line that hands bytes on in order, each chunk after a random delay: the host's latency, for tests."""

from __future__ import annotations

import random
import time
from collections import deque


class DelayLine:
    """Bytes in, the same bytes out, up to `jitter_ms` milliseconds later, in order."""

    def __init__(self, jitter_ms: float, seed: int) -> None:
        """Draw the delays from 0 to `jitter_ms` with `seed`."""
        self._jitter_s = jitter_ms / 1000.0
        self._random = random.Random(seed)  # noqa: S311 - no secret
        self._chunks: deque[tuple[float, bytes]] = deque()
        self._last = 0.0

    @property
    def wait_s(self) -> float | None:
        """Seconds until the next bytes are due, None where nothing is on the way."""
        return max(0.0, self._chunks[0][0] - time.monotonic()) if self._chunks else None

    def __len__(self) -> int:
        """Bytes on the way."""
        return sum(len(data) for _, data in self._chunks)

    def put(self, data: bytes) -> None:
        """Send `data` on its way."""
        if data:
            self._last = max(self._last, time.monotonic() + self._random.uniform(0.0, self._jitter_s))
            self._chunks.append((self._last, data))

    def take(self) -> bytes:
        """Take the bytes that are due by now."""
        now = time.monotonic()
        due = bytearray()
        while self._chunks and self._chunks[0][0] <= now:
            due += self._chunks.popleft()[1]
        return bytes(due)

    def clear(self) -> None:
        """Forget what is on the way."""
        self._chunks.clear()
