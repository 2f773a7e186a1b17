// The rounded square root of a 64-bit integer, as TensorFlow's frontend computes it.
#pragma once

#include <math.h>
#include <stdint.h>

#include "complex16.h"

namespace tinykws {
namespace frontend {

TINYKWS_INLINE float float_root(float x) {
#if defined(__ARM_FP) && (__ARM_FP & 4)
  float root;
  __asm("vsqrt.f32 %0, %1" : "=t"(root) : "t"(x));
  return root;
#else
  return sqrtf(x);
#endif
}

// power: below 2^52. Returns its square root rounded to nearest; 65535 at most for a power below 2^32.
// A root in single precision is off by 2 at most; the remainder, modulo 2^32, tells how to correct it.
TINYKWS_INLINE uint32_t rounded_root(uint64_t power) {
  const uint32_t upper = static_cast<uint32_t>(power >> 32);
  const uint32_t lower = static_cast<uint32_t>(power);
  if ((upper | lower) == 0) return 0;
  const float approximate = static_cast<float>(upper) * 4294967296.0f + static_cast<float>(lower);
  uint32_t root = static_cast<uint32_t>(float_root(approximate) + 0.5f);
  int32_t remainder = static_cast<int32_t>(lower - root * root);
  while (remainder > static_cast<int32_t>(root)) {
    remainder -= static_cast<int32_t>(2 * root + 1);
    ++root;
  }
  while (remainder <= -static_cast<int32_t>(root)) {
    --root;
    remainder += static_cast<int32_t>(2 * root + 1);
  }
  return upper == 0 && root > 65535 ? 65535 : root;
}

}  // namespace frontend
}  // namespace tinykws
