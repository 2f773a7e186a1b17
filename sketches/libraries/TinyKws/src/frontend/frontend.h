// The audio frontend: from 30 ms of samples to one row of features.
//
// Bit-exact with TensorFlow's audio microfrontend (tensorflow/lite/experimental/microfrontend) in the settings of the
// micro_speech example, then scaled to a byte: min(255, (256 f + 333) / 666).
#pragma once

#include <stdint.h>

#include "fft.h"
#include "settings.h"

namespace tinykws {

class Frontend {
 public:
  static constexpr uint32_t kWindowSamples = frontend::kWindowSamples;  // 480: 30 ms
  static constexpr uint32_t kSliceSamples = frontend::kSliceSamples;    // 320: 20 ms between windows
  static constexpr uint32_t kChannels = frontend::kChannels;            // 40

  Frontend() { reset(); }

  // Forgets what it knows of the noise, as before the first window of a clip.
  void reset();

  // window: kWindowSamples samples of 16 kHz audio, kSliceSamples further than those before.
  // row: gets kChannels features, 0 .. 255, the lowest frequency first.
  void process(const int16_t* window, uint8_t* row);

 private:
  frontend::Complex points_[frontend::kPoints];     // the windowed samples; zeros behind them
  uint32_t spectrum_[frontend::kPoints];            // their transform, then the energy in each bin
  uint32_t estimates_[frontend::kChannels];         // of the noise, kSmoothingBits fraction bits
};

}  // namespace tinykws
