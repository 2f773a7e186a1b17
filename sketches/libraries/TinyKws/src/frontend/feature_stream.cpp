#include "feature_stream.h"

#include <string.h>

namespace tinykws {

void FeatureStream::reset() {
  frontend_.reset();
  held_ = 0;
}

size_t FeatureStream::push(const int16_t* samples, size_t count) {
  const size_t wanted = Frontend::kWindowSamples - held_;
  const size_t taken = count < wanted ? count : wanted;
  memcpy(window_ + held_, samples, taken * sizeof *samples);
  held_ += taken;
  return taken;
}

void FeatureStream::row(uint8_t* features) {
  frontend_.process(window_, features);
  held_ = Frontend::kWindowSamples - Frontend::kSliceSamples;
  memmove(window_, window_ + Frontend::kSliceSamples, held_ * sizeof *window_);
}

}  // namespace tinykws
