"""A simulated board as it lives: a chip that runs, a port that goes and comes back, a control socket that answers."""

from __future__ import annotations

import logging
import os
import select
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.boards.control_server import Connection, ControlServer
from harness.boards.pace import Pace
from harness.boards.registry import FQBN, Claim, RunningBoard
from harness.boards.serial_line import SerialLine
from harness.errors import BoardError, MisuseError
from harness.simulator import Fault, Nrf52840, Stop

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.boards.launch import SimulationOptions

CLOCK_HZ = 64_000_000
"""nRF52840 product specification, chapter CPU: 64 MHz."""
_SLICE_CYCLES = 128_000
"""2 ms of simulated time at most between two looks at the host's bytes; about 1 ms of the host's time."""
_UPLOADER_S = 5.0
"""How long the port stays away for an uploader that does not hang up."""
_LAST_WORDS_S = 0.1
"""How long a host program may still read what the board sent before a fault; closing the port drops the rest."""
_PEEK_BYTES = 65536

_log = logging.getLogger(__name__)


class Simulation:
    """One board, run by `run` until `stop`."""

    def __init__(self, claim: Claim, options: SimulationOptions) -> None:
        """Make the board's port, control socket and registry entry under the name `claim`."""
        self._claim = claim
        self._options = options
        self._chip = Nrf52840()
        self._line = SerialLine(lambda: self._chip.uart.pending, options.jitter_ms, options.seed)
        self._pace = Pace(CLOCK_HZ)
        self._control = ControlServer(claim.control, self._serve)
        self._port = claim.port(0)
        self._url = ""
        self._elf: str | None = None
        self._fault: str | None = None
        self._uploads = 0
        self._refusals_left = options.refused_uploads
        self._in_bootloader = False
        self._boot_text = b""
        self._asleep = False
        self._line_was_active = False
        self._stopping = False
        self._uploader: Connection | None = None
        self._return_at: float | None = None
        self._appear()

    def stop(self) -> None:
        """Leave `run` as soon as its present slice is over."""
        self._stopping = True

    def close(self) -> None:
        """Take the port and the control socket away."""
        self._line.vanish()
        self._control.close()

    def run(self, end: list[int]) -> None:
        """Run until `stop`, or until one of the descriptors `end` is readable."""
        while not self._stopping:
            self._feed(self._line.receive())
            if self._may_run:
                self._run(self._pace.wake(self._chip.cycles) + _SLICE_CYCLES)
            self._send()
            self._come_back_when_due()
            readers = [*end, *self._control.readers(), *self._line.readers()]
            ready, _, _ = select.select(readers, self._line.writers(), [], self._wait_s)
            if any(descriptor in ready for descriptor in end):
                return
            self._control.serve(ready)

    @property
    def _may_run(self) -> bool:
        """Whether there is firmware with something to do, and a host that keeps up with what it says."""
        return self._is_on and not self._asleep and not self._line.is_stalled and not self._pace.is_resting

    @property
    def _is_on(self) -> bool:
        return self._elf is not None and not self._in_bootloader and not self._fault

    @property
    def _wait_s(self) -> float | None:
        """Seconds for which there is nothing to do unless a descriptor tells; None for ever."""
        if self._may_run:
            return 0.0
        waits = self._line.waits_s
        if self._is_on and not self._line.is_stalled and (rest := self._pace.wait_s) is not None:
            waits.append(rest)
        if self._return_at is not None:
            waits.append(max(0.0, self._return_at - time.monotonic()))
        return min(waits, default=None)

    def _feed(self, data: bytes) -> None:
        """Put host bytes on the line, at the simulated time that it is now; without firmware they are lost."""
        if not data or not self._is_on:
            return
        if passed := self._pace.wake(self._chip.cycles):
            self._run(passed)
        self._pace.rouse()
        self._chip.uart.feed(data)
        self._asleep, self._line_was_active = False, True

    def _send(self) -> None:
        if self._boot_text and self._line.is_open:
            self._line.send(self._boot_text)
            self._boot_text = b""
        data = self._chip.uart.take()
        self._line_was_active |= bool(data)
        self._line.send(data)

    def _run(self, cycles: int) -> None:
        """Let the firmware run for `cycles`; then see what it waits for."""
        try:
            self._asleep = self._chip.run(cycles) is Stop.IDLE
        except Fault as fault:
            self._send()
            self._fail(str(fault))
            return
        self._send()
        rest = 0 if self._asleep or self._options.skip_sleep else self._chip.resting_cycles
        if rest:
            self._pace.rest(self._chip.cycles, rest, line_was_active=self._line_was_active)
            self._line_was_active = False

    def _fail(self, report: str) -> None:
        """Keep the report, let the host program read what the board said before, then take the port away."""
        _log.error("%s", report)
        self._fault = report
        deadline = time.monotonic() + _LAST_WORDS_S
        while (left := deadline - time.monotonic()) > 0:
            self._line.send(b"")
            select.select([], self._line.writers(), [], left)
            time.sleep(min(left, 0.01))
        self._vanish()

    def _appear(self) -> None:
        """Make the port come, at its old TCP port where that is free and wanted."""
        if self._options.rename_port:
            self._port = self._claim.port(self._uploads)
        tcp_port = 0 if self._options.rename_port or not self._url else int(self._url.rpartition(":")[2])
        self._url = self._line.appear(self._port, tcp_port)
        self._publish()
        _log.info("port %s, %s", self._port, self._url)

    def _vanish(self) -> None:
        if self._line.is_present:
            self._line.vanish()
            self._publish()

    def _come_back_when_due(self) -> None:
        """After an upload the port comes back a moment after the uploader has hung up.

        Not before: arduino-cli looks for the new port only when its upload tool has ended.
        """
        if self._uploader and not self._uploader.is_open:
            self._uploader = None
            if not self._options.no_return:
                self._return_at = time.monotonic() + self._options.return_ms / 1000.0
        if self._return_at is not None and time.monotonic() >= self._return_at:
            self._uploader, self._return_at = None, None
            if not self._fault and not self._line.is_present:
                self._appear()

    def _publish(self) -> None:
        self._claim.publish(
            RunningBoard(
                name=self._claim.name,
                fqbn=FQBN,
                pid=os.getpid(),
                port=str(self._port),
                url=self._url,
                present=self._line.is_present,
                control=str(self._claim.control),
                log=str(self._claim.log),
                in_bootloader=self._in_bootloader,
            )
        )

    def _serve(self, request: dict[str, Any], connection: Connection) -> dict[str, Any]:
        """Fields of the answer to one request on the control socket."""
        serve: dict[str, Callable[..., dict[str, Any]]] = {
            "info": self._info,
            "cycles": self._cycles,
            "upload": self._upload,
            "reset": self._reset,
            "peek": self._peek,
            "poke": self._poke,
            "stop": self._stop,
        }
        op = request.pop("op")
        if op not in serve:
            raise MisuseError(f"there is no request {op!r}; there are {', '.join(serve)}")
        if op == "upload":
            self._uploader = connection
        return serve[op](**request)

    @property
    def _state(self) -> str:
        if self._fault:
            return "faulted"
        if not self._line.is_present:
            return "away"
        if self._in_bootloader:
            return "bootloader"
        return "running" if self._elf else "empty"

    def _info(self) -> dict[str, Any]:
        return {
            "name": self._claim.name,
            "fqbn": FQBN,
            "port": str(self._port),
            "url": self._url,
            "state": self._state,
            "clock_hz": CLOCK_HZ,
            "cycles": self._chip.cycles,
            "uploads": self._uploads,
            "elf": self._elf,
            "fault": self._fault,
            "received_bytes": self._line.received_bytes,
            "sent_bytes": self._line.sent_bytes,
            "lost_bytes": self._chip.uart.lost,
        }

    def _cycles(self) -> dict[str, Any]:
        return {"cycles": self._chip.cycles}

    def _upload(self, elf: str) -> dict[str, Any]:
        """Take the port away, load the program and let it run."""
        if not Path(elf).is_file():
            raise MisuseError(f"there is no program {elf} to upload")
        if self._refusals_left:
            self._refusals_left -= 1
            raise BoardError("no answer from the bootloader")
        self._vanish()
        self._return_at = None if self._options.no_return else time.monotonic() + _UPLOADER_S
        self._chip.load(Path(elf))
        self._elf = elf
        self._uploads += 1
        self._start(in_bootloader=self._uploads <= self._options.bootloader_stays)
        _log.info("upload %d: %s", self._uploads, elf)
        return {"cycles": self._chip.cycles}

    def _reset(self) -> dict[str, Any]:
        """Push the reset button: the program starts again; a port that a fault closed comes back."""
        if self._elf is None:
            raise MisuseError("the board has no program yet; upload one first")
        self._chip.reset()
        self._start(in_bootloader=False)
        self._publish()
        _log.info("reset")
        if not self._line.is_present and self._return_at is None:
            self._return_at = time.monotonic() + self._options.return_ms / 1000.0
        return {}

    def _start(self, *, in_bootloader: bool) -> None:
        """Begin to run from reset, the bootloader or the program."""
        self._fault, self._asleep = None, False
        self._in_bootloader = in_bootloader
        self._boot_text = self._options.boot_text.encode()
        self._pace.forget()

    def _peek(self, address: int, count: int) -> dict[str, Any]:
        if not 0 <= count <= _PEEK_BYTES:
            raise MisuseError(f"{count} bytes can't be peeked at once; the most is {_PEEK_BYTES}")
        return {"data": self._chip.peek(address, count).hex()}

    def _poke(self, address: int, data: str) -> dict[str, Any]:
        self._chip.poke(address, bytes.fromhex(data))
        return {}

    def _stop(self) -> dict[str, Any]:
        self.stop()
        return {}
