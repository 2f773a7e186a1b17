// Time since start: TIMER0 counts microseconds, TIMER1 counts TIMER0's wraps.
#pragma once

#include <stdint.h>

// Starts the crystal oscillator and both timers; called once, before setup().
void start_timebase();

// Microseconds since start_timebase().
uint64_t micros64();

// How far ahead wake_at() can look, with room for the comparison modulo 2^32.
constexpr uint64_t kLongestSleepUs = 0x40000000;

// Arms TIMER0 to wake the core when micros() passes `deadline_us`; true when it has passed already.
bool wake_at(uint32_t deadline_us);
