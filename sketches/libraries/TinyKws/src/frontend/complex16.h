// Complex numbers of two int16 in one word, with the rounding of KISS FFT's fixed-point arithmetic.
//
// A Complex holds the real part in its low half and the imaginary part in its high half. All sums wrap modulo 2^16.
// With the DSP instructions of ARMv7E-M an operation takes 1 to 4 of them; they are inline assembly, since gcc before 8
// lacks the intrinsics of ACLE. Elsewhere the same operations are plain C++. Semantics of the instructions: ARMv7-M
// Architecture Reference Manual (DDI 0403), chapter A7.7.
#pragma once

#include <stdint.h>
#include <string.h>

#define TINYKWS_INLINE inline __attribute__((always_inline))

namespace tinykws {
namespace frontend {

typedef uint32_t Complex;

TINYKWS_INLINE int32_t low(uint32_t pair) { return static_cast<int16_t>(pair & 0xFFFFu); }
TINYKWS_INLINE int32_t high(uint32_t pair) { return static_cast<int16_t>(pair >> 16); }

// Zero bits above the leading one; x is not 0.
TINYKWS_INLINE uint32_t leading_zeros(uint32_t x) {
  const int unused = 8 * (static_cast<int>(sizeof(unsigned long)) - 4);
  return static_cast<uint32_t>(__builtin_clzl(x) - unused);
}

// Two neighbouring samples; `samples` may lie at any even address.
TINYKWS_INLINE uint32_t load_pair(const int16_t* samples) {
  uint32_t word;
  memcpy(&word, samples, sizeof word);
  return word;
}

// Division by a constant is a Q15 product with 32767 / n, rounded: twice the factor, so that the result is a high half.
constexpr uint32_t kQuarter = uint32_t{2} * (32767 / 4);
constexpr uint32_t kHalf = uint32_t{2} * (32767 / 2);

#if defined(__ARM_FEATURE_DSP) && __ARM_FEATURE_DSP

#define TINYKWS_DSP2(name, instruction)                                   \
  TINYKWS_INLINE uint32_t name(uint32_t a, uint32_t b) {                  \
    uint32_t result;                                                      \
    __asm(instruction " %0, %1, %2" : "=r"(result) : "r"(a), "r"(b));     \
    return result;                                                        \
  }

TINYKWS_DSP2(add, "sadd16")             // a + b
TINYKWS_DSP2(subtract, "ssub16")        // a - b
TINYKWS_DSP2(add_turned, "sasx")        // a + i b
TINYKWS_DSP2(subtract_turned, "ssax")   // a - i b
TINYKWS_DSP2(halved_sum, "shadd16")     // (a + b) / 2, each part rounded down, without overflow
TINYKWS_DSP2(halved_difference, "shsub16")

#undef TINYKWS_DSP2

// The low half of each argument as one word.
TINYKWS_INLINE uint32_t pair(uint32_t low, uint32_t high) {
  uint32_t result;
  __asm("pkhbt %0, %1, %2, lsl #16" : "=r"(result) : "r"(low), "r"(high));
  return result;
}

// The real part of `x` and the imaginary part of `y`, each times `factor` (kQuarter or kHalf), rounded.
TINYKWS_INLINE Complex divide_mixed(Complex x, Complex y, uint32_t factor) {
  uint32_t real, imaginary, result;
  __asm("smlabb %0, %1, %2, %3" : "=r"(real) : "r"(x), "r"(factor), "r"(uint32_t{1} << 15));
  __asm("smlatb %0, %1, %2, %3" : "=r"(imaginary) : "r"(y), "r"(factor), "r"(uint32_t{1} << 15));
  __asm("pkhtb %0, %1, %2, asr #16" : "=r"(result) : "r"(imaginary), "r"(real));
  return result;
}

// x times a Q15 twiddle factor, rounded.
TINYKWS_INLINE Complex multiply(Complex x, Complex twiddle) {
  uint32_t real, imaginary, result;
  __asm("smlsd %0, %1, %2, %3" : "=r"(real) : "r"(x), "r"(twiddle), "r"(uint32_t{1} << 14));
  __asm("smladx %0, %1, %2, %3" : "=r"(imaginary) : "r"(x), "r"(twiddle), "r"(uint32_t{1} << 14));
  __asm("pkhtb %0, %1, %2, asr #15" : "=r"(result) : "r"(imaginary << 1), "r"(real));
  return result;
}

// x.real^2 + x.imaginary^2, of parts that are not both -32768.
TINYKWS_INLINE uint32_t energy(Complex x) {
  uint32_t result;
  __asm("smuad %0, %1, %1" : "=r"(result) : "r"(x));
  return result;
}

// As energy, of the real part of `x` and the imaginary part of `y`.
TINYKWS_INLINE uint32_t energy_mixed(Complex x, Complex y) {
  uint32_t real, result;
  __asm("smulbb %0, %1, %1" : "=r"(real) : "r"(x));
  __asm("smlatt %0, %1, %1, %2" : "=r"(result) : "r"(y), "r"(real));
  return result;
}

// The halves' absolute values, -32768 staying what it is.
TINYKWS_INLINE uint32_t absolute(uint32_t x) {
  uint32_t negated, result;
  __asm("ssub16 %0, %2, %3\n\tsel %1, %0, %3" : "=&r"(negated), "=r"(result) : "r"(0u), "r"(x));
  return result;
}

// (factor * sample) / 2^16, rounded down, of the lower and of the upper sample of a word.
TINYKWS_INLINE uint32_t scale_low(uint32_t factor, uint32_t samples) {
  uint32_t result;
  __asm("smulwb %0, %1, %2" : "=r"(result) : "r"(factor), "r"(samples));
  return result;
}

TINYKWS_INLINE uint32_t scale_high(uint32_t factor, uint32_t samples) {
  uint32_t result;
  __asm("smulwt %0, %1, %2" : "=r"(result) : "r"(factor), "r"(samples));
  return result;
}

#else

TINYKWS_INLINE uint32_t pair(uint32_t low, uint32_t high) { return (low & 0xFFFFu) | (high << 16); }

TINYKWS_INLINE uint32_t pair(int32_t low, int32_t high) {
  return pair(static_cast<uint32_t>(low), static_cast<uint32_t>(high));
}

TINYKWS_INLINE Complex add(Complex a, Complex b) { return pair(low(a) + low(b), high(a) + high(b)); }
TINYKWS_INLINE Complex subtract(Complex a, Complex b) { return pair(low(a) - low(b), high(a) - high(b)); }
TINYKWS_INLINE Complex add_turned(Complex a, Complex b) { return pair(low(a) - high(b), high(a) + low(b)); }
TINYKWS_INLINE Complex subtract_turned(Complex a, Complex b) { return pair(low(a) + high(b), high(a) - low(b)); }

TINYKWS_INLINE Complex halved_sum(Complex a, Complex b) {
  return pair((low(a) + low(b)) >> 1, (high(a) + high(b)) >> 1);
}

TINYKWS_INLINE Complex halved_difference(Complex a, Complex b) {
  return pair((low(a) - low(b)) >> 1, (high(a) - high(b)) >> 1);
}

TINYKWS_INLINE Complex divide_mixed(Complex x, Complex y, uint32_t factor) {
  const int32_t half = int32_t{1} << 15;
  const int32_t scale = static_cast<int32_t>(factor);
  return pair((low(x) * scale + half) >> 16, (high(y) * scale + half) >> 16);
}

TINYKWS_INLINE Complex multiply(Complex x, Complex twiddle) {
  const int32_t half = int32_t{1} << 14;
  return pair((low(x) * low(twiddle) - high(x) * high(twiddle) + half) >> 15,
              (low(x) * high(twiddle) + high(x) * low(twiddle) + half) >> 15);
}

TINYKWS_INLINE uint32_t energy_mixed(Complex x, Complex y) {
  return static_cast<uint32_t>(low(x) * low(x)) + static_cast<uint32_t>(high(y) * high(y));
}

TINYKWS_INLINE uint32_t energy(Complex x) { return energy_mixed(x, x); }

TINYKWS_INLINE uint32_t absolute(uint32_t x) {
  return pair(low(x) < 0 ? -low(x) : low(x), high(x) < 0 ? -high(x) : high(x));
}

TINYKWS_INLINE uint32_t scale_low(uint32_t factor, uint32_t samples) {
  return static_cast<uint32_t>((static_cast<int64_t>(factor) * low(samples)) >> 16);
}

TINYKWS_INLINE uint32_t scale_high(uint32_t factor, uint32_t samples) {
  return static_cast<uint32_t>((static_cast<int64_t>(factor) * high(samples)) >> 16);
}

#endif

TINYKWS_INLINE Complex divide(Complex x, uint32_t factor) { return divide_mixed(x, x, factor); }

}  // namespace frontend
}  // namespace tinykws
