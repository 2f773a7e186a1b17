"""The process of a simulated board: it claims a name, says that it is ready, and ends with its owner."""

from __future__ import annotations

import json
import logging
import os
import signal
import socket
import sys
from typing import TYPE_CHECKING

from harness import asked_to_end
from harness.boards.launch import SimulationOptions
from harness.boards.registry import Claim
from harness.errors import MisuseError, TinyhilError

if TYPE_CHECKING:
    from pathlib import Path


def main(arguments: list[str]) -> int:
    """Run one board with the options in `arguments[0]`; the exit code."""
    options = SimulationOptions.from_json(arguments[0])
    try:
        claim = Claim.take(options.name) if options.name else Claim.take_free()
    except MisuseError as error:
        _say(misuse=str(error))
        return error.exit_code
    except TinyhilError as error:
        _say(error=str(error))
        return error.exit_code
    try:
        _live(claim, options)
    except Exception as error:
        _say(error=f"the simulated board {claim.name} ended with {error!r}; its log is {claim.log}")
        raise
    finally:
        claim.release()
    return 0


def _live(claim: Claim, options: SimulationOptions) -> None:
    """Be the board until somebody stops it or its owner is gone."""
    log = _open_log(claim.log)
    os.dup2(log, sys.stderr.fileno())
    from harness.boards.simulation import Simulation  # noqa: PLC0415 - slow, and not needed to refuse a name

    simulation = Simulation(claim, options)
    try:
        end = [_signals()]
        if options.owned:
            end.append(sys.stdin.fileno())
        _say(name=claim.name)
        os.dup2(log, sys.stdout.fileno())
        simulation.run(end)
    finally:
        simulation.close()


def _signals() -> int:
    """Descriptor that becomes readable when the process is told to end."""
    there, here = socket.socketpair()
    for one in (there, here):
        one.settimeout(0)
    signal.set_wakeup_fd(here.detach())
    for number in (signal.SIGINT, *asked_to_end.SIGNALS):
        signal.signal(number, lambda *_: None)
    return there.detach()


def _open_log(path: Path) -> int:
    """Start the log anew; descriptor for all that the process writes."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
    logging.basicConfig(filename=path, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    return descriptor


def _say(**fields: str) -> None:
    """Tell whoever started the process, in one line of JSON."""
    sys.stdout.write(json.dumps(fields) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    code = main(sys.argv[1:])
    logging.shutdown()
    os._exit(code)  # all is cleared up; the interpreter would take another half second to take itself apart
