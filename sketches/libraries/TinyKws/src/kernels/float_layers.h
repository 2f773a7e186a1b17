// The layers of TinyConv in single precision, plain C++ that suits a core with an FPU.
#pragma once

#include <stddef.h>

#include "../network/geometry.h"

namespace tinykws {

// Features in real values, with the padding of 0 around them.
struct FloatInput {
  float rows[kPaddedRows][kPaddedColumns];
};

// Convolution and ReLU. weights: [filters][10][8]; bias: [filters]; output: [25 time][20 frequency][filters].
// Four neighbouring outputs of a row at a time, so that each input and weight is loaded once for up to four products.
void convolve_float(const FloatInput& input, int filters, const float* weights, const float* bias, float* output);

// sum over i of x[i] * w[i], [count], in partial sums of 100 terms, whose rounding errors stay small.
float dot_float(const float* x, const float* w, size_t count);

}  // namespace tinykws
