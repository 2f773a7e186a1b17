// Reads frames of 512 int16 from standard input and writes the energies of their bins 1 .. 255 to standard output.
#include <stdio.h>

#include "frontend/fft.h"

int main() {
  using namespace tinykws::frontend;
  int16_t samples[2 * kPoints];
  while (fread(samples, sizeof samples, 1, stdin) == 1) {
    Complex points[kPoints];
    uint32_t bins[kPoints];
    for (uint32_t i = 0; i < kPoints; ++i) points[i] = load_pair(samples + 2 * i);
    transform(points, 0, bins);
    energies(bins);
    fwrite(bins + 1, sizeof bins[0], kPoints - 1, stdout);
  }
  return 0;
}
