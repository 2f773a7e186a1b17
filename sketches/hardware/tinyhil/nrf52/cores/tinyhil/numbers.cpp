// random() and map().
#include "Arduino.h"

namespace {

uint32_t state = 1;

// Marsaglia, "Xorshift RNGs", Journal of Statistical Software 8(14), 2003: the triple (13, 17, 5).
uint32_t next_random() {
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return state;
}

}  // namespace

void randomSeed(unsigned long seed) {
  if (seed != 0) {
    state = seed;
  }
}

long random(long high) { return high <= 0 ? 0 : static_cast<long>(next_random() % static_cast<uint32_t>(high)); }

long random(long low, long high) { return low >= high ? low : low + random(high - low); }

extern "C" long map(long x, long from_low, long from_high, long to_low, long to_high) {
  return (x - from_low) * (to_high - to_low) / (from_high - from_low) + to_low;
}
