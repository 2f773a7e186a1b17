"""The two ends of a simulated serial line that a host program can open: a pseudo-terminal and a TCP socket.

Both do the same: they tell whether somebody has them open, take bytes from there, and bring bytes there without ever
blocking. What is sent while nobody listens is lost, as on a real line.
"""

from __future__ import annotations

import os
import select
import socket
from abc import ABC, abstractmethod
from contextlib import suppress
from typing import TYPE_CHECKING

from harness.boards import operating_system

if TYPE_CHECKING:
    from pathlib import Path

_CHUNK_BYTES = 65536


class PortEnd(ABC):
    """One place where a host program may open the port."""

    def __init__(self) -> None:
        """Begin with nothing to bring."""
        self._outgoing = bytearray()

    @property
    @abstractmethod
    def is_open(self) -> bool:
        """Whether a host program has it open, as far as is known; `receive` and `flush` find out."""

    @property
    @abstractmethod
    def must_be_asked(self) -> bool:
        """Whether `select` can't tell that a host program opens it, so that `receive` must be called now and then."""

    @abstractmethod
    def readers(self) -> list[int]:
        """Descriptors on which `select` tells that there is something to receive, or somebody to greet."""

    @abstractmethod
    def writers(self) -> list[int]:
        """Descriptors on which `select` tells that `flush` can go on."""

    @abstractmethod
    def greet(self) -> None:
        """See whether somebody opens it; call it when `receive` has nothing more."""

    @abstractmethod
    def receive(self, limit: int) -> bytes:
        """At most `limit` bytes that the host program has written."""

    @abstractmethod
    def close(self) -> None:
        """Make it vanish: the host program sees the end of its port."""

    @property
    def backlog(self) -> int:
        """Bytes sent that the host program has not taken yet."""
        return len(self._outgoing)

    def send(self, data: bytes) -> None:
        """Bring `data` to the host program; lost where there is none."""
        if self.is_open:
            self._outgoing += data
            self.flush()

    def flush(self) -> None:
        """Bring out as much of the backlog as the host program takes now."""
        while self._outgoing and self.is_open:
            try:
                sent = self._write(self._outgoing[:_CHUNK_BYTES])
            except BlockingIOError:
                return
            except OSError:
                self._hang_up()
                return
            del self._outgoing[:sent]

    @abstractmethod
    def _write(self, data: bytearray) -> int:
        """Write without blocking; the number of bytes taken."""

    @abstractmethod
    def _hang_up(self) -> None:
        """Forget the host program, which is gone."""


class PtyEnd(PortEnd):
    """A pseudo-terminal that is reached by a symbolic link of a name that stays."""

    def __init__(self, link: Path) -> None:
        """Open a pseudo-terminal in raw mode and make `link` lead to it."""
        super().__init__()
        self._master, self._slave = operating_system.open_pty()
        self._link = link
        self._is_open = False
        fresh = link.with_name(f"{link.name}.new")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(self._slave)
        fresh.replace(link)

    @property
    def is_open(self) -> bool:
        """Whether a host program has it open, as far as is known."""
        return self._is_open

    @property
    def must_be_asked(self) -> bool:
        """Nothing tells that a hung-up pseudo-terminal is opened again."""
        return not self._is_open

    def readers(self) -> list[int]:
        """Return the master while somebody may write to it; a hung-up one is always readable."""
        return [self._master] if self._is_open else []

    def writers(self) -> list[int]:
        """Return the master while there is something to bring."""
        return [self._master] if self._is_open and self._outgoing else []

    def greet(self) -> None:
        """Look at the master: hung up it is readable, to give an error; quiet it has somebody at the other side."""
        if not self._is_open and not self._is_readable():
            self._is_open = True

    def receive(self, limit: int) -> bytes:
        """Take what was written; an error means that nobody has the other side open."""
        self.greet()
        try:
            data = os.read(self._master, limit)
        except BlockingIOError:
            return b""
        except OSError:  # EIO on Linux; macOS gives the end of the file
            data = b""
        if not data:
            self._hang_up()
        else:
            self._is_open = True
        return data

    def close(self) -> None:
        """Remove the link and hang up."""
        with suppress(OSError):
            self._link.unlink()
        os.close(self._master)

    def _is_readable(self) -> bool:
        return bool(select.select([self._master], [], [], 0)[0])

    def _write(self, data: bytearray) -> int:
        return os.write(self._master, data)

    def _hang_up(self) -> None:
        """Forget what the program did not read and how it set the terminal: the next one finds it fresh."""
        if self._is_open:
            self._is_open = False
            self._outgoing.clear()
            operating_system.freshen_pty(self._master, self._slave)


class SocketEnd(PortEnd):
    """A TCP server on 127.0.0.1 that serves one client at a time, as a serial port does, and turns others away."""

    def __init__(self, port: int = 0) -> None:
        """Listen on `port`, or on a free one where it is 0 or taken."""
        super().__init__()
        self._listener = _listener(port)
        self._client: socket.socket | None = None

    @property
    def port(self) -> int:
        """The TCP port it listens on."""
        return int(self._listener.getsockname()[1])

    @property
    def is_open(self) -> bool:
        """Whether a client is connected."""
        return self._client is not None

    @property
    def must_be_asked(self) -> bool:
        """A client that connects is told by the listener."""
        return False

    def readers(self) -> list[int]:
        """Return the listener, and the client if there is one."""
        return [self._listener.fileno(), *self._client_descriptors()]

    def writers(self) -> list[int]:
        """Return the client while there is something to bring."""
        return self._client_descriptors() if self._outgoing else []

    def greet(self) -> None:
        """Take the client that waits; while there is one, turn it away."""
        try:
            client, _ = self._listener.accept()
        except OSError:
            return
        if self._client is not None:
            client.close()
            return
        client.settimeout(0)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _CHUNK_BYTES)  # else megabytes wait for a slow reader
        self._client = client

    def receive(self, limit: int) -> bytes:
        """Take what the client sent."""
        if self._client is None:
            return b""
        try:
            data = self._client.recv(limit)
            self._acknowledge_at_once()
        except BlockingIOError:
            return b""
        except OSError:
            data = b""
        if not data:
            self._hang_up()
        return data

    def close(self) -> None:
        """Hang up and listen no more."""
        self._hang_up()
        self._listener.close()

    def _client_descriptors(self) -> list[int]:
        return [self._client.fileno()] if self._client else []

    def _acknowledge_at_once(self) -> None:
        """Keep Nagle's algorithm in the client from waiting 40 ms for a delayed acknowledgement (tcp(7), Linux)."""
        if self._client and hasattr(socket, "TCP_QUICKACK"):
            self._client.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)

    def _write(self, data: bytearray) -> int:
        return self._client.send(data) if self._client else 0

    def _hang_up(self) -> None:
        self._outgoing.clear()
        if self._client:
            self._client.close()
            self._client = None


def _listener(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError:
        listener.bind(("127.0.0.1", 0))
    listener.listen(8)
    listener.settimeout(0)
    return listener
