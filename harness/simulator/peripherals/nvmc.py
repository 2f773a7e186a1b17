"""NVMC: the flash controller's registers, which here are memory (nRF52840 PS v1.7, 4.3)."""

from __future__ import annotations

READY = 0x400
READYNEXT = 0x408
CONFIG = 0x504
ICACHECNF = 0x540
IHIT = 0x548
IMISS = 0x54C

REGISTERS = (READY, READYNEXT, ICACHECNF)
"""The ones that do what they should. CONFIG and the erase registers accept values, but flash stays read-only."""
RESET_VALUES = {READY: 1, READYNEXT: 1}
