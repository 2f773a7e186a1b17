// The layers of TinyConv in single precision.
#pragma once

#include <stddef.h>

#include "../network/geometry.h"

namespace tinykws {

// Features in real values, with the padding of 0 around them.
struct FloatInput {
  float rows[kPaddedRows][kPaddedColumns];
};

// Convolution and ReLU. weights: [filters][10][8]; bias: [filters]; output: [25 time][20 frequency][filters].

// One product at a time, any core.
void convolve_float_plain(const FloatInput& input, int filters, const float* weights, const float* bias, float* output);

// Four neighbouring outputs of a row at a time: each input and weight is loaded once for up to four products, and taps
// on padding rows are skipped. The sums are taken in the same order, but products may be rounded before they are added.
void convolve_float_fpu(const FloatInput& input, int filters, const float* weights, const float* bias, float* output);

// sum over i of x[i] * w[i], [count], in partial sums of 100 terms, whose rounding errors stay small.
// count: a multiple of 100.
float dot_float(const float* x, const float* w, size_t count);

}  // namespace tinykws
