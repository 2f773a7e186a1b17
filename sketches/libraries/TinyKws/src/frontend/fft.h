// The fixed-point FFT of 512 real samples, bit-exact with KISS FFT (FIXED_POINT=16), down to the energy in each bin.
#pragma once

#include <stdint.h>

#include "complex16.h"

namespace tinykws {
namespace frontend {

constexpr uint32_t kPoints = 256;  // two samples make one complex point

// points: 256 pairs of samples (the even one in the low half), all shifted up by `shift` (0 .. 15) on the way in.
// transform: gets the complex transform over 256; may not be `points`.
void transform(const Complex* points, uint32_t shift, Complex* transform);

// bins: the complex transform; gets, in its place, the energy of bins 1 .. 255 of the real one over 512, each below
// 2^31. bins[0] stays.
void energies(uint32_t* bins);

}  // namespace frontend
}  // namespace tinykws
