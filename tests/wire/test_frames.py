"""Chunks, stuffing and frames of any content."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harness.wire import cobs, frame
from harness.wire.chunks import LONGEST_BYTES, Chunks, text_lines

zeros_and_runs = st.lists(st.one_of(st.just(b"\0"), st.binary(max_size=600))).map(b"".join)
sessions = st.integers(0, 2**32 - 1)
frames = st.builds(frame.Frame, st.integers(0, 255), st.integers(0, 65535), zeros_and_runs)


@given(zeros_and_runs)
def test_stuffing_loses_nothing_and_leaves_no_zero(data: bytes) -> None:
    """Decoding gives back what was encoded, at one byte in 254 more."""
    encoded = cobs.encode(data)
    assert 0 not in encoded
    assert len(encoded) <= len(data) + 1 + len(data) // cobs.BLOCK
    assert cobs.decode(encoded) == data


@given(st.integers(2, 2000))
def test_the_largest_data_fit(encoded_bytes: int) -> None:
    """Data without zeros are the worst case; one byte more would not fit."""
    size = cobs.largest_data(encoded_bytes)
    assert len(cobs.encode(b"\1" * size)) <= encoded_bytes < len(cobs.encode(b"\1" * (size + 1)))


@given(st.integers(40, 2000))
def test_the_largest_payload_fits(encoded_bytes: int) -> None:
    """A frame with the largest payload is not longer than asked for."""
    payload = b"\1" * frame.largest_payload(encoded_bytes)
    assert len(frame.encode(frame.Frame(255, 65535, payload), 5)) <= encoded_bytes


@given(st.binary(max_size=600))
def test_any_chunk_is_decoded_or_refused(chunk: bytes) -> None:
    """No bytes make the decoder fail."""
    data = cobs.decode(chunk)
    assert data is None or 0 not in chunk
    frame.decode(chunk, 0)


@given(frames, sessions, sessions)
def test_a_frame_is_read_in_its_own_session_only(value: frame.Frame, session: int, other: int) -> None:
    """Two sessions never share a checksum: it begins with 32 bits that differ."""
    chunk = frame.encode(value, session)[:-1]
    assert frame.decode(chunk, session) == value
    assert frame.decode(chunk, other) == (value if other == session else None)


@given(frames, sessions, st.data())
def test_a_frame_with_any_bit_flipped_is_damage(value: frame.Frame, session: int, data: st.DataObject) -> None:
    """One wrong bit anywhere is found."""
    chunk = bytearray(frame.encode(value, session)[:-1])
    bit = data.draw(st.integers(0, 8 * len(chunk) - 1))
    chunk[bit // 8] ^= 1 << bit % 8
    assert frame.decode(bytes(chunk), session) is None


@given(st.lists(st.binary(max_size=50)))
def test_chunks_do_not_depend_on_how_bytes_come(pieces: list[bytes]) -> None:
    """They are what stands between zeros."""
    chunks = Chunks()
    cut = [chunk for piece in pieces for chunk in chunks.take(piece)]
    *ended, begun = b"".join(pieces).split(b"\0")
    assert cut == [chunk for chunk in ended if chunk]
    assert chunks.begun == begun


def test_endless_noise_takes_no_memory() -> None:
    """A line without zeros is cut where no frame could still end."""
    chunks = Chunks()
    for _ in range(100):
        chunks.take(b"x" * 1000)
    assert len(chunks.begun) <= LONGEST_BYTES


def test_text_is_told_from_damage() -> None:
    """Printable UTF-8 in lines is text; other bytes are not."""
    assert text_lines("fault at 0x20\r\n  µs 5\n".encode()) == ["fault at 0x20", "µs 5"]
    assert text_lines(b"\x1b[1mbold\ttext") == ["\x1b[1mbold\ttext"]
    assert text_lines(b"\x03\x80\x01") is None
    assert text_lines(b"a\x01b") is None
