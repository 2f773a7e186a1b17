"""Arduino's pluggable discovery, protocol version 1: tells arduino-cli which simulated boards have a port now.

https://arduino.github.io/arduino-cli/latest/pluggable-discovery-specification/
"""

from __future__ import annotations

import json
import queue
import re
import threading
from typing import TYPE_CHECKING, Any, TextIO

from harness.boards import registry

if TYPE_CHECKING:
    from harness.boards.registry import RunningBoard

PROTOCOL_VERSION = 1
_POLL_S = 0.05
"""How often to look for ports that came or went, the first time this long after START_SYNC was answered.

arduino-cli 1.4 drops events that come together with that answer. A port is away for longer than this after an upload.
"""
_HELLO = re.compile(r'HELLO (\d+) "[^"]*"')


class Discovery:
    """Answers the commands that come as lines on `commands`, in JSON on `answers`."""

    def __init__(self, commands: TextIO, answers: TextIO) -> None:
        """Read from `commands` and write to `answers`."""
        self._commands = commands
        self._answers = answers
        self._greeted = False
        self._mode: str | None = None
        self._known: dict[str, dict[str, Any]] = {}

    def run(self) -> None:
        """Serve until QUIT, or until nobody is left to answer."""
        lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        threading.Thread(target=self._read, args=(lines,), daemon=True).start()
        try:
            self._serve(lines)
        except BrokenPipeError:
            return

    def _read(self, lines: queue.SimpleQueue[str]) -> None:
        """Read in a thread of its own, since not every system can select a standard input."""
        for line in self._commands:
            lines.put(line.strip())
        lines.put("QUIT")

    def _serve(self, lines: queue.SimpleQueue[str]) -> None:
        while True:
            try:
                line = lines.get(timeout=_POLL_S if self._mode == "sync" else None)
            except queue.Empty:
                self._tell_changes()
                continue
            self._answer(line)
            if line == "QUIT":
                return

    def _answer(self, line: str) -> None:
        event = line.split(" ", 1)[0].lower()
        hello = _HELLO.fullmatch(line)
        if hello:
            self._greeted = True
            self._say(event, message="OK", protocolVersion=min(PROTOCOL_VERSION, int(hello[1])))
        elif event == "quit":
            self._say(event, message="OK")
        elif event not in ("start", "start_sync", "stop", "list"):
            self._say("command_error", error=True, message=f"Command {line} not supported")
        elif not self._greeted:
            self._say(event, error=True, message="First command must be HELLO")
        elif refusal := self._refusal(event):
            self._say(event, error=True, message=refusal)
        else:
            self._obey(event)

    def _refusal(self, event: str) -> str | None:
        """Why a command does not fit the present mode, None where it does."""
        if event in ("start", "start_sync"):
            return "Discovery already STARTed" if self._mode else None
        if self._mode is None:
            return "Discovery not STARTed"
        return "discovery is in sync mode" if event == "list" and self._mode == "sync" else None

    def _obey(self, event: str) -> None:
        if event == "list":
            self._say(event, ports=list(_ports().values()))
            return
        self._mode = {"start": "list", "start_sync": "sync", "stop": None}[event]
        self._known = {}
        self._say(event, message="OK")

    def _tell_changes(self) -> None:
        """Tell which ports came and went since the last look."""
        ports = _ports()
        for address in self._known.keys() - ports.keys():
            self._say("remove", port={"address": address, "protocol": "serial"})
        for address in ports.keys() - self._known.keys():
            self._say("add", port=ports[address])
        self._known = ports

    def _say(self, event: str, **fields: object) -> None:
        self._answers.write(json.dumps({"eventType": event, **fields}) + "\n")
        self._answers.flush()


def _ports() -> dict[str, dict[str, Any]]:
    """Ports that are there, by address."""
    return {board.port: _port(board) for board in registry.running() if board.present}


def _port(board: RunningBoard) -> dict[str, Any]:
    """One port in the protocol's form. `board` is the property by which boards.txt knows the board's kind."""
    return {
        "address": board.port,
        "label": board.port,
        "protocol": "serial",
        "protocolLabel": "Serial Port (simulated)",
        "hardwareId": board.serial_number,
        "properties": {
            "board": board.fqbn.rpartition(":")[2],
            "serialNumber": board.serial_number,
            "url": board.url,
        },
    }
