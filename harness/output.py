"""Standard output, whose reader may go away before all is written, as `head` does."""

from __future__ import annotations

import os
import sys
from typing import IO


def write(text: str) -> None:
    """Write text; where nobody reads it any more, write no more, and leave the exit code as it is."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        give_up(sys.stdout)


def give_up(stream: IO[str]) -> None:
    """Let all that is still written to `stream` go nowhere."""
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123 - a device, by the system's name for it
        os.dup2(nowhere.fileno(), stream.fileno())
