"""Programs that run the library's C++ on the host, under sanitizers."""

from __future__ import annotations

import fcntl
import shutil
import socket
import struct
import subprocess
import termios
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness import sketchbook
from harness.device import Device

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HERE = Path(__file__).parent
SOURCES = sketchbook.root() / "libraries" / "TinyKws" / "src"
FLAGS = ("-std=gnu++14", "-O1", "-g", "-Wall", "-Wextra", "-Werror", "-funsigned-char")
SANITIZERS = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all")
SKETCH_FLAGS = ("-std=gnu++14", "-O1", "-g", "-w", *SANITIZERS)
BUILD_ID = 0xC0FFEE01


@pytest.fixture(scope="session")
def native(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Compile a driver of this folder with the sources of some of the folders of the library."""
    folder = tmp_path_factory.mktemp("native")

    def compiled(driver: str, *folders: str) -> Path:
        program = folder / Path(driver).stem
        if not program.exists():
            sources = [str(source) for name in folders for source in sorted((SOURCES / name).glob("*.cpp"))]
            command = ["g++", *FLAGS, *SANITIZERS, f"-I{SOURCES}", str(HERE / driver), *sources, "-o", str(program)]
            result = subprocess.run(command, capture_output=True, text=True, check=False)
            assert result.returncode == 0, result.stderr
        return program

    return compiled


class SocketPort:
    """One end of a socket pair with the manners of a pyserial port."""

    port = "the sketch on the host"
    baudrate = 1_000_000
    write_timeout: float | None = None

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self.timeout: float | None = None

    @property
    def in_waiting(self) -> int:
        """Bytes that have come."""
        return int(struct.unpack("i", fcntl.ioctl(self._line, termios.FIONREAD, bytes(4)))[0])

    def read(self, size: int = 1, /) -> bytes:
        """Return what comes before the timeout."""
        self._line.settimeout(self.timeout)
        try:
            return self._line.recv(size)
        except TimeoutError:
            return b""

    def write(self, data: bytes, /) -> int:
        """Send all of it."""
        self._line.sendall(data)
        return len(data)


@pytest.fixture(scope="session")
def sketch(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], Path]:
    """Compile kws_bench for the host, with the text of a model.h; the name tells the programs apart."""

    def compiled(name: str, model_header: str) -> Path:
        folder = tmp_path_factory.getbasetemp() / f"bench-{name}"
        program = folder / "bench"
        if not program.exists():
            folder.mkdir()
            shutil.copy(sketchbook.sketch("kws_bench") / "kws_bench.ino", folder / "kws_bench.cpp")
            (folder / "model.h").write_text(model_header)
            identity = f"#define TINYHIL_BUILD_ID {BUILD_ID:#x}u\n#define TINYHIL_BAUD 1000000\n"
            (folder / "build_identity.h").write_text(identity)
            sources = [str(folder / "kws_bench.cpp"), *(str(path) for path in sorted(SOURCES.rglob("*.cpp")))]
            includes = [f"-I{HERE / 'host_core'}", f"-I{SOURCES}"]
            subprocess.run(["g++", *SKETCH_FLAGS, *includes, *sources, "-o", str(program)], check=True)
        return program

    return compiled


@contextmanager
def connected(program: Path) -> Iterator[SocketPort]:
    """Start the program; it must end well when its line does."""
    ours, theirs = socket.socketpair()
    with ours, subprocess.Popen([program], stdin=theirs, stdout=theirs) as process:
        theirs.close()
        yield SocketPort(ours)
        ours.shutdown(socket.SHUT_RDWR)
        assert process.wait(10) == 0


@contextmanager
def running(program: Path) -> Iterator[Device]:
    """Start the program and speak to it as to a board."""
    with connected(program) as port:
        yield Device(port)
