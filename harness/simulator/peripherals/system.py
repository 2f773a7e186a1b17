"""The core's own registers: NVIC, system control block, DWT cycle counter (ARMv7-M ARM DDI0403E, B3 and C1.8)."""

from __future__ import annotations

from harness.simulator.memory_map import PERIPHERALS, SYSTEM
from harness.simulator.native import native
from harness.simulator.peripherals.events import line_asserted, pend
from harness.simulator.state import STOP_RESET, State

DWT_CTRL = 0xE000_1000
DWT_CYCCNT = 0xE000_1004
NVIC_ISER = 0xE000_E100
NVIC_ICER = 0xE000_E180
NVIC_ISPR = 0xE000_E200
NVIC_ICPR = 0xE000_E280
NVIC_IABR = 0xE000_E300
NVIC_BYTES = 8
"""Of each of the four kinds of registers above: a bit for each interrupt."""
NVIC_STIR = 0xE000_EF00
CPUID = 0xE000_ED00
VTOR = 0xE000_ED08
AIRCR = 0xE000_ED0C
SCR = 0xE000_ED10
CCR = 0xE000_ED14
CPACR = 0xE000_ED88
MPU_TYPE = 0xE000_ED90
DEMCR = 0xE000_EDFC

CYCCNTENA = 1
TRCENA = 1 << 24
SEVONPEND = 1 << 4
VECTKEY = 0x05FA
VECTKEYSTAT = 0xFA05_0000
SYSRESETREQ = 1 << 2
FPU_FULL = 0xF << 20
"""CPACR.CP10 and CP11 full access."""
WORD = 0xFFFF_FFFF

INTERRUPTS = 48
RESET_VALUES = {
    CPUID: 0x410F_C241,
    AIRCR: VECTKEYSTAT,
    CCR: 0x200,
    MPU_TYPE: 0x800,
    DWT_CTRL: 0x4000_0000,
}


@native
def get(chip: State, address: int) -> int:
    """Return the stored value of the system register at `address`."""
    return int(chip.system[(address - SYSTEM) >> 2])


@native
def put(chip: State, address: int, value: int) -> None:
    """Store the system register at `address`, without any effect."""
    chip.system[(address - SYSTEM) >> 2] = value


@native
def cycle_count(chip: State) -> int:
    """CYCCNT: it counts while the core is awake, since its clock stands still in sleep."""
    if chip.cycle_counter_on != 0:
        return (chip.now - chip.slept - chip.cycle_counter_base) & WORD
    return chip.cycle_counter_base & WORD


@native
def set_cycle_count(chip: State, value: int) -> None:
    """Write CYCCNT."""
    chip.cycle_counter_base = chip.now - chip.slept - value if chip.cycle_counter_on != 0 else value


@native
def switch_cycle_counter(chip: State) -> None:
    """Follow DEMCR.TRCENA and DWT_CTRL.CYCCNTENA: the counter runs while both are set."""
    count = cycle_count(chip)
    runs = get(chip, DEMCR) & TRCENA != 0 and get(chip, DWT_CTRL) & CYCCNTENA != 0
    chip.cycle_counter_on = 1 if runs else 0
    set_cycle_count(chip, count)


@native
def unpend(chip: State, mask: int) -> None:
    """Clear pending interrupts; one whose peripheral still requests it stays pending, without a new event."""
    for interrupt in range(INTERRUPTS):
        if (mask >> interrupt) & 1 != 0 and not line_asserted(chip, PERIPHERALS + (interrupt << 12)):
            chip.irq_pending &= ~(1 << interrupt)


@native
def read(chip: State, address: int) -> int:
    """Read the word at `address`."""
    if address == DWT_CYCCNT:
        return cycle_count(chip)
    if NVIC_ISER <= address < NVIC_IABR and address & 0x7F < NVIC_BYTES:
        interrupts = chip.irq_enabled if address < NVIC_ISPR else chip.irq_pending
        return (interrupts >> (8 * (address & 7))) & WORD
    return get(chip, address)


@native
def write_interrupts(chip: State, address: int, value: int) -> None:
    """Write one of the NVIC's registers that enable interrupts or make them pending, 32 a word."""
    first = 8 * (address & 7)
    if address < NVIC_ICER:
        chip.irq_enabled |= (value << first) & ((1 << INTERRUPTS) - 1)
    elif address < NVIC_ISPR:
        chip.irq_enabled &= ~(value << first)
    elif address < NVIC_ICPR:
        for bit in range(32):
            if (value >> bit) & 1 != 0 and first + bit < INTERRUPTS:
                pend(chip, first + bit)
    else:
        unpend(chip, value << first)


@native
def write(chip: State, address: int, value: int) -> None:
    """Write the word at `address`."""
    if address == DWT_CYCCNT:
        set_cycle_count(chip, value)
    elif address in (DWT_CTRL, DEMCR):
        put(chip, address, value)
        switch_cycle_counter(chip)
    elif NVIC_ISER <= address < NVIC_IABR and address & 0x7F < NVIC_BYTES:
        write_interrupts(chip, address, value)
    elif address == NVIC_STIR:
        pend(chip, value & 0x3F)
    elif address == AIRCR:
        if value >> 16 == VECTKEY and value & SYSRESETREQ != 0:
            chip.stop = STOP_RESET
            chip.due = 0
    elif address == SCR:
        put(chip, SCR, value)
        chip.sev_on_pend = value & SEVONPEND
    elif address not in (CPUID, MPU_TYPE):
        put(chip, address, value)


@native
def reset(chip: State) -> None:
    """No interrupt enabled or pending; the cycle counter stands at 0."""
    chip.irq_pending = 0
    chip.irq_enabled = 0
    chip.sev_on_pend = 0
    chip.event_register = 0
    chip.cycle_counter_on = 0
    chip.cycle_counter_base = 0
