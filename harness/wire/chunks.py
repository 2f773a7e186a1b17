"""What stands on a line between two zeros."""

from __future__ import annotations

LONGEST_BYTES = 4096
"""No frame is longer; what goes on without a zero beyond this is handed over as it is."""


class Chunks:
    """Cuts the bytes of a line into chunks, however they come."""

    def __init__(self) -> None:
        self._begun = bytearray()

    def take(self, data: bytes) -> list[bytes]:
        """Return the chunks that `data` completes, without their delimiters, in order, the empty ones left out."""
        *ended, begun = bytes(self._begun + data).split(b"\0")
        if len(begun) > LONGEST_BYTES:
            ended.append(begun)
            begun = b""
        self._begun = bytearray(begun)
        return [chunk for chunk in ended if chunk]

    @property
    def begun(self) -> bytes:
        """What has come since the last delimiter."""
        return bytes(self._begun)


def text_lines(chunk: bytes) -> list[str] | None:
    """Return the lines of a chunk that is text (printable UTF-8), or None if it is not."""
    try:
        text = chunk.decode()
    except UnicodeDecodeError:
        return None
    lines = [line.strip() for line in text.splitlines()]
    if not all(character.isprintable() or character in "\t\x1b" for line in lines for character in line):
        return None
    return [line for line in lines if line]
