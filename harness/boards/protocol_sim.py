"""pyserial's handler of URLs such as `sim://nano33ble`: the port of the running simulated board of that name.

A program gets it by `serial.protocol_handler_packages.append("harness.boards")`.
"""

from __future__ import annotations

import serial
from serial.urlhandler import protocol_socket

from harness.boards import operating_system, registry
from harness.errors import TinyhilError


def serial_class_for_url(url: str) -> tuple[str, type[serial.SerialBase]]:
    """Port and class for `url`, as `serial.serial_for_url` asks for them; SerialException where no such board runs."""
    try:
        board = registry.find(url)
    except TinyhilError as error:
        raise serial.SerialException(str(error)) from error
    if operating_system.PTYS_TAKE_ANY_RATE:
        return board.port, serial.Serial
    return board.url, protocol_socket.Serial
