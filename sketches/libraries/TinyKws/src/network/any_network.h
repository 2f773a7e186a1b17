// The network of a model whose kind is known only when it runs: all kernels are part of the program.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "float_network.h"
#include "model.h"
#include "quantized_network.h"

namespace tinykws {

class AnyNetwork {
 public:
  static constexpr bool runs(ModelKind) { return true; }

  // `model` must outlive the network. It may change between inferences; only a sound one may be run.
  explicit AnyNetwork(const Model& model) : model_(model), quantized_(model), float_(model) {}

  // features: [49 time][40 channel].
  void infer(const uint8_t* features) {
    if (is_float()) return float_.infer(features);
    quantized_.infer(features);
  }

  // Of the last inference: the label, and probabilities [labels].
  int classify(float* probabilities) const {
    return is_float() ? float_.classify(probabilities) : quantized_.classify(probabilities);
  }

  // Of the last inference: [labels], int32 or float.
  const void* logits() const {
    return is_float() ? static_cast<const void*>(float_.logits()) : static_cast<const void*>(quantized_.logits());
  }

  // Of the last inference: [25 time][20 frequency][filters] codes or floats.
  const uint8_t* convolution() const { return is_float() ? float_.convolution() : quantized_.convolution(); }
  size_t convolution_bytes() const { return is_float() ? float_.convolution_bytes() : quantized_.convolution_bytes(); }

  // Copies `count` bytes from `offset` of the network's input [49 time][40 channel] that `features` give.
  void copy_input(const uint8_t* features, size_t offset, uint8_t* into, size_t count) const {
    if (is_float()) return float_.copy_input(features, offset, into, count);
    quantized_.copy_input(features, offset, into, count);
  }
  size_t input_bytes() const { return is_float() ? float_.input_bytes() : quantized_.input_bytes(); }

  const char* variant() const {
    if (model_.error != nullptr) return "none";
    return is_float() ? float_.variant() : quantized_.variant();
  }

 private:
  bool is_float() const { return model_.kind == ModelKind::float32; }

  const Model& model_;
  QuantizedNetwork quantized_;
  FloatNetwork float_;
};

}  // namespace tinykws
