// The network in integers: features to logits, bit for bit as the host's golden model computes them.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "../kernels/convolution.h"
#include "../kernels/family.h"
#include "model.h"
#include "postprocess.h"

namespace tinykws {

class QuantizedNetwork {
 public:
  static constexpr bool runs(ModelKind kind) { return kind == ModelKind::quantized; }

  // `model` must be sound, quantized, and outlive the network, as must the blob that it describes.
  // The weights stay packed in the blob and are read anew at each inference.
  explicit QuantizedNetwork(const Model& model, Kernels kernels = kIntegerKernels)
      : model_(model), kernels_(kernels) {}

  // features: [49 time][40 channel].
  void infer(const uint8_t* features);

  // Of the last inference: [labels] int32 accumulators, or int8 codes -128 .. 127 where the model says so.
  const int32_t* logits() const { return logits_; }

  // Of the last inference: the label, and probabilities [labels].
  int classify(float* probabilities) const {
    return tinykws::classify(logits_, model_.labels, model_.logit_scale, probabilities);
  }

  // Of the last inference: [25 time][20 frequency][filters] codes.
  const uint8_t* convolution() const { return convolution_; }
  size_t convolution_bytes() const { return model_.activations(); }

  // Copies `count` bytes from `offset` of the input codes [49 time][40 channel] that `features` give.
  void copy_input(const uint8_t* features, size_t offset, uint8_t* into, size_t count) const;
  size_t input_bytes() const { return kFeatures; }

  const char* variant() const;

 private:
  void prepare_input(const uint8_t* features);
  void unpack_taps();
  void convolve();
  void dense();
  int32_t dot(const uint8_t* x, const uint8_t* w, size_t count) const;
  int32_t logit(int32_t accumulator) const;

  const Model& model_;
  const Kernels kernels_;
  PaddedInput input_{};  // its border is never written: centred padding is 0
  FilterTaps taps_[kMaxFilters];
  alignas(4) uint8_t convolution_[kPositions * kMaxFilters];
  int32_t logits_[kMaxLabels];
};

}  // namespace tinykws
