// Features of audio that arrives bit by bit: joins samples into windows, and windows into rows.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "frontend.h"

namespace tinykws {

class FeatureStream {
 public:
  FeatureStream() { reset(); }

  // Begins a clip: drops all samples and what the frontend knows of the noise.
  void reset();

  // Takes up to `count` of `samples`, as far as they belong to the next row. Returns how many it took: fewer than
  // `count` only when ready() is true afterwards; 0 while a row waits to be fetched.
  size_t push(const int16_t* samples, size_t count);

  // Whether all samples of the next row are there.
  bool ready() const { return held_ == Frontend::kWindowSamples; }

  // Computes the next row: Frontend::kChannels features. Only when ready().
  void row(uint8_t* features);

 private:
  Frontend frontend_;
  alignas(4) int16_t window_[Frontend::kWindowSamples];
  size_t held_;  // samples in window_
};

}  // namespace tinykws
