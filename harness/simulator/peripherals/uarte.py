"""UARTE0: the serial port with EasyDMA (nRF52840 PS v1.7, 6.34), and the line between it and the host."""

from __future__ import annotations

from harness.simulator import faults
from harness.simulator.memory_map import RAM, RAM_BYTES, UARTE0
from harness.simulator.native import load_byte, native, store_byte
from harness.simulator.peripherals.events import SHORTS, get, put, raise_event, schedule, trigger
from harness.simulator.state import LINE_BYTES, NEVER, SOURCE_RX, SOURCE_RX_TIMEOUT, SOURCE_TX, STOP_LINE, State

TASKS_STARTRX = 0x000
TASKS_STOPRX = 0x004
TASKS_STARTTX = 0x008
TASKS_STOPTX = 0x00C
TASKS_FLUSHRX = 0x02C
EVENTS_RXDRDY = 0x108
EVENTS_ENDRX = 0x110
EVENTS_TXDRDY = 0x11C
EVENTS_ENDTX = 0x120
EVENTS_ERROR = 0x124
EVENTS_RXTO = 0x144
EVENTS_RXSTARTED = 0x14C
EVENTS_TXSTARTED = 0x150
EVENTS_TXSTOPPED = 0x158
ERRORSRC = 0x480
ENABLE = 0x500
PSEL_RTS = 0x508
PSEL_TXD = 0x50C
PSEL_CTS = 0x510
PSEL_RXD = 0x514
BAUDRATE = 0x524
RXD_PTR = 0x534
RXD_MAXCNT = 0x538
RXD_AMOUNT = 0x53C
TXD_PTR = 0x544
TXD_MAXCNT = 0x548
TXD_AMOUNT = 0x54C
CONFIG = 0x56C

SHORT_ENDRX_STARTRX = 1 << 5
SHORT_ENDRX_STOPRX = 1 << 6
ENABLED = 8
DISCONNECTED = 1 << 31
"""The CONNECT bit of a PSEL register."""
OVERRUN = 1
MAXCNT_MASK = 0xFFFF
PARITY = 0x7 << 1
TWO_STOP_BITS = 1 << 4

BAUDRATE_RESET = 0x0400_0000
PSEL_RESET = 0xFFFF_FFFF
FIFO_BYTES = 4
"""Bytes kept between ENDRX and STARTRX, or behind STOPRX."""
TIMEOUT_BYTES = 5
"""Byte times from STOPRX to RXTO."""

REGISTERS = (
    *(TASKS_STARTRX, TASKS_STOPRX, TASKS_STARTTX, TASKS_STOPTX, TASKS_FLUSHRX),
    *(EVENTS_RXDRDY, EVENTS_ENDRX, EVENTS_TXDRDY, EVENTS_ENDTX, EVENTS_ERROR, EVENTS_RXTO),
    *(EVENTS_RXSTARTED, EVENTS_TXSTARTED, EVENTS_TXSTOPPED),
    *(ERRORSRC, ENABLE, PSEL_TXD, PSEL_RXD, PSEL_RTS, PSEL_CTS, BAUDRATE, CONFIG),
    *(RXD_PTR, RXD_MAXCNT, RXD_AMOUNT, TXD_PTR, TXD_MAXCNT, TXD_AMOUNT),
)
RESET_VALUES = {
    BAUDRATE: BAUDRATE_RESET,
    PSEL_TXD: PSEL_RESET,
    PSEL_RXD: PSEL_RESET,
    PSEL_RTS: PSEL_RESET,
    PSEL_CTS: PSEL_RESET,
}


