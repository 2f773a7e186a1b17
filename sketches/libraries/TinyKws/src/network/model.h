// A model blob ("TKWM"): one level of the network as it lies in flash, little endian, found by its offsets.
// docs/levels.md specifies its layout. Codes are stored unsigned, from 0; packed codes follow each other from the
// lowest bit of the first byte on.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "geometry.h"
#include "logit_kind.h"

namespace tinykws {

enum class ModelKind : uint8_t { float32 = 0, quantized = 1 };

// Where the parts of a blob lie. Small numbers are copied, arrays stay where the blob is (in flash).
struct Model {
  const uint8_t* blob = nullptr;
  size_t bytes = 0;                // of the whole blob
  const char* error = nullptr;     // what is wrong with the blob, or nullptr where it is sound
  ModelKind kind = ModelKind::float32;
  LogitKind logit_kind = LogitKind::int32;
  int weight_bits = 0;             // 1..8, 32 for float
  int activation_bits = 0;
  int filters = 0;                 // 1..kMaxFilters
  int labels = 0;                  // 1..kMaxLabels
  const char* label_text = nullptr;  // NUL-terminated names, one after another
  size_t label_text_bytes = 0;
  int32_t input_zero = 0;
  int32_t activation_zero = 0;
  int32_t activation_max = 0;
  int32_t conv_weight_zero = 0;
  int32_t dense_weight_zero = 0;
  int32_t logit_multiplier = 0;
  int32_t logit_shift = 0;
  int32_t logit_zero = 0;
  float logit_scale = 1.0f;
  float input_scale = 1.0f;

  const uint8_t* input_table = nullptr;    // quantized: [256], feature to input code
  const int32_t* conv_multiplier = nullptr;  // quantized: [filters], Q31
  const int32_t* conv_shift = nullptr;       // quantized: [filters], to the right, 0..31
  const void* conv_bias = nullptr;         // [filters], int32 or float
  const void* dense_bias = nullptr;        // [labels], int32 or float
  const uint8_t* conv_weights = nullptr;   // [filters][10][8], packed codes or floats
  const uint8_t* dense_weights = nullptr;  // [labels][25 * 20 * filters], packed codes or floats

  size_t activations() const { return static_cast<size_t>(kPositions) * filters; }
};

// Finds the parts of the blob at `blob` (4-byte aligned, `size` bytes of memory).
// A blob that is not sound comes back with `error` set, and nothing of it may be used.
Model read_model(const uint8_t* blob, size_t size);

// The highest code of `bits` wide codes.
constexpr int32_t highest_code(int bits) { return (int32_t{1} << bits) - 1; }

}  // namespace tinykws
