"""The public archives of Speech Commands: where they are, what they must be, and how they come into a folder.

Sizes and SHA-256 are those that TensorFlow Datasets publishes (tensorflow/datasets, url_checksums/speech_commands.txt);
torchaudio has the same sum for the data set (pytorch/audio, datasets/speechcommands.py).
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import os
import shutil
import tarfile
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from host_models import exclusive_lock
from host_models.dataset.source import TEST_FOLDER, WORDS_FOLDER
from host_models.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator

_CHUNK_BYTES = 1 << 20
_SILENCE_TIMEOUT_S = 30.0
"""How long a server may say nothing."""

Report = Callable[[str, int, int], None]
"""Called with the task, the bytes that are there, and all of them."""


@dataclass(frozen=True)
class Archive:
    """A .tar.gz on a server, and the name of the folder that it becomes."""

    url: str
    sha256: str
    size_bytes: int
    folder: str


WORDS = Archive(
    "http://download.tensorflow.org/data/speech_commands_v0.02.tar.gz",
    "af14739ee7dc311471de98f5f9d2c9191b18aedfe957f4a6ff791c709868ff58",
    2_428_923_189,
    WORDS_FOLDER,
)
"""All 105,829 clips of version 0.02, a folder for each word."""

TEST_SET = Archive(
    "http://download.tensorflow.org/data/speech_commands_test_set_v0.02.tar.gz",
    "cc2a00c1147c2254e9be3fa0f779d8c17421dc349b86366567a8edfa9acd51df",
    112_563_277,
    TEST_FOLDER,
)
"""The official test set of version 0.02."""


def cache_folder() -> Path:
    """Return where archives and their clips are kept: `datasets` in TINYHIL_HOME, by default ~/.cache/tinyhil."""
    return Path(os.environ.get("TINYHIL_HOME") or Path.home() / ".cache" / "tinyhil") / "datasets"


def public(report: Report, cache: Path | None = None) -> Path:
    """Return a folder with the whole data set and its test set, downloaded where they are not there yet."""
    cache = cache or cache_folder()
    for archive in (WORDS, TEST_SET):
        fetch(archive, cache, report)
    return cache


def fetch(archive: Archive, cache: Path, report: Report) -> Path:
    """Download an archive, check it and unpack it into a folder of `cache`; returns the folder.

    What was downloaded before an interruption is kept and gone on from. The folder appears when it is complete, and is
    taken as it is when it is there. Raises DataError where the server, the disk or the checksum does not agree.
    """
    folder = cache / archive.folder
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with _alone(cache, archive):
            if not folder.is_dir():
                file = _downloaded(archive, cache, report)
                _unpack(file, folder)
                file.unlink()
    except (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError) as error:
        raise DataError(
            f"{archive.url} can't be downloaded ({error}); run again to go on where it stopped, "
            "or name a folder of clips instead"
        ) from None
    except OSError as error:
        raise DataError(f"{cache} can't take the clips of {archive.url}: {error.strerror or error}") from None
    return folder


@contextlib.contextmanager
def _alone(cache: Path, archive: Archive) -> Iterator[None]:
    """Hold the lock on an archive. Raises DataError where another process has it."""
    with (cache / f"{archive.folder}.lock").open("ab") as lock:
        if not exclusive_lock.take(lock.fileno()):
            raise DataError(f"another process is getting {archive.url} into {cache}; wait until it is done")
        yield


def _downloaded(archive: Archive, cache: Path, report: Report) -> Path:
    """Return the complete archive with the right checksum; a wrong one is removed. Raises DataError."""
    part = cache / f"{archive.folder}.tar.gz.part"
    if not part.exists() or part.stat().st_size < archive.size_bytes:
        _download(archive, part, report)
    size, found = part.stat().st_size, _sha256(part)
    if size < archive.size_bytes:
        raise DataError(
            f"{archive.url} ended after {size} of {archive.size_bytes} bytes; run again to go on where it stopped"
        )
    if found != archive.sha256:
        part.unlink()
        raise DataError(
            f"{archive.url} has the SHA-256 {found} where {archive.sha256} is published; "
            "it was removed: run again, or name a folder of clips instead"
        )
    return part


def _download(archive: Archive, part: Path, report: Report) -> None:
    """Append to `part` what it lacks; start again where the server sends only whole files."""
    there = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(archive.url, headers={"Range": f"bytes={there}-"})  # noqa: S310 - http(s) constants
    with urllib.request.urlopen(request, timeout=_SILENCE_TIMEOUT_S) as response:  # noqa: S310 - as above
        resumed = response.status == http.HTTPStatus.PARTIAL_CONTENT
        there = there if resumed else 0
        with part.open("ab" if resumed else "wb") as file:
            while chunk := response.read(_CHUNK_BYTES):
                file.write(chunk)
                there += len(chunk)
                report(f"download of {archive.folder}", there, archive.size_bytes)


def _sha256(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _unpack(file: Path, folder: Path) -> None:
    """Unpack into a folder that appears at once. Raises DataError where the archive is damaged."""
    part = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        with tarfile.open(file) as tar:
            _extract(tar, part)
    except (tarfile.TarError, EOFError) as error:
        raise DataError(f"{file} can't be unpacked ({error}); remove it and run again") from None
    part.rename(folder)


def _extract(tar: tarfile.TarFile, folder: Path) -> None:
    """Write the regular files of an archive below a folder.

    The filters of `tarfile` that refuse paths out of the folder came with Python 3.11.4; Debian 12 has 3.11.2.
    Raises tarfile.TarError for such a path.
    """
    folder.mkdir()
    for member in filter(tarfile.TarInfo.isfile, tar):
        target = folder / member.name
        if not target.resolve().is_relative_to(folder.resolve()):
            raise tarfile.TarError(f"{member.name} would lie outside of the folder")
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as file:
            shutil.copyfileobj(cast("IO[bytes]", tar.extractfile(member)), file)
