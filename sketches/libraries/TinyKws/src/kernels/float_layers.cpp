#include "float_layers.h"

#include "family.h"

namespace tinykws {
namespace {

constexpr int kBlock = 4;  // neighbouring outputs of one row
constexpr size_t kPartialSum = 100;
constexpr size_t kUnrolled = 5;

static_assert(kOutputColumns % kBlock == 0, "rows are whole blocks");
static_assert(kPositions % kPartialSum == 0 && kPartialSum % kUnrolled == 0, "the dense layer is whole partial sums");

inline float relu(float value) { return value > 0.0f ? value : 0.0f; }

// Sums of four neighbouring outputs of one filter.
struct FloatBlock {
  float s0, s1, s2, s3;
};

// Adds the tap rows from `taps` to before `taps_end` (at least one). `input`: what is under the first output's first tap.
#if TINYKWS_HAS_FPU
// Adds the products of one tap with its inputs under the four outputs. A product is added one instruction after it was
// made, so nothing waits for it; VMUL and VADD take 1 cycle each, VFMA takes 3.
// Source: Cortex-M4 Technical Reference Manual (100166), 7.2.3.
#define TINYKWS_ADD_TAP(w, x0, x1, x2, x3)                      \
  "vmul.f32 s14, " x0 ", " w "\n\tvmul.f32 s15, " x1 ", " w "\n\t" \
  "vadd.f32 %[s0], %[s0], s14\n\tvadd.f32 %[s1], %[s1], s15\n\t"   \
  "vmul.f32 s14, " x2 ", " w "\n\tvmul.f32 s15, " x3 ", " w "\n\t" \
  "vadd.f32 %[s2], %[s2], s14\n\tvadd.f32 %[s3], %[s3], s15\n\t"

inline void accumulate(FloatBlock& block, const float* input, const float* taps, const float* taps_end) {
  __asm volatile(
      "1:\n\t"
      "vldmia %[taps]!, {s16-s23}\n\t"
      "vldmia %[input], {s0-s13}\n\t"
      TINYKWS_ADD_TAP("s16", "s0", "s2", "s4", "s6")
      TINYKWS_ADD_TAP("s17", "s1", "s3", "s5", "s7")
      TINYKWS_ADD_TAP("s18", "s2", "s4", "s6", "s8")
      TINYKWS_ADD_TAP("s19", "s3", "s5", "s7", "s9")
      TINYKWS_ADD_TAP("s20", "s4", "s6", "s8", "s10")
      TINYKWS_ADD_TAP("s21", "s5", "s7", "s9", "s11")
      TINYKWS_ADD_TAP("s22", "s6", "s8", "s10", "s12")
      TINYKWS_ADD_TAP("s23", "s7", "s9", "s11", "s13")
      "add %[input], %[row]\n\t"
      "cmp %[taps], %[taps_end]\n\t"
      "bne 1b"
      : [s0] "+t"(block.s0), [s1] "+t"(block.s1), [s2] "+t"(block.s2), [s3] "+t"(block.s3), [input] "+r"(input),
        [taps] "+r"(taps)
      : [taps_end] "r"(taps_end), [row] "i"(kPaddedColumns * sizeof(float))
      : "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "s12", "s13", "s14", "s15", "s16",
        "s17", "s18", "s19", "s20", "s21", "s22", "s23", "cc", "memory");
}

#undef TINYKWS_ADD_TAP
#else
inline void accumulate(FloatBlock& block, const float* input, const float* taps, const float* taps_end) {
  for (; taps != taps_end; taps += kTapColumns, input += kPaddedColumns) {
    for (int j = 0; j < kTapColumns; ++j) {
      block.s0 += input[j] * taps[j];
      block.s1 += input[j + kStride] * taps[j];
      block.s2 += input[j + 2 * kStride] * taps[j];
      block.s3 += input[j + 3 * kStride] * taps[j];
    }
  }
}
#endif

}  // namespace

void convolve_float_plain(const FloatInput& input, int filters, const float* weights, const float* bias,
                          float* output) {
  for (int t = 0; t < kOutputRows; ++t) {
    for (int c = 0; c < kOutputColumns; ++c) {
      for (int f = 0; f < filters; ++f) {
        float sum = bias[f];
        for (int i = 0; i < kTapRows; ++i) {
          for (int j = 0; j < kTapColumns; ++j) {
            sum += input.rows[kStride * t + i][kStride * c + j] * weights[(f * kTapRows + i) * kTapColumns + j];
          }
        }
        *output++ = relu(sum);
      }
    }
  }
}

void convolve_float_fpu(const FloatInput& input, int filters, const float* weights, const float* bias, float* output) {
  for (int t = 0; t < kOutputRows; ++t) {
    const TapRows rows = tap_rows(t);
    for (int f = 0; f < filters; ++f) {
      const float* const taps = weights + f * kTaps;
      const float* x = input.rows[kStride * t + rows.first];
      const float* const y_end = output + kOutputColumns * filters;
      for (float* y = output + f; y < y_end; y += kBlock * filters, x += kBlock * kStride) {
        FloatBlock sums = {bias[f], bias[f], bias[f], bias[f]};
        accumulate(sums, x, taps + rows.first * kTapColumns, taps + rows.end * kTapColumns);
        y[0] = relu(sums.s0);
        y[filters] = relu(sums.s1);
        y[2 * filters] = relu(sums.s2);
        y[3 * filters] = relu(sums.s3);
      }
    }
    output += kOutputColumns * filters;
  }
}

float dot_float(const float* x, const float* w, size_t count) {
  float total = 0.0f;
  for (const float* const end = x + count; x != end;) {
    float sum = 0.0f;
    for (const float* const partial_end = x + kPartialSum; x != partial_end; x += kUnrolled, w += kUnrolled) {
      sum += x[0] * w[0];
      sum += x[1] * w[1];
      sum += x[2] * w[2];
      sum += x[3] * w[3];
      sum += x[4] * w[4];
    }
    total += sum;
  }
  return total;
}

}  // namespace tinykws
