// The quantized dense layer's inner product, on codes as they are stored.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace tinykws {

// sum over i of (x[i] - x_zero) * (w[i] - w_zero), modulo 2^32 (exact while the sum fits).
// x, w: [count] codes, 0 .. 255; x_zero, w_zero: 0 .. 255.

// One multiplication at a time, any core: the definition of the result.
int32_t dot_plain(const uint8_t* x, int32_t x_zero, const uint8_t* w, int32_t w_zero, size_t count);

// Two multiplications an instruction (SMLAD) on the codes, the zero points added by their sums:
// sum x w - x_zero sum w - w_zero sum x + count x_zero w_zero.
// x, w: aligned to 4 bytes; count: a multiple of 4, from 4 to 32768 (255 * 255 * count stays below 2^31).
int32_t dot_smlad(const uint8_t* x, int32_t x_zero, const uint8_t* w, int32_t w_zero, size_t count);

}  // namespace tinykws
