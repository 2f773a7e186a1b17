"""pyserial's handler of URLs such as `mock://int8-tflite`: a device in this process that answers from the golden model.

A program gets it by `serial.protocol_handler_packages.append("harness.boards")`.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import serial

from harness.boards import mock
from harness.boards.mock_device import MockDevice
from harness.wire.board_session import BoardSession
from host_models import zoo
from host_models.errors import HostModelError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class Serial(serial.SerialBase):
    """A port with a mock device at its end, made anew when it is opened; it takes any baud rate and loses nothing."""

    _session: BoardSession | None = None
    _arrived: bytearray
    _changed: threading.Condition

    def open(self) -> None:
        """Make the device. Raises ValueError for a URL that names no level of the zoo, SerialException if open."""
        if self.is_open:
            raise serial.SerialException(f"{self.port} is open already")
        level, build_id = mock.read_url(str(self.port))
        try:
            self._session = BoardSession(MockDevice(None if level == mock.QUICK else zoo.load(level), build_id))
        except HostModelError as error:
            raise ValueError(str(error)) from error
        self._arrived = bytearray()
        self._changed = threading.Condition()
        self.is_open = True

    def close(self) -> None:
        """Forget the device; a read that waits in another thread returns."""
        if not self.is_open:
            return
        with self._changed:
            self.is_open = False
            self._session = None
            self._arrived.clear()
            self._changed.notify_all()

    @property
    def in_waiting(self) -> int:
        """Bytes that the device has sent."""
        self._require_session()
        return len(self._arrived)

    def read(self, size: int = 1, /) -> bytes:
        """Return up to `size` bytes, waiting at most `timeout` for all of them."""
        self._require_session()
        with self._changed:
            self._changed.wait_for(lambda: len(self._arrived) >= size or not self.is_open, self.timeout)
            data = bytes(self._arrived[:size])
            del self._arrived[:size]
        return data

    def write(self, data: ReadableBuffer, /) -> int:
        """Hand bytes to the device, which does all that they ask for before this returns."""
        session = self._require_session()
        taken = bytes(data)
        answer = session.receive(taken)
        with self._changed:
            self._arrived += answer
            self._changed.notify_all()
        return len(taken)

    def reset_input_buffer(self) -> None:
        """Drop what the device has sent."""
        self._require_session()
        with self._changed:
            self._arrived.clear()

    def reset_output_buffer(self) -> None:
        """Drop nothing: what was written has been taken already."""
        self._require_session()

    def _reconfigure_port(self) -> None:
        """Nothing on this line depends on the settings."""

    def _update_rts_state(self) -> None:
        """No modem lines."""

    def _update_dtr_state(self) -> None:
        """No modem lines."""

    def _update_break_state(self) -> None:
        """No modem lines."""

    def _require_session(self) -> BoardSession:
        if self._session is None:
            raise serial.PortNotOpenError
        return self._session
