#include "quantized_network.h"

#include "../kernels/dense.h"
#include "../kernels/unpack.h"

namespace tinykws {
namespace {

constexpr size_t kDenseChunk = 100;  // codes unpacked at a time
static_assert(kPositions % kDenseChunk == 0, "a row of the dense layer is whole chunks");

}  // namespace

const char* QuantizedNetwork::variant() const {
  return kernels_ == Kernels::fast ? "integer-smlad" : "integer-plain";
}

void QuantizedNetwork::infer(const uint8_t* features) {
  prepare_input(features);
  unpack_taps();
  convolve();
  dense();
}

void QuantizedNetwork::copy_input(const uint8_t* features, size_t offset, uint8_t* into, size_t count) const {
  for (size_t i = 0; i < count; ++i) into[i] = model_.input_table[features[offset + i]];
}

void QuantizedNetwork::prepare_input(const uint8_t* features) {
  for (int t = 0; t < kFeatureRows; ++t) {
    int16_t* row = &input_.rows[kPadAbove + t][kPadLeft];
    for (int c = 0; c < kFeatureChannels; ++c) {
      *row++ = static_cast<int16_t>(model_.input_table[*features++] - model_.input_zero);
    }
  }
}

void QuantizedNetwork::unpack_taps() {
  CodeReader codes(model_.conv_weights, model_.weight_bits);
  for (int f = 0; f < model_.filters; ++f) {
    uint8_t taps[kTaps];
    codes.read(taps, kTaps);
    for (int i = 0; i < kTaps; ++i) taps_[f].values[i] = static_cast<int16_t>(taps[i] - model_.conv_weight_zero);
  }
}

void QuantizedNetwork::convolve() {
  const Convolution convolution = {
      model_.filters,
      taps_,
      static_cast<const int32_t*>(model_.conv_bias),
      {model_.conv_multiplier, model_.conv_shift, model_.activation_zero, model_.activation_max},
  };
  if (kernels_ == Kernels::fast) {
    convolve_smlad(input_, convolution, convolution_);
  } else {
    convolve_plain(input_, convolution, convolution_);
  }
}

// Codes of 8 bits are multiplied where they lie, narrower ones are unpacked piece by piece.
void QuantizedNetwork::dense() {
  const size_t count = model_.activations();
  const int32_t* bias = static_cast<const int32_t*>(model_.dense_bias);
  CodeReader codes(model_.dense_weights, model_.weight_bits);
  for (int label = 0; label < model_.labels; ++label) {
    uint32_t sum = static_cast<uint32_t>(bias[label]);
    if (model_.weight_bits == 8) {
      sum += static_cast<uint32_t>(dot(convolution_, model_.dense_weights + label * count, count));
    } else {
      alignas(4) uint8_t chunk[kDenseChunk];
      for (size_t i = 0; i < count; i += kDenseChunk) {
        codes.read(chunk, kDenseChunk);
        sum += static_cast<uint32_t>(dot(convolution_ + i, chunk, kDenseChunk));
      }
    }
    logits_[label] = logit(static_cast<int32_t>(sum));
  }
}

int32_t QuantizedNetwork::dot(const uint8_t* x, const uint8_t* w, size_t count) const {
  const auto kernel = kernels_ == Kernels::fast ? dot_smlad : dot_plain;
  return kernel(x, model_.activation_zero, w, model_.dense_weight_zero, count);
}

int32_t QuantizedNetwork::logit(int32_t accumulator) const {
  if (model_.logit_kind == LogitKind::int32) return accumulator;
  const int32_t scaled = requantize_once(accumulator, model_.logit_multiplier, model_.logit_shift);
  // Clamped before the zero point is added, so that nothing overflows.
  return clamp(scaled, -128 - model_.logit_zero, 127 - model_.logit_zero) + model_.logit_zero;
}

}  // namespace tinykws
