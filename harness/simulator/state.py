"""Everything that a running chip remembers, in one record that native code and Python share."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from harness.simulator import memory_map
from harness.simulator.layout import Bytes, Int, Integers, Words, dtype_of

NEVER = 1 << 62
"""A cycle that does not come."""

FLASH_HALFWORDS = memory_map.FLASH_BYTES // 2
HALFWORDS = FLASH_HALFWORDS + memory_map.RAM_BYTES // 2
REGISTER_WORDS = memory_map.PERIPHERALS_BYTES // 4
SYSTEM_WORDS = memory_map.SYSTEM_BYTES // 4
GPIO_WORDS = memory_map.GPIO_BYTES // 4
LINE_BYTES = 1 << 20
"""Capacity of each direction of the serial line; a power of two."""
QUEUE_TASKS = 256
NOTES = 64

TIMERS = 5
RTCS = 3

# What can be due, in the order in which things due at the same cycle happen.
SOURCE_HFCLK = 0
SOURCE_LFCLK = 1
SOURCE_RX = 2
SOURCE_RX_TIMEOUT = 3
SOURCE_TX = 4
SOURCE_TIMER = 5
SOURCE_RTC = SOURCE_TIMER + TIMERS
SOURCES = SOURCE_RTC + RTCS

# Why native code asked the engine to stop.
STOP_NONE = 0
STOP_BUDGET = 1
STOP_IDLE = 2
STOP_FAULT = 3
STOP_RESET = 4
STOP_LINE = 5
"""The host must take bytes off the line, or has more to put on it."""


class State:
    """The chip's memory outside of RAM and flash; times are cycles of the 64 MHz clock since power-on."""

    engine: Int
    """The engine's handle."""
    self_address: Int
    """Address in this process of this record."""
    flash: Int
    """Address in this process of the first byte of flash."""
    ram: Int
    """Address in this process of the first byte of RAM."""
    scratch: Int
    """Where the engine puts a register's value."""
    scratch_address: Int

    end: Int
    """Cycle at which the running block will have ended; while asleep, the present."""
    block: Int
    """Address of the running block."""
    expected: Int
    """Address just behind the running block; a block that begins elsewhere was branched to."""
    due: Int
    """Cycle from which the next block boundary has something to do."""
    limit: Int
    """Cycle at which this run ends."""
    now: Int
    """The present as the peripherals see it."""
    slept: Int
    """Cycles spent asleep since power-on."""
    deadline: Annotated[Integers, np.int64, (SOURCES,)]
    next_deadline: Int
    accessed: Int
    """Halfword of the running block from which on the next access to a peripheral must come."""

    stop: Int
    """One of STOP_*."""
    fault: Int
    """One of the fault codes; 0 for none."""
    fault_address: Int
    fault_place: Int
    """Address of the instruction that faults, where the engine stands before it; 0 where it stands there."""
    bad_address: Int
    """Where the last access went that no memory answered."""
    asleep: Int
    """0 awake, 1 in WFE, 2 in WFI."""
    event_register: Int
    check_stack: Int
    stack_limit: Int
    stack_low: Int
    """Lowest stack pointer seen at a block boundary."""

    blocks: Annotated[Words, np.uint32, (HALFWORDS,)]
    """What is known of the block that begins at each halfword; see costs."""
    instructions: Annotated[Bytes, np.uint8, (HALFWORDS,)]
    """Cycles of the instruction that begins at each halfword, 0 where none was seen."""
    transfers: Annotated[Words, np.uint32, (HALFWORDS,)]
    """The load or store that begins at each halfword, see transfers; 0 where none was seen."""
    address_ages: Annotated[Bytes, np.uint8, (HALFWORDS,)]
    """Halfwords since the code in front of it last wrote a register that makes its address; 0 where none was seen."""

    registers: Annotated[Words, np.uint32, (REGISTER_WORDS,)]
    gpio: Annotated[Words, np.uint32, (GPIO_WORDS,)]
    system: Annotated[Words, np.uint32, (SYSTEM_WORDS,)]
    modelled: Annotated[Bytes, np.uint8, (REGISTER_WORDS,)]
    """1 where a register is modelled, 2 where one that is not was already noted."""
    notes: Annotated[Integers, np.int64, (NOTES, 2)]
    """First accesses to registers that are not modelled: address, address of the block."""
    notes_count: Int

    queue: Annotated[Integers, np.int64, (QUEUE_TASKS,)]
    """Addresses of tasks that were triggered and not yet performed."""
    queue_head: Int
    queue_tail: Int

    ppi_enabled: Int
    ppi_event: Annotated[Integers, np.int64, (32,)]
    ppi_task: Annotated[Integers, np.int64, (32,)]
    ppi_fork: Annotated[Integers, np.int64, (32,)]

    irq_pending: Int
    """A bit for each interrupt; there are 48."""
    irq_enabled: Int
    sev_on_pend: Int

    cycle_counter_on: Int
    cycle_counter_base: Int
    """Awake cycle at which CYCCNT would have been 0; while it stands still, its value."""

    timer_running: Annotated[Integers, np.int64, (TIMERS,)]
    timer_value: Annotated[Integers, np.int64, (TIMERS,)]
    """Count at timer_since."""
    timer_since: Annotated[Integers, np.int64, (TIMERS,)]

    rtc_running: Annotated[Integers, np.int64, (RTCS,)]
    rtc_value: Annotated[Integers, np.int64, (RTCS,)]
    rtc_since: Annotated[Integers, np.int64, (RTCS,)]

    rx_on: Int
    rx_pointer: Int
    rx_max: Int
    rx_count: Int
    rx_dma: Int
    """1 while a receive buffer is being filled."""
    rx_fifo: Annotated[Integers, np.int64, (8,)]
    rx_fifo_count: Int
    tx_on: Int
    tx_pointer: Int
    tx_max: Int
    tx_count: Int
    tx_byte: Int
    line_in: Annotated[Bytes, np.uint8, (LINE_BYTES,)]
    line_in_head: Int
    line_in_tail: Int
    line_in_more: Int
    """1 while the host has bytes that line_in had no room for."""
    line_out: Annotated[Bytes, np.uint8, (LINE_BYTES,)]
    line_out_head: Int
    line_out_tail: Int
    bytes_received: Int
    bytes_lost: Int
    last_received: Int
    """Cycle at which the last byte from the host had arrived."""


STATE_TYPE = dtype_of(State)
