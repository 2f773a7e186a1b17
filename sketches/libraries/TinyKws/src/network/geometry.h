// The shape of TinyConv: one 10x8 convolution with stride 2 over 49x40 features, then a dense layer.
#pragma once

#include <stddef.h>

namespace tinykws {

constexpr int kFeatureRows = 49;      // time: one row for each 20 ms slice
constexpr int kFeatureChannels = 40;  // frequency: the channels of the filter bank
constexpr size_t kFeatures = size_t{kFeatureRows} * kFeatureChannels;

constexpr int kTapRows = 10;    // rows of one convolution filter
constexpr int kTapColumns = 8;  // columns of one convolution filter
constexpr int kTaps = kTapRows * kTapColumns;
constexpr int kStride = 2;
constexpr int kPadAbove = 5;  // rows of real value 0 before the first feature row
constexpr int kPadLeft = 3;   // columns of real value 0 before the first channel

constexpr int kOutputRows = 25;
constexpr int kOutputColumns = 20;
constexpr int kPositions = kOutputRows * kOutputColumns;  // outputs of one filter

// The padded input just covers the last output's taps: 58 rows x 46 columns.
constexpr int kPaddedRows = (kOutputRows - 1) * kStride + kTapRows;
constexpr int kPaddedColumns = (kOutputColumns - 1) * kStride + kTapColumns;

constexpr int kMaxFilters = 8;
constexpr int kMaxLabels = 12;

static_assert(kPaddedRows >= kPadAbove + kFeatureRows, "every feature row must have its place");
static_assert(kPaddedColumns >= kPadLeft + kFeatureChannels, "every channel must have its place");

// The tap rows that fall on feature rows, not on padding, for the outputs of row `t`: first .. end - 1.
struct TapRows {
  int first, end;
};

inline TapRows tap_rows(int t) {
  const int above = kPadAbove - kStride * t;
  const int below = kPadAbove + kFeatureRows - kStride * t;
  return {above > 0 ? above : 0, below < kTapRows ? below : kTapRows};
}

}  // namespace tinykws
