"""The public archives, from a server on this machine."""

from __future__ import annotations

import hashlib
import http.server
import io
import tarfile
import threading
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pytest

from host_models.dataset import archive, load
from host_models.dataset.archive import Archive, fetch
from host_models.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


class Server(http.server.BaseHTTPRequestHandler):
    """Serves one file, by ranges or whole, and can stop in the middle of it."""

    data: ClassVar[bytes]
    with_ranges: ClassVar[bool] = True
    stop_after: ClassVar[int | None] = None
    starts: ClassVar[list[int]]

    def do_GET(self) -> None:
        """Answer from where the client asks to begin."""
        start = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").removesuffix("-"))
        start = start if self.with_ranges else 0
        self.starts.append(start)
        body = self.data[start:]
        self.send_response(206 if self.with_ranges else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: self.stop_after])

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server(make_wav: Callable[..., bytes]) -> Iterator[type[Server]]:
    """Serve an archive of two clips."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as tar:
        for name in ("./yes/1_nohash_0.wav", "./_unknown_/2_nohash_0.wav"):
            data = make_wav(np.random.default_rng(0).integers(-99, 99, 5000).astype(np.int16))
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    handler = type("Handler", (Server,), {"data": file.getvalue(), "starts": []})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as listener:
        handler.url = f"http://127.0.0.1:{listener.server_port}/test.tar.gz"  # type: ignore[attr-defined]
        thread = threading.Thread(target=listener.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield handler
        listener.shutdown()
        thread.join(10)


def _archive(server: type[Server], sha256: str | None = None) -> Archive:
    url = server.url  # type: ignore[attr-defined]
    return Archive(url, sha256 or hashlib.sha256(server.data).hexdigest(), len(server.data), "speech_commands_test")


def _quiet(_task: str, _done: int, _total: int) -> None:
    """Report nothing."""


def test_an_archive_becomes_a_folder_of_clips(server: type[Server], tmp_path: Path) -> None:
    """It can be loaded, and nothing else but the lock stays beside it."""
    folder = fetch(_archive(server), tmp_path, _quiet)
    assert len(load(folder)) == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["speech_commands_test", "speech_commands_test.lock"]


def test_what_is_there_is_not_downloaded_again(server: type[Server], tmp_path: Path) -> None:
    """The second call asks no server."""
    fetch(_archive(server), tmp_path, _quiet)
    fetch(_archive(server), tmp_path, _quiet)
    assert len(server.starts) == 1


def test_an_interrupted_download_goes_on_where_it_stopped(server: type[Server], tmp_path: Path) -> None:
    """The bytes that came are kept, and the sentence says so."""
    server.stop_after = 1000
    with pytest.raises(DataError, match="run again to go on where it stopped"):
        fetch(_archive(server), tmp_path, _quiet)
    assert not (tmp_path / "speech_commands_test").exists()
    server.stop_after = None
    assert len(load(fetch(_archive(server), tmp_path, _quiet))) == 2
    assert server.starts == [0, 1000]


def test_a_server_without_ranges_sends_the_whole_again(server: type[Server], tmp_path: Path) -> None:
    """Old bytes are not put in front of the new ones."""
    server.stop_after = 1000
    with pytest.raises(DataError):
        fetch(_archive(server), tmp_path, _quiet)
    server.stop_after, server.with_ranges = None, False
    assert len(load(fetch(_archive(server), tmp_path, _quiet))) == 2


def test_a_wrong_checksum_leaves_nothing_behind(server: type[Server], tmp_path: Path) -> None:
    """The error shows both sums; the file is removed, so that the next run starts afresh."""
    with pytest.raises(DataError, match=f"where {'0' * 64} is published"):
        fetch(_archive(server, "0" * 64), tmp_path, _quiet)
    assert [path.name for path in tmp_path.iterdir()] == ["speech_commands_test.lock"]


def test_an_archive_that_reaches_out_of_its_folder_is_refused(server: type[Server], tmp_path: Path) -> None:
    """Python itself refuses such paths only from 3.11.4 on."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as tar:
        tar.addfile(tarfile.TarInfo("../stray.wav"))
    server.data = file.getvalue()
    with pytest.raises(DataError, match=r"stray\.wav would lie outside"):
        fetch(_archive(server), tmp_path / "cache", _quiet)
    assert not (tmp_path / "cache" / "stray.wav").exists()
    assert not (tmp_path / "cache" / "speech_commands_test").exists()


def test_a_server_that_is_not_there_is_named(tmp_path: Path) -> None:
    """The error names the address and the way without it."""
    missing = Archive("http://127.0.0.1:9/x.tar.gz", "0" * 64, 1, "x")
    with pytest.raises(DataError, match=r"http://127\.0\.0\.1:9/x\.tar\.gz can't be downloaded.*folder of clips"):
        fetch(missing, tmp_path, _quiet)


def test_the_progress_ends_at_the_size_of_the_archive(server: type[Server], tmp_path: Path) -> None:
    """What is reported is bytes that are there, of all."""
    told: list[tuple[int, int]] = []
    fetch(_archive(server), tmp_path, lambda _task, done, total: told.append((done, total)))
    assert told[-1] == (len(server.data), len(server.data))


def test_the_published_archives_have_sums_of_sha256() -> None:
    """A mistyped constant would be found only after 2.4 GB."""
    for published in (archive.WORDS, archive.TEST_SET):
        assert len(bytes.fromhex(published.sha256)) == 32
