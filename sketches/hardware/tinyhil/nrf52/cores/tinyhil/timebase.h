// Time since start: TIMER0 counts microseconds, TIMER1 counts TIMER0's wraps.
#pragma once

#include <stdint.h>

// Starts the crystal oscillator and both timers; called once, before setup().
void start_timebase();

// Microseconds since start_timebase().
uint64_t micros64();

// How far ahead an alarm can be, with room for the comparison modulo 2^32.
constexpr uint64_t kLongestSleepUs = 0x40000000;

// Wakes the core from WFE at a time; as long as none is set, the timers let it sleep.
class Alarm {
 public:
  ~Alarm();
  // Wakes when micros() passes `deadline_us`; true where it has passed already.
  bool set(uint32_t deadline_us);
};
