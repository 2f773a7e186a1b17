// How the core sleeps: by WFE, woken by an interrupt that becomes pending and is never taken.
//
// SCR.SEVONPEND makes a pending interrupt set the event register although its NVIC line is disabled, so there are no
// handlers and nothing of the core ever runs inside a sketch's timed code. Only the step from idle to pending counts,
// so before it sleeps the core clears what is pending, then looks, then waits:
//
//     for (;;) { rearm(event, irq); if (there is what we wait for) break; wait_for_event(); }
//
// An event between rearm and the wait leaves the event register set, and the wait returns at once.
#pragma once

#include "nrf52840.h"

inline void rearm(uint32_t event, nrf52840::Irq irq) {
  nrf52840::reg(event) = 0;
  // The peripheral bus buffers the write: read it back before the NVIC looks.
  (void)static_cast<uint32_t>(nrf52840::reg(event));
  nrf52840::reg(nrf52840::scs::kNvicIcpr0) = 1u << static_cast<uint32_t>(irq);
}

inline void wait_for_event() { __asm volatile("dsb\n\twfe" ::: "memory"); }
