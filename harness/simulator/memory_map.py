"""Where the nRF52840 keeps its memories and peripherals.

Source: nRF52840 Product Specification v1.7, sections 4.2 (memory) and 4.2.3 (instantiation); addresses agree with the
crate nrf52840-pac 0.12, which is generated from Nordic's SVD.
"""

from __future__ import annotations

CLOCK_HZ = 64_000_000

FLASH = 0x0000_0000
FLASH_BYTES = 0x0010_0000
RAM = 0x2000_0000
RAM_BYTES = 0x0004_0000
FICR = 0x1000_0000
UICR = 0x1000_1000
INFORMATION_BYTES = 0x2000
"""FICR and UICR, a page each."""

PERIPHERALS = 0x4000_0000
PERIPHERALS_BYTES = 0x0003_0000
"""The APB peripherals, 4 KB each; bits 12 to 19 of an address are the peripheral's id and its interrupt number."""
PERIPHERAL_STRIDE = 0x1000

GPIO = 0x5000_0000
GPIO_BYTES = 0x1000
SYSTEM = 0xE000_0000
SYSTEM_BYTES = 0x0010_0000
"""The private peripheral bus: DWT, NVIC, system control block (ARMv7-M Architecture Reference Manual, B3.1)."""

CLOCK = 0x4000_0000
UARTE0 = 0x4000_2000
TIMER0 = 0x4000_8000
TIMER1 = 0x4000_9000
TIMER2 = 0x4000_A000
RTC0 = 0x4000_B000
EGU0 = 0x4001_4000
RTC1 = 0x4001_1000
TIMER3 = 0x4001_A000
TIMER4 = 0x4001_B000
NVMC = 0x4001_E000
PPI = 0x4001_F000
RTC2 = 0x4002_4000

NAMES = {
    CLOCK: "CLOCK/POWER",
    0x4000_1000: "RADIO",
    UARTE0: "UARTE0",
    0x4000_3000: "SPIM0/TWIM0",
    0x4000_4000: "SPIM1/TWIM1",
    0x4000_5000: "NFCT",
    0x4000_6000: "GPIOTE",
    0x4000_7000: "SAADC",
    TIMER0: "TIMER0",
    TIMER1: "TIMER1",
    TIMER2: "TIMER2",
    RTC0: "RTC0",
    0x4000_C000: "TEMP",
    0x4000_D000: "RNG",
    0x4000_E000: "ECB",
    0x4000_F000: "AAR/CCM",
    0x4001_0000: "WDT",
    RTC1: "RTC1",
    0x4001_2000: "QDEC",
    0x4001_3000: "COMP/LPCOMP",
    0x4001_4000: "EGU0",
    0x4001_5000: "EGU1",
    0x4001_6000: "EGU2",
    0x4001_7000: "EGU3",
    0x4001_8000: "EGU4",
    0x4001_9000: "EGU5",
    TIMER3: "TIMER3",
    TIMER4: "TIMER4",
    0x4001_C000: "PWM0",
    0x4001_D000: "PDM",
    NVMC: "ACL/NVMC",
    PPI: "PPI",
    0x4002_0000: "MWU",
    0x4002_1000: "PWM1",
    0x4002_2000: "PWM2",
    0x4002_3000: "SPIM2",
    RTC2: "RTC2",
    0x4002_5000: "I2S",
    0x4002_7000: "USBD",
    0x4002_8000: "UARTE1",
    0x4002_9000: "QSPI",
    0x4002_D000: "PWM3",
    0x4002_F000: "SPIM3",
    GPIO: "GPIO",
}


def name_of(address: int) -> str:
    """Return the register at `address` as people write it, such as `UARTE0+0x524`, or the bare address."""
    base = address & ~(PERIPHERAL_STRIDE - 1)
    if base in NAMES:
        return f"{NAMES[base]}+0x{address - base:03X}"
    return f"0x{address:08X}"
