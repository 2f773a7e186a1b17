"""The control socket of a simulated board, served from inside its process; `control` has the protocol."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from harness.boards import operating_system
from harness.errors import TinyhilError

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from pathlib import Path

    Answer = dict[str, Any]
    Handler = Callable[[dict[str, Any], "Connection"], Answer]

_REQUEST_BYTES = 1 << 20
"""Longest request: room for poking all of RAM in hexadecimal."""
_ANSWER_S = 1.0
"""How long a client may take to accept an answer before it is dropped."""


class Connection:
    """One client of the control socket."""

    def __init__(self, client: socket.socket) -> None:
        """Serve `client`, which was just accepted."""
        client.settimeout(_ANSWER_S)
        self.client = client
        self.received = b""
        self.is_open = True

    def requests(self) -> list[bytes]:
        """Read the whole lines that have come, which may be none; close at the end of all."""
        try:
            more = self.client.recv(65536)
        except OSError:
            more = b""
        self.received += more
        *lines, self.received = self.received.split(b"\n")
        if not more or len(self.received) > _REQUEST_BYTES:
            self.close()
        return lines

    def answer(self, fields: Answer) -> None:
        """Send `fields`; a client that does not take them is dropped."""
        try:
            self.client.sendall(json.dumps(fields).encode() + b"\n")
        except OSError:
            self.close()

    def close(self) -> None:
        """Hang up."""
        self.is_open = False
        self.client.close()


class ControlServer:
    """Serves any number of clients, each request at once and in order."""

    def __init__(self, path: Path, handle: Handler) -> None:
        """Listen at `path`; `handle` turns a request into the fields of its answer, or raises a TinyhilError."""
        self._path = path
        self._handle = handle
        self._listener = operating_system.control_socket()
        self._listener.bind(str(path))
        self._listener.listen(16)
        self._listener.settimeout(0)
        self._connections: list[Connection] = []

    def readers(self) -> list[int]:
        """Descriptors that `serve` waits for."""
        return [self._listener.fileno(), *(connection.client.fileno() for connection in self._connections)]

    def serve(self, ready: list[int]) -> None:
        """Accept and answer what has come on the descriptors `ready`."""
        if self._listener.fileno() in ready:
            with suppress(OSError):
                self._connections.append(Connection(self._listener.accept()[0]))
        for connection in [one for one in self._connections if one.client.fileno() in ready]:
            for line in connection.requests():
                if connection.is_open:
                    connection.answer(self._answer(line, connection))
        self._connections = [connection for connection in self._connections if connection.is_open]

    def close(self) -> None:
        """Hang up on all clients and remove the socket."""
        for connection in self._connections:
            connection.close()
        self._listener.close()
        self._path.unlink(missing_ok=True)

    def _answer(self, line: bytes, connection: Connection) -> Answer:
        try:
            request = json.loads(line)
            if not isinstance(request, dict):
                return {"ok": False, "error": "a request is a JSON object with the key op"}
            return {"ok": True, **self._handle(request, connection)}
        except TinyhilError as error:
            return {"ok": False, "error": str(error)}
        except (KeyError, TypeError, ValueError, OSError) as error:
            return {"ok": False, "error": f"the request {line[:80]!r} can't be served: {error!r}"}
