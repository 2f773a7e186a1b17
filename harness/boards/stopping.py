"""How a simulated board that somebody else started is ended: asked first, then killed."""

from __future__ import annotations

from harness.boards import operating_system, registry
from harness.boards.control import Control
from harness.deadline import Deadline
from harness.errors import BoardError

_ANSWER_S = 2.0
_END_S = 5.0
_LOOK_S = 0.02


def stop_board(board: registry.RunningBoard) -> None:
    """End `board`'s process and wait until its entry is gone. Raises BoardError where even a kill did not help."""
    if _agrees(board) and _ends(board):
        return
    operating_system.kill(board.pid)  # it still holds its lock, so the number is still its own
    if not _ends(board):
        raise BoardError(f"the simulated board {board.name} (process {board.pid}) could not be ended")


def _agrees(board: registry.RunningBoard) -> bool:
    """Whether the board, asked to stop, says that it will."""
    try:
        with Control(board, answer_s=_ANSWER_S) as control:
            control.stop()
    except BoardError:
        return False
    return True


def _ends(board: registry.RunningBoard) -> bool:
    deadline = Deadline(_END_S)
    while board.pid in (one.pid for one in registry.running()):
        if deadline.passed:
            return False
        deadline.pause(_LOOK_S)
    return True
