"""How the process of a simulated board is started, with all that can be chosen about it."""

from __future__ import annotations

import dataclasses
import json
import os
import select
import subprocess
import sys
from dataclasses import dataclass

from harness.boards import operating_system, registry
from harness.deadline import Deadline
from harness.errors import BoardError, MisuseError

_READY_S = 180.0
"""The first start on a machine compiles the native parts of the simulator: 20 s, a minute on a loaded machine."""


_LONGEST_MS = 60_000.0


@dataclass(frozen=True)
class SimulationOptions:
    """What can be chosen about a simulated board.

    `name` None takes `nano33ble` or the next free name. With `rename_port` its port has another name after each upload.
    `return_ms` after an upload the port is back. `jitter_ms` is the longest of the random delays that the host's side
    adds to bytes in either direction, drawn with `seed`. With `skip_sleep` a board that sleeps until a timer fires is
    woken at once, where else it keeps to the wall clock. An `owned` board ends with whoever holds the other end of its
    standard input.

    What real boards do at times: with `no_return` the port does not come back after an upload. The first
    `refused_uploads` uploads fail. After the first `bootloader_stays` uploads the board stays in its bootloader: its
    port is there, but the program does not run. `boot_text` is what is read first at a port after each start.
    """

    name: str | None = None
    rename_port: bool = False
    return_ms: float = 250.0
    jitter_ms: float = 0.0
    seed: int = 0
    skip_sleep: bool = False
    no_return: bool = False
    refused_uploads: int = 0
    bootloader_stays: int = 0
    boot_text: str = ""
    owned: bool = True

    def __post_init__(self) -> None:
        """Refuse times and counts that are none. Raises MisuseError."""
        for field in ("return_ms", "jitter_ms"):
            if not 0.0 <= getattr(self, field) <= _LONGEST_MS:
                raise MisuseError(f"{field} must lie between 0 and {_LONGEST_MS:.0f}, not {getattr(self, field)}")
        for field in ("refused_uploads", "bootloader_stays"):
            if getattr(self, field) < 0:
                raise MisuseError(f"{field} must not be below 0, not {getattr(self, field)}")

    def to_json(self) -> str:
        """Write the options as the process's one argument."""
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def from_json(cls, text: str) -> SimulationOptions:
        """Read the options that `to_json` wrote."""
        return cls(**json.loads(text))


def launch(options: SimulationOptions) -> tuple[subprocess.Popen[bytes], registry.RunningBoard]:
    """Start a board and wait until it is ready.

    An owned board lives until the process's `stdin` is closed, by hand or by the end of this process.
    It has a session of its own, so that a ctrl-C in the terminal reaches only its owner, which then closes it.

    Raises BoardError where no simulated board can live on this system, and BoardError or MisuseError with the sentence
    of the process where it can't start.
    """
    operating_system.require_simulated_boards()
    process = subprocess.Popen(
        [sys.executable, "-m", "harness.boards.simulation_process", options.to_json()],
        stdin=subprocess.PIPE if options.owned else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        name = _ready(process)
        return process, registry.find(name)
    except BaseException:
        process.kill()
        process.communicate()
        raise


def _ready(process: subprocess.Popen[bytes]) -> str:
    """Name of the board, once its process says that it is ready."""
    line = _first_line(process, Deadline(_READY_S))
    try:
        answer = json.loads(line)
    except ValueError as error:
        process.kill()
        last = process.communicate()[1].decode(errors="replace").strip().splitlines()[-1:]
        raise BoardError(
            f"the simulated board's process did not start: {' '.join(last) or line!r}; see why with: tinyhil doctor"
        ) from error
    if "misuse" in answer:
        raise MisuseError(answer["misuse"])
    if "error" in answer:
        raise BoardError(answer["error"])
    return str(answer["name"])


def _first_line(process: subprocess.Popen[bytes], deadline: Deadline) -> bytes:
    """Read the process's standard output up to the first line's end, or to the end of all."""
    if process.stdout is None:
        raise BoardError("the simulated board's process has no standard output")
    descriptor = process.stdout.fileno()
    line = b""
    while not line.endswith(b"\n"):
        if not select.select([descriptor], [], [], deadline.left)[0]:
            raise BoardError(f"the simulated board's process was not ready after {deadline.seconds:.0f} s")
        more = os.read(descriptor, 65536)
        if not more:
            break
        line += more
    return line
