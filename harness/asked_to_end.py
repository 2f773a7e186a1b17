"""How a command that is asked to end, by `kill`, a CI that gives up or a terminal that closes, ends as after ctrl-C."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SIGNALS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))
"""Windows has no SIGHUP."""


@contextmanager
def as_interruption() -> Iterator[None]:
    """Raise KeyboardInterrupt for such a signal during the block, unless who started this process ignores it.

    Without it tools that were started go on, and temporary files stay. For the main thread alone.
    """
    changed = [number for number in SIGNALS if signal.getsignal(number) is signal.SIG_DFL]
    for number in changed:
        signal.signal(number, signal.default_int_handler)
    try:
        yield
    finally:
        for number in changed:
            signal.signal(number, signal.SIG_DFL)
