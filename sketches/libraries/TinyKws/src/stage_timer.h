// Cycles between two points of a program, by the board's cycle counter.
#pragma once

#include <stdint.h>

#include "board.h"

namespace tinykws {

class StageTimer {
 public:
  StageTimer() : start_(latch()) {}

  // Cycles since the timer was made; exact below 2^32 (67 s at 64 MHz).
  uint32_t stop() const { return latch() - start_; }

 private:
  // The barriers keep the compiler from moving a stage's memory accesses out of, or others' into, the stage.
  static uint32_t latch() {
    __asm volatile("" ::: "memory");
    const uint32_t now = board::cycles();
    __asm volatile("" ::: "memory");
    return now;
  }

  uint32_t start_;
};

}  // namespace tinykws
