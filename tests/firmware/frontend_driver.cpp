// Reads clips of 16,000 int16 from standard input, pushes them into a FeatureStream in chunks whose sizes are the
// arguments, over and over, and writes the rows of each clip to standard output.
#include <stdio.h>
#include <stdlib.h>

#include <vector>

#include "frontend/feature_stream.h"

namespace {

constexpr size_t kClipSamples = 16000;

void put_row(tinykws::FeatureStream& stream) {
  uint8_t row[tinykws::Frontend::kChannels];
  stream.row(row);
  fwrite(row, 1, sizeof row, stdout);
}

void put_clip(tinykws::FeatureStream& stream, const int16_t* samples, const std::vector<size_t>& chunks) {
  stream.reset();
  size_t turn = 0;
  for (size_t begin = 0; begin < kClipSamples;) {
    const size_t wanted = chunks[turn++ % chunks.size()];
    const size_t end = begin + wanted < kClipSamples ? begin + wanted : kClipSamples;
    while (begin < end) {
      begin += stream.push(samples + begin, end - begin);
      if (stream.ready()) put_row(stream);
    }
  }
}

}  // namespace

int main(int count, char** arguments) {
  std::vector<size_t> chunks;
  for (int i = 1; i < count; ++i) chunks.push_back(strtoul(arguments[i], nullptr, 10));
  std::vector<int16_t> samples(kClipSamples);
  tinykws::FeatureStream stream;
  while (fread(samples.data(), sizeof samples[0], kClipSamples, stdin) == kClipSamples) {
    put_clip(stream, samples.data(), chunks);
  }
  return 0;
}
