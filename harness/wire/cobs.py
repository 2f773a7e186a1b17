"""Consistent Overhead Byte Stuffing: bytes written without zeros (Cheshire and Baker, IEEE/ACM ToN 7(2), 1999)."""

from __future__ import annotations

BLOCK = 254
"""Data bytes in the longest block, after its code byte."""


def encode(data: bytes) -> bytes:
    """Return `data` without zeros: one byte longer, and one more for each full 254 bytes without a zero."""
    encoded = bytearray()
    *before_zeros, last = data.split(b"\0")
    for run in before_zeros:
        _append(encoded, run, len(run) // BLOCK)
    _append(encoded, last, max(0, len(last) - 1) // BLOCK)
    return bytes(encoded)


def _append(encoded: bytearray, run: bytes, full_blocks: int) -> None:
    """Append a run without zeros as that many full blocks, which stand for no zero, and one block of the rest."""
    for start in range(0, full_blocks * BLOCK, BLOCK):
        encoded += b"\xff" + run[start : start + BLOCK]
    rest = run[full_blocks * BLOCK :]
    encoded.append(len(rest) + 1)
    encoded += rest


def decode(encoded: bytes) -> bytes | None:
    """Return what `encode` was given, or None if `encoded` is not whole blocks without zeros."""
    if 0 in encoded:
        return None
    data = bytearray()
    at = 0
    while at < len(encoded):
        end = at + encoded[at]
        if end > len(encoded):
            return None
        data += encoded[at + 1 : end]
        if encoded[at] <= BLOCK and end < len(encoded):
            data.append(0)
        at = end
    return bytes(data)


def largest_data(encoded_bytes: int) -> int:
    """Return how many bytes of any value surely fit in `encoded_bytes` encoded ones."""
    return encoded_bytes - -(-encoded_bytes // (BLOCK + 1))
