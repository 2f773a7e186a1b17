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

// requantize() of one filter's accumulators, then the ReLU's clamp. What rounds to a code above zero is positive, and
// for positive values both roundings are "add half, cut off"; so no other case needs its own steps.
class ReluCode {
 public:
  ReluCode(const Requantization& to, int f)
      : multiplier_(to.multiplier[f]),
        shift_(to.shift[f]),
        half_((uint32_t{1} << shift_) >> 1),
        zero_(static_cast<uint32_t>(to.zero)),
        span_(static_cast<uint32_t>(to.max - to.zero)) {}

  // `accumulator`: an int32, modulo 2^32. Returns its code, zero .. max.
  __attribute__((always_inline)) uint8_t operator()(uint32_t accumulator) const {
    const int32_t high = multiply_high(static_cast<int32_t>(accumulator), multiplier_);
    if (high <= 0) return static_cast<uint8_t>(zero_);
    const uint32_t above = (static_cast<uint32_t>(high) + half_) >> shift_;
    return static_cast<uint8_t>(zero_ + (above < span_ ? above : span_));
  }

 private:
  const int32_t multiplier_;
  const int32_t shift_;
  const uint32_t half_;
  const uint32_t zero_;
  const uint32_t span_;
};

}  // namespace tinykws
