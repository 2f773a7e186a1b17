// What happens to the signal of one channel: noise reduction, gain control, logarithm, scaling to a byte.
//
// Each function is one of TensorFlow's microfrontend (noise_reduction.c, pcan_gain_control.c, log_scale.c); a right
// shift of a 64-bit product is taken as the high word of a product with a factor that was shifted up.
#pragma once

#include <stdint.h>

#include "complex16.h"
#include "gain_table.h"
#include "log_table.h"
#include "settings.h"

namespace tinykws {
namespace frontend {

TINYKWS_INLINE uint32_t high_word(uint64_t product) { return static_cast<uint32_t>(product >> 32); }

TINYKWS_INLINE uint32_t significant_bits(uint32_t x) {
  return x == 0 ? 0 : 32 - leading_zeros(x);
}

// Moves `estimate` (kSmoothingBits fraction bits) towards the signal by `smoothing` of 2^kNoiseBits.
TINYKWS_INLINE uint32_t smoothed(uint32_t estimate, uint32_t signal, uint32_t smoothing) {
  constexpr uint32_t up = 32 - kNoiseBits;
  return high_word(static_cast<uint64_t>(signal << kSmoothingBits) * (smoothing << up) +
                   static_cast<uint64_t>(estimate) * (((uint32_t{1} << kNoiseBits) - smoothing) << up));
}

// The signal less the noise, but never less than kMinSignalRemaining of it.
TINYKWS_INLINE uint32_t without_noise(uint32_t signal, uint32_t estimate) {
  const uint32_t scaled = signal << kSmoothingBits;
  const uint32_t remaining = estimate < scaled ? (scaled - estimate) >> kSmoothingBits : 0;
  const uint32_t floor = high_word(static_cast<uint64_t>(signal) * (kMinSignalRemaining << (32 - kNoiseBits)));
  return remaining > floor ? remaining : floor;
}

// The gain for a noise estimate, 0 .. 32636: a quadratic in the ten bits that follow its leading one.
TINYKWS_INLINE uint32_t gain(uint32_t estimate) {
  const uint32_t bits = significant_bits(estimate);
  const GainInterval& interval = kGain[bits];
  if (bits < 3) return static_cast<uint32_t>(interval.value);
  const int32_t fraction = static_cast<int32_t>((estimate << (32 - bits) << 1) >> 22);
  const int32_t slope = (interval.curve * fraction >> 5) + interval.slope * int32_t{32};
  return static_cast<uint32_t>(interval.value + ((slope * fraction + (int32_t{1} << 14)) >> 15));
}

// The signal relative to the noise, its small values squared, with kPcanOutputBits fraction bits.
TINYKWS_INLINE uint32_t compressed(uint32_t signal, uint32_t gain) {
  const uint32_t ratio = static_cast<uint32_t>((static_cast<uint64_t>(signal) * gain) >> kSnrShift);
  if (ratio < uint32_t{2} << kSnrBits) return (ratio * ratio) >> (2 + 2 * kSnrBits - kPcanOutputBits);
  return (ratio >> (kSnrBits - kPcanOutputBits)) - (uint32_t{1} << kPcanOutputBits);
}

// 2^kLogOutputShift times the natural logarithm of `x`, x above 1.
TINYKWS_INLINE uint32_t logarithm(uint32_t x) {
  const uint32_t zeros = leading_zeros(x);
  const uint32_t fraction = (x << zeros << 1) >> (32 - kLogScaleBits);
  constexpr uint32_t segment_bits = kLogScaleBits - kLogSegmentBits;
  const uint32_t correction = kLogCorrection[fraction >> segment_bits];
  const int32_t position = static_cast<int32_t>(fraction & ((uint32_t{1} << segment_bits) - 1));
  const uint32_t curved = fraction + (correction & 0xFFFFu) +
                          static_cast<uint32_t>(high(correction) * position >> kLogScaleBits);
  const uint32_t log2 = ((31 - zeros) << kLogScaleBits) + curved;
  const uint32_t natural =
      high_word(static_cast<uint64_t>(log2) * (kLogECoefficient << (32 - kLogScaleBits)) + (uint64_t{1} << 31));
  return ((natural << kLogOutputShift) + (uint32_t{1} << (kLogScaleBits - 1))) >> kLogScaleBits;
}

// x / kFeatureDenominator by a product, for x below 2^22; at -Os the compiler would take the slower division.
TINYKWS_INLINE uint32_t divided(uint32_t x) {
  constexpr uint32_t reciprocal = 0xFFFFFFFFu / kFeatureDenominator + 1;
  static_assert((kFeatureDenominator * uint64_t{reciprocal} - (uint64_t{1} << 32)) << 22 <= uint64_t{1} << 32,
                "the error of the reciprocal shows in the quotient");
  return high_word(static_cast<uint64_t>(x) * reciprocal);
}

// The feature of a compressed signal.
TINYKWS_INLINE uint8_t feature(uint32_t signal) {
  const uint32_t corrected = signal << kCorrectionBits;
  if (corrected <= 1) return 0;
  const uint32_t scaled = divided(kFeatureNumerator * logarithm(corrected) + kFeatureDenominator / 2);
  return static_cast<uint8_t>(scaled < kFeatureMax ? scaled : kFeatureMax);
}

}  // namespace frontend
}  // namespace tinykws
