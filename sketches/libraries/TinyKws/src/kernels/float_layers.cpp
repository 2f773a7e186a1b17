#include "float_layers.h"

namespace tinykws {
namespace {

constexpr int kBlock = 4;  // neighbouring outputs of one row
constexpr size_t kPartialSum = 100;

static_assert(kOutputColumns % kBlock == 0, "rows are whole blocks");
static_assert(kPositions % kPartialSum == 0, "a row of the dense layer is whole partial sums");

// Adds one row of taps to the sums of four neighbouring outputs. x: [14], w: [8].
inline void accumulate_row(const float* x, const float* w, float sums[kBlock]) {
  float s0 = sums[0], s1 = sums[1], s2 = sums[2], s3 = sums[3];
  for (int j = 0; j < kTapColumns; j += kStride) {
    const float even = w[j], odd = w[j + 1];
    s0 += x[j] * even;
    s1 += x[j + 2] * even;
    s2 += x[j + 4] * even;
    s3 += x[j + 6] * even;
    s0 += x[j + 1] * odd;
    s1 += x[j + 3] * odd;
    s2 += x[j + 5] * odd;
    s3 += x[j + 7] * odd;
  }
  sums[0] = s0;
  sums[1] = s1;
  sums[2] = s2;
  sums[3] = s3;
}

}  // namespace

void convolve_float(const FloatInput& input, int filters, const float* weights, const float* bias, float* output) {
  for (int t = 0; t < kOutputRows; ++t) {
    for (int block = 0; block < kOutputColumns; block += kBlock) {
      for (int f = 0; f < filters; ++f) {
        float sums[kBlock] = {bias[f], bias[f], bias[f], bias[f]};
        const float* taps = weights + f * kTaps;
        for (int i = 0; i < kTapRows; ++i) {
          accumulate_row(&input.rows[kStride * t + i][kStride * block], taps + i * kTapColumns, sums);
        }
        for (int i = 0; i < kBlock; ++i) output[i * filters + f] = sums[i] > 0.0f ? sums[i] : 0.0f;
      }
      output += kBlock * filters;
    }
  }
}

float dot_float(const float* x, const float* w, size_t count) {
  float total = 0.0f;
  for (size_t start = 0; start < count; start += kPartialSum) {
    float sum = 0.0f;
    for (size_t i = start; i < start + kPartialSum; ++i) sum += x[i] * w[i];
    total += sum;
  }
  return total;
}

}  // namespace tinykws
