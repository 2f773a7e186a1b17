#include "frontend.h"

#include <string.h>

#include "channel.h"
#include "filter_table.h"
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

  const uint32_t* energy = spectrum_ + kFirstBin;
  const uint32_t* weights = kFilterWeights;
  uint64_t next = 0;  // what the bins of the last band add to the channel of this one
  for (uint32_t band = 0; band < kBands; ++band) {
    uint64_t power = next;
    next = 0;
    for (const uint32_t* const end = energy + kBandWidths[band]; energy != end; ++energy, ++weights) {
      power += static_cast<uint64_t>(*energy) * (*weights & 0xFFFFu);
      next += static_cast<uint64_t>(*energy) * (*weights >> 16);
    }
    if (band == 0) continue;  // there is no channel below the first one
    const uint32_t channel = band - 1;
    const uint32_t signal = rounded_root(power) >> shift;
    const uint32_t estimate = smoothed(estimates_[channel], signal, channel % 2 == 0 ? kEvenSmoothing : kOddSmoothing);
    estimates_[channel] = estimate;
    row[channel] = feature(compressed(without_noise(signal, estimate), gain(estimate)));
  }
}

}  // namespace tinykws
