// The quantized convolution of TinyConv: padded, centred input to activation codes.
#pragma once

#include <stdint.h>

#include "../network/geometry.h"
#include "requantize.h"

namespace tinykws {

// Input codes minus their zero point, -255 .. 255, with the padding of real value 0 around them.
struct alignas(4) PaddedInput {
  int16_t rows[kPaddedRows][kPaddedColumns];
};

// Weight codes minus their zero point, -255 .. 255.
struct alignas(4) FilterTaps {
  int16_t values[kTaps];  // [10][8]
};

// What one convolution needs besides its input.
struct Convolution {
  int filters;               // 1 .. kMaxFilters
  const FilterTaps* taps;    // [filters]
  const int32_t* bias;       // [filters]; |80 products + bias| stays below 2^31
  Requantization requantization;
};

// output: [25 time][20 frequency][filters] codes, requantization.zero .. requantization.max.

// One multiplication at a time, any core: the definition of the result.
void convolve_plain(const PaddedInput& input, const Convolution& convolution, uint8_t* output);

// Two multiplications an instruction (SMLAD), four neighbouring outputs of a row at a time: each pair of inputs is
// loaded once for up to four outputs, and taps on padding rows are skipped.
void convolve_smlad(const PaddedInput& input, const Convolution& convolution, uint8_t* output);

}  // namespace tinykws
