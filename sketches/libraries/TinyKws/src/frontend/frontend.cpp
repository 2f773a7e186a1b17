#include "frontend.h"

#include <string.h>

#include "channel.h"
#include "filter_bank.h"
#include "root.h"
#include "window.h"

namespace tinykws {

void Frontend::reset() {
  memset(points_, 0, sizeof points_);
  memset(estimates_, 0, sizeof estimates_);
}

void Frontend::process(const int16_t* window, uint8_t* row) {
  using namespace frontend;
  const uint32_t shift = apply_window(window, points_);
  transform(points_, shift, spectrum_);
  energies(spectrum_);
  uint64_t powers[kChannels];
  filter(spectrum_, powers);

  uint32_t smoothing = kEvenSmoothing;
  for (uint32_t channel = 0; channel < kChannels; ++channel) {
    const uint32_t signal = rounded_root(powers[channel]) >> shift;
    const uint32_t estimate = smoothed(estimates_[channel], signal, smoothing);
    estimates_[channel] = estimate;
    row[channel] = feature(compressed(without_noise(signal, estimate), gain(estimate)));
    smoothing = kEvenSmoothing + kOddSmoothing - smoothing;
  }
}

}  // namespace tinykws
