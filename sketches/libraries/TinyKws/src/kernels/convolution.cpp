#include "convolution.h"

#include "dsp.h"

namespace tinykws {
namespace {

using dsp::Pair;

constexpr int kBlock = 4;  // neighbouring outputs of one row
constexpr int kInputPairs = kPaddedColumns / 2;
constexpr int kTapPairs = kTapColumns / 2;

static_assert(kPaddedColumns % 2 == 0 && kTapColumns % 2 == 0, "rows are whole pairs");
static_assert(kStride == 2, "neighbouring outputs are one pair apart");
static_assert(kOutputColumns % kBlock == 0, "rows are whole blocks");

// Accumulators of four neighbouring outputs of one filter, modulo 2^32.
struct Block {
  uint32_t s0, s1, s2, s3;
};

// Adds the tap rows from `taps` to before `taps_end` (at least one). `input`: the pair under the first output's first tap.
// Output i covers the input pairs i .. i + 3 of each row, so 7 pairs and 4 pairs of taps make 16 double products.
// The assembly takes all registers but the stack pointer, so it needs a build that optimizes, without frame pointers.
#if TINYKWS_HAS_DSP && defined(__OPTIMIZE__)
inline void accumulate(Block& block, const Pair* input, const Pair* taps, const Pair* taps_end) {
  __asm volatile(
      "1:\n\t"
      "ldmia %[taps]!, {r3, r4, r5, r6}\n\t"
      "ldmia %[input]!, {r8, r9, r10}\n\t"
      "smlad %[s0], r8, r3, %[s0]\n\t"
      "smlad %[s0], r9, r4, %[s0]\n\t"
      "smlad %[s1], r9, r3, %[s1]\n\t"
      "smlad %[s0], r10, r5, %[s0]\n\t"
      "smlad %[s1], r10, r4, %[s1]\n\t"
      "smlad %[s2], r10, r3, %[s2]\n\t"
      "ldmia %[input]!, {r8, r9, r10}\n\t"
      "smlad %[s0], r8, r6, %[s0]\n\t"
      "smlad %[s1], r8, r5, %[s1]\n\t"
      "smlad %[s2], r8, r4, %[s2]\n\t"
      "smlad %[s3], r8, r3, %[s3]\n\t"
      "ldr r8, [%[input]], %[next_row]\n\t"
      "smlad %[s1], r9, r6, %[s1]\n\t"
      "smlad %[s2], r9, r5, %[s2]\n\t"
      "smlad %[s3], r9, r4, %[s3]\n\t"
      "smlad %[s2], r10, r6, %[s2]\n\t"
      "smlad %[s3], r10, r5, %[s3]\n\t"
      "smlad %[s3], r8, r6, %[s3]\n\t"
      "cmp %[taps], %[taps_end]\n\t"
      "bne 1b"
      : [s0] "+r"(block.s0), [s1] "+r"(block.s1), [s2] "+r"(block.s2), [s3] "+r"(block.s3), [input] "+r"(input),
        [taps] "+r"(taps)
      : [taps_end] "r"(taps_end), [next_row] "i"((kInputPairs - 6) * sizeof(Pair))
      : "r3", "r4", "r5", "r6", "r8", "r9", "r10", "cc", "memory");
}
#else
inline void accumulate(Block& block, const Pair* input, const Pair* taps, const Pair* taps_end) {
  for (; taps != taps_end; taps += kTapPairs, input += kInputPairs) {
    for (int j = 0; j < kTapPairs; ++j) {
      block.s0 = dsp::smlad(input[j], taps[j], block.s0);
      block.s1 = dsp::smlad(input[j + 1], taps[j], block.s1);
      block.s2 = dsp::smlad(input[j + 2], taps[j], block.s2);
      block.s3 = dsp::smlad(input[j + 3], taps[j], block.s3);
    }
  }
}
#endif

}  // namespace

void convolve_plain(const PaddedInput& input, const Convolution& convolution, uint8_t* output) {
  for (int t = 0; t < kOutputRows; ++t) {
    for (int c = 0; c < kOutputColumns; ++c) {
      for (int f = 0; f < convolution.filters; ++f) {
        uint32_t sum = static_cast<uint32_t>(convolution.bias[f]);
        for (int i = 0; i < kTapRows; ++i) {
          for (int j = 0; j < kTapColumns; ++j) {
            const int32_t x = input.rows[kStride * t + i][kStride * c + j];
            sum += static_cast<uint32_t>(x * convolution.taps[f].values[i * kTapColumns + j]);
          }
        }
        *output++ = ReluCode(convolution.requantization, f)(sum);
      }
    }
  }
}

void convolve_smlad(const PaddedInput& input, const Convolution& convolution, uint8_t* output) {
  const int filters = convolution.filters;
  for (int t = 0; t < kOutputRows; ++t) {
    const TapRows rows = tap_rows(t);
    for (int f = 0; f < filters; ++f) {
      const Pair* const taps = reinterpret_cast<const Pair*>(convolution.taps[f].values);
      const uint32_t bias = static_cast<uint32_t>(convolution.bias[f]);
      const ReluCode code(convolution.requantization, f);
      const Pair* x = reinterpret_cast<const Pair*>(input.rows[kStride * t + rows.first]);
      const uint8_t* const y_end = output + kOutputColumns * filters;
      for (uint8_t* y = output + f; y < y_end; y += kBlock * filters, x += kBlock) {
        Block sums = {bias, bias, bias, bias};
        accumulate(sums, x, taps + rows.first * kTapPairs, taps + rows.end * kTapPairs);
        y[0] = code(sums.s0);
        y[filters] = code(sums.s1);
        y[2 * filters] = code(sums.s2);
        y[3 * filters] = code(sums.s3);
      }
    }
    output += kOutputColumns * filters;
  }
}

}  // namespace tinykws
