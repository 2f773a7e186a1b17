// The network in single precision: features to logits within 1e-3 of PyTorch's.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "../kernels/family.h"
#include "../kernels/float_layers.h"
#include "model.h"
#include "postprocess.h"

namespace tinykws {

class FloatNetwork {
 public:
  static constexpr bool runs(ModelKind kind) { return kind == ModelKind::float32; }

  // `model` must be sound, float, and outlive the network, as must the blob that it describes.
  explicit FloatNetwork(const Model& model, Kernels kernels = kFloatKernels) : model_(model), kernels_(kernels) {}

  // features: [49 time][40 channel]; real value = feature * the model's input scale.
  void infer(const uint8_t* features);

  // Of the last inference: [labels].
  const float* logits() const { return logits_; }

  // Of the last inference: the label, and probabilities [labels].
  int classify(float* probabilities) const {
    return tinykws::classify(logits_, model_.labels, model_.logit_scale, probabilities);
  }

  // Of the last inference: [25 time][20 frequency][filters] floats.
  const uint8_t* convolution() const { return reinterpret_cast<const uint8_t*>(convolution_); }
  size_t convolution_bytes() const { return model_.activations() * sizeof(float); }

  // Copies `count` bytes from `offset` of the floats [49 time][40 channel] that `features` give.
  void copy_input(const uint8_t* features, size_t offset, uint8_t* into, size_t count) const;
  size_t input_bytes() const { return kFeatures * sizeof(float); }

  const char* variant() const { return kernels_ == Kernels::fast ? "float-fpu" : "float-plain"; }

 private:
  const Model& model_;
  const Kernels kernels_;
  FloatInput input_{};  // its border is never written: padding is 0
  float convolution_[kPositions * kMaxFilters];
  float logits_[kMaxLabels];
};

}  // namespace tinykws
