#include "convolution.h"

#include "dsp.h"

namespace tinykws {
namespace {

using dsp::Pair;
using dsp::smlad;

constexpr int kBlock = 4;  // neighbouring outputs of one row
constexpr int kInputPairs = kPaddedColumns / 2;
constexpr int kTapPairs = kTapColumns / 2;

static_assert(kPaddedColumns % 2 == 0 && kTapColumns % 2 == 0, "rows are whole pairs");
static_assert(kStride == 2, "neighbouring outputs are one pair apart");
static_assert(kOutputColumns % kBlock == 0, "rows are whole blocks");

// Adds tap rows `taps` .. `taps_end` to the accumulators of four neighbouring outputs, whose first starts at `input`.
inline void accumulate_block(const Pair* input, const Pair* taps, const Pair* taps_end, uint32_t sums[kBlock]) {
  uint32_t s0 = sums[0], s1 = sums[1], s2 = sums[2], s3 = sums[3];
  while (taps != taps_end) {
    const uint32_t w0 = taps[0], w1 = taps[1], w2 = taps[2], w3 = taps[3];
    uint32_t x = input[0];
    s0 = smlad(x, w0, s0);
    x = input[1];
    s0 = smlad(x, w1, s0);
    s1 = smlad(x, w0, s1);
    x = input[2];
    s0 = smlad(x, w2, s0);
    s1 = smlad(x, w1, s1);
    s2 = smlad(x, w0, s2);
    x = input[3];
    s0 = smlad(x, w3, s0);
    s1 = smlad(x, w2, s1);
    s2 = smlad(x, w1, s2);
    s3 = smlad(x, w0, s3);
    x = input[4];
    s1 = smlad(x, w3, s1);
    s2 = smlad(x, w2, s2);
    s3 = smlad(x, w1, s3);
    x = input[5];
    s2 = smlad(x, w3, s2);
    s3 = smlad(x, w2, s3);
    x = input[6];
    s3 = smlad(x, w3, s3);
    taps += kTapPairs;
    input += kInputPairs;
  }
  sums[0] = s0;
  sums[1] = s1;
  sums[2] = s2;
  sums[3] = s3;
}

}  // namespace

void convolve_plain(const PaddedInput& input, const Convolution& convolution, uint8_t* output) {
  for (int t = 0; t < kOutputRows; ++t) {
    for (int c = 0; c < kOutputColumns; ++c) {
      for (int f = 0; f < convolution.filters; ++f) {
        int32_t sum = convolution.bias[f];
        for (int i = 0; i < kTapRows; ++i) {
          for (int j = 0; j < kTapColumns; ++j) {
            sum += input.rows[kStride * t + i][kStride * c + j] * convolution.taps[f].rows[i][j];
          }
        }
        *output++ = relu_code(sum, convolution.requantization, f);
      }
    }
  }
}

void convolve_smlad(const PaddedInput& input, const Convolution& convolution, uint8_t* output) {
  const int filters = convolution.filters;
  for (int t = 0; t < kOutputRows; ++t) {
    // The tap rows that fall on feature rows, not on padding.
    const int top = kStride * t;
    const int first = top < kPadAbove ? kPadAbove - top : 0;
    const int below = kPadAbove + kFeatureRows - top;
    const int end = below < kTapRows ? below : kTapRows;
    for (int block = 0; block < kOutputColumns; block += kBlock) {
      const Pair* x = reinterpret_cast<const Pair*>(&input.rows[top + first][kStride * block]);
      for (int f = 0; f < filters; ++f) {
        const FilterTaps& taps = convolution.taps[f];
        const uint32_t bias = static_cast<uint32_t>(convolution.bias[f]);
        uint32_t sums[kBlock] = {bias, bias, bias, bias};
        accumulate_block(x, reinterpret_cast<const Pair*>(taps.rows[first]),
                         reinterpret_cast<const Pair*>(taps.rows[0]) + end * kTapPairs, sums);
        for (int i = 0; i < kBlock; ++i) {
          output[i * filters + f] = relu_code(static_cast<int32_t>(sums[i]), convolution.requantization, f);
        }
      }
      output += kBlock * filters;
    }
  }
}

}  // namespace tinykws
