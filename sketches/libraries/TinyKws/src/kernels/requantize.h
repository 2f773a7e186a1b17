// How an int32 accumulator becomes a code again: TensorFlow Lite's reference arithmetic with double rounding.
//
// Source: tensorflow/lite/kernels/internal/common.h (MultiplyByQuantizedMultiplier), gemmlowp/fixedpoint/fixedpoint.h.
#pragma once

#include <stdint.h>

namespace tinykws {

// value * multiplier / 2^31, rounded to nearest, ties upward. `multiplier`: Q31, 0 .. 2^31 - 1.
// Ties upward is what gemmlowp's truncating division with its signed nudge comes to; since the multiplier is not
// negative, nothing saturates.
inline int32_t multiply_high(int32_t value, int32_t multiplier) {
  return static_cast<int32_t>((static_cast<int64_t>(value) * multiplier + (int64_t{1} << 30)) >> 31);
}

// value / 2^shift, rounded to nearest, ties away from zero. `shift`: 0 .. 31.
inline int32_t divide_rounding(int32_t value, int32_t shift) {
  const int32_t mask = static_cast<int32_t>((uint32_t{1} << shift) - 1);
  const int32_t threshold = (mask >> 1) + (value < 0 ? 1 : 0);
  return (value >> shift) + ((value & mask) > threshold ? 1 : 0);
}

inline int32_t requantize(int32_t accumulator, int32_t multiplier, int32_t shift) {
  return divide_rounding(multiply_high(accumulator, multiplier), shift);
}

// accumulator * multiplier / 2^(31 + shift), rounded once, ties upward: how int8 logits are made.
// LiteRT's reference FULLY_CONNECTED rounds the exact product once, unlike its CONV_2D; docs/levels.md says more.
// `multiplier`: Q31, 0 .. 2^31 - 1; `shift`: 0 .. 31.
inline int32_t requantize_once(int32_t accumulator, int32_t multiplier, int32_t shift) {
  const int64_t half = int64_t{1} << (30 + shift);
  return static_cast<int32_t>((static_cast<int64_t>(accumulator) * multiplier + half) >> (31 + shift));
}

inline int32_t clamp(int32_t value, int32_t low, int32_t high) {
  return value < low ? low : value > high ? high : value;
}

// How the outputs of one convolution become codes.
struct Requantization {
  const int32_t* multiplier;  // [filters], Q31, 0 .. 2^31 - 1
  const int32_t* shift;       // [filters], to the right, 0 .. 31
  int32_t zero;               // code of real value 0, 0 .. 255: the ReLU clamps here
  int32_t max;                // highest code, zero .. 255
};

// One accumulator of filter `f` as a code, zero .. max.
inline uint8_t relu_code(int32_t accumulator, const Requantization& to, int f) {
  const int32_t code = requantize(accumulator, to.multiplier[f], to.shift[f]);
  return static_cast<uint8_t>(code <= 0 ? to.zero : code >= to.max - to.zero ? to.max : code + to.zero);
}

}  // namespace tinykws
