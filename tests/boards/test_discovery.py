"""The pluggable discovery, spoken to as arduino-cli speaks to it."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any, Self

import pytest

from harness.boards import registry

if TYPE_CHECKING:
    from conftest import StartBoard

_ANSWER_S = 20


class Tool:
    """`tinyhil sim discovery` as a process, with the answers that it gives."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", "from harness.cli import main; main()", "sim", "discovery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        self._answers: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            self._answers.put(json.loads(line))

    def ask(self, command: str) -> dict[str, Any]:
        """Send a command and return the next answer."""
        assert self._process.stdin
        self._process.stdin.write(command + "\n")
        return self.next()

    def next(self) -> dict[str, Any]:
        """Return the next answer or event."""
        return self._answers.get(timeout=_ANSWER_S)

    def end(self) -> int:
        """Hang up and return the exit code."""
        assert self._process.stdin
        self._process.stdin.close()
        return self._process.wait(_ANSWER_S)

    def __enter__(self) -> Self:
        """Use it."""
        return self

    def __exit__(self, *_: object) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()


def test_it_greets_with_the_protocol_version() -> None:
    """HELLO is answered with version 1, which a client of a later version must accept."""
    with Tool() as tool:
        hello = {"eventType": "hello", "message": "OK", "protocolVersion": 1}
        assert tool.ask('HELLO 1 "arduino-cli 1.4.1"') == hello
        assert tool.ask('HELLO 2 "later"') == hello


def test_it_lists_the_port_of_a_running_board(start_board: StartBoard) -> None:
    """The port carries all that arduino-cli needs to name the board and to know it again."""
    board = start_board(name="kitchen")
    with Tool() as tool:
        tool.ask('HELLO 1 "test"')
        assert tool.ask("START") == {"eventType": "start", "message": "OK"}
        (port,) = tool.ask("LIST")["ports"]
    assert port["address"] == board.port
    assert port["protocol"] == "serial"
    assert port["hardwareId"] == "sim-kitchen"
    assert port["properties"]["board"] == registry.FQBN.rpartition(":")[2]


def test_it_tells_when_boards_come_and_go(start_board: StartBoard) -> None:
    """In events mode a board that starts is added, and removed when it stops."""
    with Tool() as tool:
        tool.ask('HELLO 1 "test"')
        assert tool.ask("START_SYNC") == {"eventType": "start_sync", "message": "OK"}
        board = start_board()
        port = board.port
        event = tool.next()
        assert (event["eventType"], event["port"]["address"]) == ("add", port)
        board.close()
        assert tool.next() == {"eventType": "remove", "port": {"address": port, "protocol": "serial"}}
        assert tool.ask("STOP") == {"eventType": "stop", "message": "OK"}


@pytest.mark.parametrize(
    ("commands", "complaint"),
    [
        (["LIST"], "First command must be HELLO"),
        (['HELLO 1 "test"', "LIST"], "Discovery not STARTed"),
        (['HELLO 1 "test"', "START", "START"], "Discovery already STARTed"),
        (['HELLO 1 "test"', "START_SYNC", "LIST"], "discovery is in sync mode"),
        (['HELLO 1 "test"', "DANCE"], "Command DANCE not supported"),
    ],
)
def test_commands_out_of_order_are_refused(commands: list[str], complaint: str) -> None:
    """The protocol's state machine holds."""
    with Tool() as tool:
        *_, last = [tool.ask(command) for command in commands]
    assert last["error"] is True
    assert last["message"] == complaint


def test_it_ends_with_quit_and_when_nobody_is_left() -> None:
    """No discovery outlives the arduino-cli that started it."""
    with Tool() as tool:
        assert tool.ask("QUIT") == {"eventType": "quit", "message": "OK"}
        assert tool.end() == 0
    with Tool() as tool:
        tool.ask('HELLO 1 "test"')
        assert tool.end() == 0
