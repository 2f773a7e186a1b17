"""Who uses a board: one run at a time, since an upload takes the board away from whoever talks to it."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from harness.boards import mock, ports, registry
from harness.boards.file_lock import file_lock
from harness.deadline import Deadline

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.boards.board import Board

_OTHER_RUN_S = 10.0
"""A run that is about to end is waited for."""


@contextmanager
def held(board: Board) -> Iterator[None]:
    """Keep other runs of this user away from `board` during the block; a mock board is never shared.

    A board is known by its serial number, or where it has none by its port. The system drops the lock when this process
    and an upload that it started have ended, however they end.
    Raises ToolchainError, which names the board, where another run has it for 10 s.
    """
    if board.fqbn == mock.FQBN:
        yield
        return
    port = board.port
    there = ports.find(port, None)
    which = re.sub(r"[^A-Za-z0-9.]+", "-", (there and there.serial_number) or port)
    with file_lock(registry.directory() / f".in-use-{which}", Deadline(_OTHER_RUN_S), f"run on the board {board.name}"):
        yield
