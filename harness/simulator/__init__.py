"""An nRF52840 that executes firmware and counts its cycles."""

from harness.simulator.chip import Nrf52840, Stop
from harness.simulator.faults import Fault
from harness.simulator.firmware import FirmwareError

__all__ = ["Fault", "FirmwareError", "Nrf52840", "Stop"]
