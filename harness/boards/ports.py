"""Which serial ports there are at this moment, of attached and of simulated boards, and what is known of each board."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from serial.tools import list_ports

from harness.boards import kinds, registry

if TYPE_CHECKING:
    from serial.tools.list_ports_common import ListPortInfo


@dataclass(frozen=True)
class ConnectedBoard:
    """A port on which a board may be: `fqbn` is None where it doesn't say what it is.

    `name` is a simulated board's name, or the name of an attached board's kind; `product` what the board calls itself.
    A board that is `in_bootloader` takes an upload, but runs no sketch.
    """

    port: str
    fqbn: str | None
    serial_number: str | None
    name: str | None
    product: str
    in_bootloader: bool

    def is_meant_by(self, word: str) -> bool:
        """Whether `word` is its port, serial number, name or product."""
        return word in (self.port, self.serial_number, self.name, self.product)


def attached() -> tuple[ConnectedBoard, ...]:
    """List this computer's serial ports, real ones, in the order of their names."""
    return tuple(_attached(port) for port in sorted(list_ports.comports()))


def simulated() -> tuple[ConnectedBoard, ...]:
    """List the ports of the simulated boards that are there now."""
    return tuple(
        ConnectedBoard(
            port=board.port,
            fqbn=board.fqbn,
            serial_number=board.serial_number,
            name=board.name,
            product="Arduino Nano 33 BLE (simulated)",
            in_bootloader=board.in_bootloader,
        )
        for board in registry.running()
        if board.present
    )


def find(port: str, serial_number: str | None) -> ConnectedBoard | None:
    """Board that is there now with this serial number, under whatever port, or else the one at `port`."""
    there = simulated() + attached()
    numbered = (board for board in there if serial_number is not None and board.serial_number == serial_number)
    return next(numbered, None) or next((board for board in there if board.port == port), None)


def _attached(port: ListPortInfo) -> ConnectedBoard:
    kind = kinds.by_usb((port.vid, port.pid))
    return ConnectedBoard(
        port=port.device,
        fqbn=kind.fqbn if kind else None,
        serial_number=port.serial_number,
        name=kind.name if kind else None,
        product=port.product or port.description,
        in_bootloader=kind is not None and (port.vid, port.pid) in kind.bootloader_usb,
    )
