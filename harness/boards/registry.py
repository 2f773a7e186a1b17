"""Which simulated boards run on this machine: one entry a board, in a directory that only their user can read.

A board holds a file lock on `NAME.lock` for as long as its process lives; the kernel drops it however the process ends.
An entry whose lock is free was left by a process that crashed, and whoever sees it removes it. (A lock, unlike a
process number with its start time, can't be mistaken for another process's, and needs nothing that only Linux has.)
"""

from __future__ import annotations

import dataclasses
import json
import os
import re
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from harness.boards import operating_system
from harness.deadline import Deadline
from harness.errors import BoardError, MisuseError
from host_models import exclusive_lock

FQBN = "tinyhil:nrf52:nano33ble"
DEFAULT_NAME = "nano33ble"

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
_SOCKET_PATH_BYTES = 100
"""Longest path that an AF_UNIX address holds everywhere (104 bytes on macOS, 108 on Linux, with a final zero)."""
_CLAIM_S = 0.1
"""How long a claim tries, so that someone who just looks whether the entry is stale is not taken for a board."""


@dataclass(frozen=True)
class RunningBoard:
    """One simulated board, as its process describes it.

    `port` is a symbolic link to its pseudo-terminal and `url` a pyserial URL; both work while `present`, not during an
    upload and not after a fault. `control` is the path of its control socket. While it is `in_bootloader` it runs no
    program, but takes an upload.
    """

    name: str
    fqbn: str
    pid: int
    port: str
    url: str
    present: bool
    control: str
    log: str
    in_bootloader: bool = False

    @property
    def serial_number(self) -> str:
        """What tells this board from others where a real one has its USB serial number."""
        return f"sim-{self.name}"

    def is_meant_by(self, word: str) -> bool:
        """Whether `word` is this board's name, port, URL, `sim://` URL or serial number."""
        return word in (self.name, self.port, self.url, f"sim://{self.name}", self.serial_number)

    @classmethod
    def read(cls, path: Path) -> RunningBoard:
        """Entry in the file `path`; OSError or ValueError where it is gone or is none."""
        fields: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        try:
            return cls(**fields)
        except TypeError as error:
            raise ValueError(f"{path} is no entry of this version: {error}") from error


def directory() -> Path:
    """Directory of the ports, made where it is missing: `$XDG_RUNTIME_DIR/tinyhil`, else one that the system has.

    Raises BoardError where somebody else could have put things into it.
    """
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    path = Path(runtime) / "tinyhil" if runtime else operating_system.shared_directory()
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = path.lstat()  # before anything is done to it: a link would lead to where somebody else wants
        if not operating_system.is_ours(found) or not stat.S_ISDIR(found.st_mode):
            raise BoardError(f"{path} belongs to somebody else; set XDG_RUNTIME_DIR to a directory of yours")
        path.chmod(0o700)
        (path / "boards").mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise BoardError(
            f"the directory of running boards, {path}, can't be used ({error.strerror}); "
            "set XDG_RUNTIME_DIR to a directory of yours"
        ) from error
    return path


def running() -> tuple[RunningBoard, ...]:
    """All boards that run, by name; entries of processes that are gone are removed on the way."""
    if not operating_system.HAS_SIMULATED_BOARDS:
        return ()
    boards = []
    for lock in sorted(_entries().glob("*.lock"), key=lambda path: path.stem):
        if _remove_if_stale(lock):
            continue
        with suppress(OSError, ValueError):  # it is starting, and has no entry yet, or it is just going
            boards.append(RunningBoard.read(lock.with_suffix(".json")))
    return tuple(boards)


def find(word: str) -> RunningBoard:
    """Board that `word` names, by name, port or URL. Raises BoardError where none does."""
    boards = running()
    for board in boards:
        if board.is_meant_by(word):
            return board
    names = ", ".join(board.name for board in boards) or "none"
    raise BoardError(
        f"no simulated board has the name or port {word} (running: {names}); start one with: tinyhil sim start"
    )