@native
def byte_cycles(chip: State) -> int:
    """Cycles that a byte takes on the line: 10 to 12 bits of a whole number of 16 MHz periods.

    That number is 2^32 / BAUDRATE, truncated: it gives every "actual rate" in the register's description.
    CONFIG adds a parity bit and a second stop bit.
    """
    config = get(chip, UARTE0 + CONFIG)
    bits = 10 + (1 if config & PARITY == PARITY else 0) + (1 if config & TWO_STOP_BITS else 0)
    rate = max(get(chip, UARTE0 + BAUDRATE), 1 << 12)
    return bits * 4 * ((1 << 32) // rate)


@native
def in_ram(first: int, count: int) -> bool:
    """Whether EasyDMA reaches `count` bytes from address `first`: it sees the data RAM only (PS 6.34.1)."""
    return first >= RAM and first + count <= RAM + RAM_BYTES


@native
def reset(chip: State) -> None:
    """Stop receiver and transmitter; bytes on the line stay there."""
    chip.rx_on = 0
    chip.rx_dma = 0
    chip.rx_fifo_count = 0
    chip.tx_on = 0
    schedule(chip, SOURCE_TX, NEVER)
    schedule(chip, SOURCE_RX_TIMEOUT, NEVER)


@native
def task(chip: State, offset: int) -> None:
    """Perform the task at register `offset`."""
    if get(chip, UARTE0 + ENABLE) != ENABLED:
        return
    if offset == TASKS_STARTRX:
        start_receiver(chip)
    elif offset == TASKS_STOPRX and chip.rx_on != 0:
        chip.rx_on = 0
        if chip.rx_dma != 0:
            end_reception(chip)
        schedule(chip, SOURCE_RX_TIMEOUT, chip.now + TIMEOUT_BYTES * byte_cycles(chip))
    elif offset == TASKS_FLUSHRX:
        flush_receiver(chip)
    elif offset == TASKS_STARTTX:
        start_transmitter(chip)
    elif offset == TASKS_STOPTX:
        if chip.tx_on != 0:
            chip.tx_on = 0
            put(chip, UARTE0 + TXD_AMOUNT, chip.tx_count)
            schedule(chip, SOURCE_TX, NEVER)
            raise_event(chip, UARTE0 + EVENTS_ENDTX)
        raise_event(chip, UARTE0 + EVENTS_TXSTOPPED)


@native
def start_receiver(chip: State) -> None:
    """Take over RXD.PTR and MAXCNT, which firmware may then write for the next buffer; the FIFO goes first."""
    chip.rx_on = 1
    chip.rx_dma = 1
    chip.rx_pointer = get(chip, UARTE0 + RXD_PTR)
    chip.rx_max = get(chip, UARTE0 + RXD_MAXCNT) & MAXCNT_MASK
    chip.rx_count = 0
    if not in_ram(chip.rx_pointer, chip.rx_max):
        faults.raise_fault_at_access(chip, faults.DMA, chip.rx_pointer)
        return
    raise_event(chip, UARTE0 + EVENTS_RXSTARTED)
    empty_fifo(chip)


@native
def empty_fifo(chip: State) -> None:
    """Move the FIFO's bytes to the buffer, as many as fit."""
    moved = 0
    while moved < chip.rx_fifo_count and chip.rx_dma != 0:
        store(chip, chip.rx_fifo[moved])
        moved += 1
    for left in range(chip.rx_fifo_count - moved):
        chip.rx_fifo[left] = chip.rx_fifo[left + moved]
    chip.rx_fifo_count -= moved


@native
def flush_receiver(chip: State) -> None:
    """FLUSHRX: what the FIFO holds goes to a new buffer, then ENDRX."""
    start_receiver(chip)
    chip.rx_on = 0
    if chip.rx_dma != 0:
        end_reception(chip)


@native
def store(chip: State, value: int) -> None:
    """Put a received byte into the buffer."""
    store_byte(chip.ram + chip.rx_pointer - RAM + chip.rx_count, value)
    chip.rx_count += 1
    if chip.rx_count >= chip.rx_max:
        end_reception(chip)


@native
def end_reception(chip: State) -> None:
    """Close the receive buffer: AMOUNT, ENDRX and its shortcuts."""
    chip.rx_dma = 0
    put(chip, UARTE0 + RXD_AMOUNT, chip.rx_count)
    raise_event(chip, UARTE0 + EVENTS_ENDRX)
    shorts = get(chip, UARTE0 + SHORTS)
    if shorts & SHORT_ENDRX_STARTRX != 0 and chip.rx_on != 0:
        trigger(chip, UARTE0 + TASKS_STARTRX)
    if shorts & SHORT_ENDRX_STOPRX != 0:
        trigger(chip, UARTE0 + TASKS_STOPRX)


@native
def begin_arrival(chip: State, start: int) -> None:
    """Put the host's next byte on the line at cycle `start`, where there is one."""
    if chip.line_in_head == chip.line_in_tail:
        schedule(chip, SOURCE_RX, NEVER)
    else:
        schedule(chip, SOURCE_RX, start + byte_cycles(chip))
        if chip.line_in_more != 0 and chip.line_in_tail - chip.line_in_head == 1:
            chip.stop = STOP_LINE
            chip.due = 0


@native
def arrive(chip: State) -> None:
    """Take a complete byte from the host: into the buffer, the FIFO, or lost."""
    value = chip.line_in[chip.line_in_head & (LINE_BYTES - 1)]
    chip.line_in_head += 1
    chip.last_received = chip.now
    begin_arrival(chip, chip.now)
    listening = (
        get(chip, UARTE0 + ENABLE) == ENABLED
        and get(chip, UARTE0 + PSEL_RXD) & DISCONNECTED == 0
        and (chip.rx_on != 0 or chip.deadline[SOURCE_RX_TIMEOUT] < NEVER)
    )
    if not listening:
        chip.bytes_lost += 1
        return
    if chip.rx_dma == 0 and chip.rx_fifo_count >= FIFO_BYTES:
        chip.bytes_lost += 1
        put(chip, UARTE0 + ERRORSRC, get(chip, UARTE0 + ERRORSRC) | OVERRUN)
        raise_event(chip, UARTE0 + EVENTS_ERROR)
        return
    chip.bytes_received += 1
    raise_event(chip, UARTE0 + EVENTS_RXDRDY)
    if chip.rx_dma != 0:
        store(chip, value)
    else:
        chip.rx_fifo[chip.rx_fifo_count] = value
        chip.rx_fifo_count += 1


@native
def time_out(chip: State) -> None:
    """Tell that the receiver has stopped."""
    schedule(chip, SOURCE_RX_TIMEOUT, NEVER)
    raise_event(chip, UARTE0 + EVENTS_RXTO)


@native
def start_transmitter(chip: State) -> None:
    """Take over TXD.PTR and MAXCNT, which firmware may then write, and send the first byte."""
    chip.tx_on = 1
    chip.tx_pointer = get(chip, UARTE0 + TXD_PTR)
    chip.tx_max = get(chip, UARTE0 + TXD_MAXCNT) & MAXCNT_MASK
    chip.tx_count = 0
    if not in_ram(chip.tx_pointer, chip.tx_max):
        faults.raise_fault_at_access(chip, faults.DMA, chip.tx_pointer)
        return
    raise_event(chip, UARTE0 + EVENTS_TXSTARTED)
    send_next(chip)


@native
def send_next(chip: State) -> None:
    """Fetch the next byte and put it on the line, or end the transmission."""
    if chip.tx_count < chip.tx_max:
        chip.tx_byte = load_byte(chip.ram + chip.tx_pointer - RAM + chip.tx_count)
        schedule(chip, SOURCE_TX, chip.now + byte_cycles(chip))
    else:
        chip.tx_on = 0
        put(chip, UARTE0 + TXD_AMOUNT, chip.tx_count)
        schedule(chip, SOURCE_TX, NEVER)
        raise_event(chip, UARTE0 + EVENTS_ENDTX)


@native
def sent(chip: State) -> None:
    """Take a byte that has completely left the board off the transmitter."""
    if get(chip, UARTE0 + PSEL_TXD) & DISCONNECTED == 0:
        chip.line_out[chip.line_out_tail & (LINE_BYTES - 1)] = chip.tx_byte
        chip.line_out_tail += 1
    chip.tx_count += 1
    raise_event(chip, UARTE0 + EVENTS_TXDRDY)
    send_next(chip)


@native
def write(chip: State, offset: int, value: int) -> None:
    """Write a register that is neither task, event nor interrupt enable."""
    if offset == ERRORSRC:
        put(chip, UARTE0 + offset, get(chip, UARTE0 + offset) & ~value)
        return
    put(chip, UARTE0 + offset, value)
    if offset == ENABLE and value != ENABLED:
        reset(chip)
