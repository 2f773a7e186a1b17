// The DSP instructions of ARMv7E-M that the kernels use, each a function of its own name.
//
// Inline assembly, since gcc before 8 lacks the intrinsics of ACLE. Where the compiler targets another core the same
// functions are plain C++, so that a kernel written with them can be tested anywhere; TINYKWS_HAS_DSP says whether
// they are worth using. Instruction semantics: ARMv7-M Architecture Reference Manual (DDI 0403), chapter A7.7.
#pragma once

#include <stdint.h>

#if defined(__ARM_FEATURE_DSP) && __ARM_FEATURE_DSP
#define TINYKWS_HAS_DSP 1
#else
#define TINYKWS_HAS_DSP 0
#endif

namespace tinykws {
namespace dsp {

// Two int16, the first in memory in the lower half.
typedef uint32_t __attribute__((may_alias)) Pair;
// Four uint8, the first in memory in the lowest byte.
typedef uint32_t __attribute__((may_alias)) Quad;

#if TINYKWS_HAS_DSP

// sum + a.low * b.low + a.high * b.high, of signed halves, modulo 2^32.
inline uint32_t smlad(uint32_t a, uint32_t b, uint32_t sum) {
  uint32_t result;
  __asm("smlad %0, %1, %2, %3" : "=r"(result) : "r"(a), "r"(b), "r"(sum));
  return result;
}

// Bytes 0 and 2, each widened to 16 bits.
inline uint32_t uxtb16(uint32_t quad) {
  uint32_t result;
  __asm("uxtb16 %0, %1" : "=r"(result) : "r"(quad));
  return result;
}

// Bytes 1 and 3, each widened to 16 bits.
inline uint32_t uxtb16_ror8(uint32_t quad) {
  uint32_t result;
  __asm("uxtb16 %0, %1, ror #8" : "=r"(result) : "r"(quad));
  return result;
}

// sum + |a.byte[i] - b.byte[i]| over the four bytes; with b = 0 the sum of the bytes of a.
inline uint32_t usada8(uint32_t a, uint32_t b, uint32_t sum) {
  uint32_t result;
  __asm("usada8 %0, %1, %2, %3" : "=r"(result) : "r"(a), "r"(b), "r"(sum));
  return result;
}

#else

inline uint32_t smlad(uint32_t a, uint32_t b, uint32_t sum) {
  const int32_t low = static_cast<int16_t>(a) * static_cast<int16_t>(b);
  const int32_t high = static_cast<int16_t>(a >> 16) * static_cast<int16_t>(b >> 16);
  return sum + static_cast<uint32_t>(low) + static_cast<uint32_t>(high);
}

inline uint32_t uxtb16(uint32_t quad) { return quad & 0x00FF00FFu; }

inline uint32_t uxtb16_ror8(uint32_t quad) { return (quad >> 8) & 0x00FF00FFu; }

inline uint32_t usada8(uint32_t a, uint32_t b, uint32_t sum) {
  for (int shift = 0; shift < 32; shift += 8) {
    const int32_t difference = static_cast<int32_t>((a >> shift) & 0xFF) - static_cast<int32_t>((b >> shift) & 0xFF);
    sum += static_cast<uint32_t>(difference < 0 ? -difference : difference);
  }
  return sum;
}

#endif

}  // namespace dsp
}  // namespace tinykws