class Claim:
    """The right to a name, held until `release` or the end of the process."""

    def __init__(self, name: str, lock: int) -> None:
        """Hold `name` by the locked descriptor `lock`."""
        self.name = name
        self._lock = lock

    @classmethod
    def take(cls, name: str) -> Self:
        """Claim just `name`. Raises MisuseError where it is no name, BoardError where a board has it."""
        if not _NAME.fullmatch(name):
            raise MisuseError(f"{name!r} can't name a board; use up to 32 lower-case letters, digits and hyphens")
        claim = cls._take_if_free(name)
        if claim is None:
            raise BoardError(f"a simulated board called {name} runs already; choose another name, or: tinyhil sim stop")
        return claim

    @classmethod
    def take_free(cls) -> Self:
        """Claim `nano33ble`, or the first of `nano33ble-2`, `nano33ble-3` and so on that is free."""
        for number in range(1, 1000):
            name = DEFAULT_NAME if number == 1 else f"{DEFAULT_NAME}-{number}"
            if claim := cls._take_if_free(name):
                return claim
        raise BoardError("a thousand simulated boards run already; stop some with: tinyhil sim stop --all")

    @classmethod
    def _take_if_free(cls, name: str) -> Self | None:
        """Claim `name`, or return None where a board has it. Raises BoardError where no board can have a place."""
        lock = _lock(_path(name, ".lock"))
        if lock is None:
            return None
        claim = cls(name, lock)
        claim._clear()
        return claim

    @property
    def control(self) -> Path:
        """Path for the control socket."""
        return _path(self.name, ".control")

    @property
    def log(self) -> Path:
        """Path for the board's log."""
        return _path(self.name, ".log")

    def port(self, generation: int) -> Path:
        """Path for the port: `NAME`, and for each later name that it takes on `NAME.1`, `NAME.2` and so on."""
        return directory() / (f"{self.name}.{generation}" if generation else self.name)

    def publish(self, board: RunningBoard) -> None:
        """Write the entry, whole or not at all."""
        path = _path(self.name, ".json")
        fresh = path.with_suffix(".json.new")
        fresh.write_text(json.dumps(dataclasses.asdict(board)), encoding="utf-8")
        fresh.replace(path)

    def release(self) -> None:
        """Remove the entry and give the name back."""
        self._clear()
        _path(self.name, ".lock").unlink(missing_ok=True)
        os.close(self._lock)

    def _clear(self) -> None:
        _clear(self.name)


def _entries() -> Path:
    return directory() / "boards"


def _path(name: str, suffix: str) -> Path:
    path = _entries() / (name + suffix)
    if len(os.fsencode(path)) > _SOCKET_PATH_BYTES:
        raise BoardError(f"{path} is too long for a socket's path; set XDG_RUNTIME_DIR to a shorter directory")
    return path


def _lock(path: Path) -> int | None:
    """Open and locked descriptor of the file that is at `path`, None where a live process holds it."""
    deadline = Deadline(_CLAIM_S)
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        if not exclusive_lock.take(descriptor):
            os.close(descriptor)
            if deadline.passed:
                return None
            deadline.pause(0.01)
        elif _is_file_at(descriptor, path):
            return descriptor
        else:
            os.close(descriptor)


def _is_file_at(descriptor: int, path: Path) -> bool:
    """Whether `path` still leads to the open file, which its holder may just have removed."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _remove_if_stale(lock: Path) -> bool:
    """Whether the process behind `lock` is gone; if so its entry, port and socket are gone now too."""
    try:
        descriptor = os.open(lock, os.O_RDWR)
    except FileNotFoundError:
        return True
    try:
        if not exclusive_lock.take(descriptor):
            return False
        if _is_file_at(descriptor, lock):
            _clear(lock.stem)
            lock.unlink()
    finally:
        os.close(descriptor)
    return True


def _clear(name: str) -> None:
    """Remove all that a board called `name` may have left, but for its log. Only for who holds its lock."""
    for suffix in (".json", ".json.new", ".control"):
        _path(name, suffix).unlink(missing_ok=True)
    for port in (directory() / name, *directory().glob(f"{name}.*")):
        port.unlink(missing_ok=True)
