#include "float_network.h"

#include <string.h>

namespace tinykws {

void FloatNetwork::infer(const uint8_t* features) {
  const uint8_t* feature = features;
  for (int t = 0; t < kFeatureRows; ++t) {
    float* row = &input_.rows[kPadAbove + t][kPadLeft];
    for (int c = 0; c < kFeatureChannels; ++c) *row++ = *feature++ * model_.input_scale;
  }

  const float* conv_weights = reinterpret_cast<const float*>(model_.conv_weights);
  const float* conv_bias = static_cast<const float*>(model_.conv_bias);
  const auto convolve = kernels_ == Kernels::fast ? convolve_float_fpu : convolve_float_plain;
  convolve(input_, model_.filters, conv_weights, conv_bias, convolution_);

  const float* dense_weights = reinterpret_cast<const float*>(model_.dense_weights);
  const float* dense_bias = static_cast<const float*>(model_.dense_bias);
  const size_t count = model_.activations();
  for (int label = 0; label < model_.labels; ++label) {
    logits_[label] = dense_bias[label] + dot_float(convolution_, dense_weights + label * count, count);
  }
}

void FloatNetwork::copy_input(const uint8_t* features, size_t offset, uint8_t* into, size_t count) const {
  for (size_t i = 0; i < count; ++i) {
    const float real = features[(offset + i) / sizeof(float)] * model_.input_scale;
    uint8_t bytes[sizeof real];
    memcpy(bytes, &real, sizeof real);
    into[i] = bytes[(offset + i) % sizeof real];
  }
}

}  // namespace tinykws
