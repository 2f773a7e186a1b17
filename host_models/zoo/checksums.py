"""The checksums of a zoo's files, by which one that is not as it was made is known.

They lie in SHA256SUMS beside them, which `sha256sum --check` reads. A zip file's own CRCs do not tell that: whoever
changes a value can write the right CRC beside it.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from host_models.errors import HostModelError

if TYPE_CHECKING:
    from pathlib import Path

FILE = "SHA256SUMS"
_REMEDY = "get the zoo again"


def read(path: Path) -> bytes:
    """Content of a file of a zoo.

    Raises HostModelError, which names the file, where it is not as it was made or is not there.
    """
    right = _sums(path.parent).get(path.name)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise HostModelError(f"{path} can't be read: {error.strerror}; {_REMEDY}") from None
    if right is None:
        raise HostModelError(f"{path} is not named in {FILE} beside it; {_REMEDY}")
    if _sum(data) != right:
        raise HostModelError(
            f"{path} is cut short or was altered: its SHA-256 is not the one in {FILE} beside it; {_REMEDY}"
        )
    return data


def record(path: Path) -> None:
    """Note the checksum of a file that was just made, among those of its folder."""
    sums = _sums(path.parent) if (path.parent / FILE).exists() else {}
    sums[path.name] = _sum(path.read_bytes())
    text = "".join(f"{each}  {name}\n" for name, each in sorted(sums.items()))
    (path.parent / FILE).write_text(text, encoding="utf-8", newline="\n")


def _sums(folder: Path) -> dict[str, str]:
    """Checksums by file name. Raises HostModelError where there are none."""
    path = folder / FILE
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise HostModelError(f"{path}, the checksums of the zoo, can't be read: {error.strerror}; {_REMEDY}") from None
    except UnicodeDecodeError:
        raise HostModelError(f"{path} holds no checksums; {_REMEDY}") from None
    return {name: digest for digest, _, name in (line.partition("  ") for line in lines)}


def _sum(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
