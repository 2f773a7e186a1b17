"""A simulated board as a Python object: started and owned, or one that runs already and is only used."""

from __future__ import annotations

import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING, Literal

from harness.boards import operating_system, registry, uploading
from harness.boards.board import Board
from harness.boards.control import BoardInfo, Control
from harness.boards.launch import SimulationOptions, launch
from harness.boards.opening import open_port
from harness.deadline import Deadline
from harness.errors import BoardError

if TYPE_CHECKING:
    from pathlib import Path

    import serial

    from harness.boards.build import Build

    Transport = Literal["pty", "socket"]

_OPEN_S = 10.0
_STOP_S = 5.0
_LOOK_S = 0.02


class SimulatedBoard(Board):
    """A board in a process of its own; `start` one or `attach` to one."""

    def __init__(self, running: registry.RunningBoard, process: subprocess.Popen[bytes] | None) -> None:
        """Use `running`; with `process`, own it."""
        self.name = running.name
        self.fqbn = running.fqbn
        self.transport: Transport = "pty" if operating_system.PTYS_TAKE_ANY_RATE else "socket"
        self._running = running
        self._process = process

    @classmethod
    def start(cls, options: SimulationOptions | None = None) -> SimulatedBoard:
        """Start a board that ends with `close`, or with this process however that ends.

        Raises BoardError or MisuseError where it can't start.
        """
        process, running = launch(options or SimulationOptions())
        return cls(running, process)

    @classmethod
    def attach(cls, word: str) -> SimulatedBoard:
        """Use the running board with the name, port or URL `word`; `close` leaves it running."""
        return cls(registry.find(word), None)

    @property
    def port(self) -> str:
        """Path of its pty, or its URL where `transport` is `socket`; arduino-cli takes either."""
        running = self._look()
        return running.port if self.transport == "pty" else running.url

    def upload(self, build: Build) -> None:
        """Put `build` onto the board with arduino-cli, as onto any other."""
        uploading.upload(build, self._look().port)

    def flash(self, elf: Path) -> None:
        """Load `elf` by the control socket alone: what the platform's upload tool does."""
        with self.control() as control:
            control.upload(elf.resolve())

    def open(self, baud: int) -> serial.SerialBase:
        """Open the port; BoardError with the report where the firmware has ended in a fault."""
        deadline = Deadline(_OPEN_S)
        while not self._look().present:
            report = self.fault()
            if report:
                raise BoardError(f"the firmware on {self.name} ended in a fault:\n{report}")
            if deadline.passed:
                raise BoardError(f"the port of {self.name} did not come back in {deadline.seconds:.0f} s")
            deadline.pause(_LOOK_S)
        return open_port(self.port, baud, deadline)

    def fault(self) -> str | None:
        """Report of the fault that stopped the firmware, or what is known where the process itself is gone."""
        try:
            return self.info().fault
        except BoardError as error:
            return str(error)

    def info(self) -> BoardInfo:
        """Ask what the board says of itself."""
        with self.control() as control:
            return control.info()

    def control(self) -> Control:
        """Connect to the control socket: reset, peek, poke, cycles."""
        return Control(self._look())

    def close(self) -> None:
        """Stop the board if it is owned; its log stays."""
        if self._process is None:
            return
        process, self._process = self._process, None
        if process.stdin:
            with suppress(OSError):
                process.stdin.close()
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            registry.running()  # sees that the process is gone and clears up after it
        for pipe in (process.stdout, process.stderr):
            if pipe:
                pipe.close()

    def _look(self) -> registry.RunningBoard:
        """Read the board's entry as it is now. Raises BoardError where its process is gone."""
        for running in registry.running():
            if running.name == self.name and running.pid == self._running.pid:
                self._running = running
                return running
        raise BoardError(f"the simulated board {self.name} is gone; its log is {self._running.log}")
