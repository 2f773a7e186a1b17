"""What every board can do, whether it hangs on a cable or runs in a simulator."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

    import serial

    from harness.boards.build import Build


class Board(ABC):
    """A board that takes a build and then talks on a serial port; use it in a `with` statement."""

    name: str
    """What people call it, such as `nano33ble`."""
    fqbn: str
    """Arduino's fully qualified board name, such as `tinyhil:nrf52:nano33ble`."""
    warm_up_clips = 0
    """Clips of each level that are sent before the first one whose times count; a run may set another number."""

    @property
    @abstractmethod
    def port(self) -> str:
        """Where it is now: a device path or another pyserial URL. An upload may change it."""

    @abstractmethod
    def upload(self, build: Build) -> None:
        """Put `build` onto the board with arduino-cli; `port` is up to date afterwards.

        Raises BoardError or ToolchainError where arduino-cli could not.
        """

    @abstractmethod
    def open(self, baud: int) -> serial.SerialBase:
        """Open its port at `baud` bits per second, waiting a while for one that is still coming back.

        Raises BoardError where it does not come, is busy, or may not be opened.
        """

    @abstractmethod
    def fault(self) -> str | None:
        """Report of the fault that stopped the firmware, None while it runs or where the board can't tell."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the board; a second call does nothing."""

    def __enter__(self) -> Self:
        """Use the board, and close it at the end."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the board."""
        self.close()
