#include "model.h"

#include <string.h>

namespace tinykws {
namespace {

constexpr size_t kHeaderBytes = 64;
constexpr uint8_t kVersion = 1;

template <typename T>
T field(const uint8_t* blob, size_t offset) {
  T value;
  memcpy(&value, blob + offset, sizeof value);
  return value;
}

// Hands out one array of the blob after another; each starts at a multiple of 4 bytes.
class Cursor {
 public:
  Cursor(const uint8_t* blob, size_t offset) : blob_(blob), offset_(offset) {}

  template <typename T>
  const T* take(size_t count) {
    return reinterpret_cast<const T*>(take_bytes(count * sizeof(T)));
  }

  const uint8_t* take_bytes(size_t bytes) {
    const uint8_t* start = blob_ + offset_;
    offset_ += (bytes + 3) & ~size_t{3};
    return start;
  }

  size_t offset() const { return offset_; }

 private:
  const uint8_t* blob_;
  size_t offset_;
};

void read_header(Model& model) {
  const uint8_t* blob = model.blob;
  model.kind = static_cast<ModelKind>(blob[5]);
  model.weight_bits = blob[6];
  model.activation_bits = blob[7];
  model.filters = blob[8];
  model.labels = blob[9];
  model.logit_kind = static_cast<LogitKind>(blob[10]);
  model.bytes = field<uint32_t>(blob, 12);
  model.label_text_bytes = field<uint32_t>(blob, 16);
  model.input_zero = field<int32_t>(blob, 20);
  model.activation_zero = field<int32_t>(blob, 24);
  model.activation_max = field<int32_t>(blob, 28);
  model.conv_weight_zero = field<int32_t>(blob, 32);
  model.dense_weight_zero = field<int32_t>(blob, 36);
  model.logit_multiplier = field<int32_t>(blob, 40);
  model.logit_shift = field<int32_t>(blob, 44);
  model.logit_zero = field<int32_t>(blob, 48);
  model.logit_scale = field<float>(blob, 52);
  model.input_scale = field<float>(blob, 56);
}

bool is_code(int32_t value, int bits) { return value >= 0 && value <= highest_code(bits); }

bool is_shift(int32_t value) { return value >= 0 && value <= 31; }

const char* fault_of_quantized_header(const Model& model) {
  if (model.weight_bits < 1 || model.weight_bits > 8) return "weight bits are not 1 to 8";
  if (model.activation_bits < 1 || model.activation_bits > 8) return "activation bits are not 1 to 8";
  if (model.logit_kind != LogitKind::int32 && model.logit_kind != LogitKind::int8) {
    return "a quantized model has int32 or int8 logits";
  }
  if (!is_code(model.conv_weight_zero, model.weight_bits) || !is_code(model.dense_weight_zero, model.weight_bits)) {
    return "a zero point of the weights is not a weight code";
  }
  if (!is_code(model.input_zero, model.activation_bits) || !is_code(model.activation_zero, model.activation_bits)) {
    return "a zero point of the activations is not an activation code";
  }
  if (!is_code(model.activation_max, model.activation_bits) || model.activation_max < model.activation_zero) {
    return "the highest activation is not an activation code above the zero point";
  }
  if (!is_shift(model.logit_shift)) return "the shift of the logits is not 0 to 31";
  return nullptr;
}

const char* fault_of_header(const Model& model, size_t size) {
  if (memcmp(model.blob, "TKWM", 4) != 0) return "the model does not start with TKWM";
  if (model.blob[4] != kVersion) return "the model's format version is not 1";
  if (model.kind != ModelKind::float32 && model.kind != ModelKind::quantized) return "the model's kind is unknown";
  if (model.filters < 1 || model.filters > kMaxFilters) return "the model's filters are not 1 to 8";
  if (model.labels < 1 || model.labels > kMaxLabels) return "the model's labels are not 1 to 12";
  if (model.bytes > size) return "the model is cut short";
  if (model.label_text_bytes % 4 != 0 || model.label_text_bytes > size) return "the labels' text has no sound length";
  if (model.kind == ModelKind::quantized) return fault_of_quantized_header(model);
  if (model.logit_kind != LogitKind::float32) return "a float model has float logits";
  return nullptr;
}

void place_quantized(Model& model, Cursor& cursor) {
  const size_t filters = model.filters;
  const size_t labels = model.labels;
  model.input_table = cursor.take<uint8_t>(256);
  model.conv_bias = cursor.take<int32_t>(filters);
  model.conv_multiplier = cursor.take<int32_t>(filters);
  model.conv_shift = cursor.take<int32_t>(filters);
  model.dense_bias = cursor.take<int32_t>(labels);
  model.conv_weights = cursor.take_bytes((filters * kTaps * model.weight_bits + 7) / 8);
  model.dense_weights = cursor.take_bytes((labels * model.activations() * model.weight_bits + 7) / 8);
}

void place_float(Model& model, Cursor& cursor) {
  const size_t filters = model.filters;
  const size_t labels = model.labels;
  model.conv_weights = cursor.take_bytes(filters * kTaps * sizeof(float));
  model.conv_bias = cursor.take<float>(filters);
  model.dense_weights = cursor.take_bytes(labels * model.activations() * sizeof(float));
  model.dense_bias = cursor.take<float>(labels);
}

const char* fault_of_labels(const Model& model) {
  int names = 0;
  for (size_t i = 0; i < model.label_text_bytes; ++i) {
    if (model.label_text[i] == '\0' && i > 0 && model.label_text[i - 1] != '\0') ++names;
  }
  return names == model.labels ? nullptr : "the labels' text does not hold one name for each label";
}

const char* fault_of_arrays(const Model& model) {
  for (int f = 0; model.kind == ModelKind::quantized && f < model.filters; ++f) {
    if (!is_shift(model.conv_shift[f])) return "a shift of the convolution is not 0 to 31";
    if (model.conv_multiplier[f] < 0) return "a multiplier of the convolution is negative";
  }
  return nullptr;
}

}  // namespace

Model read_model(const uint8_t* blob, size_t size) {
  Model model;
  model.blob = blob;
  if (size < kHeaderBytes) {
    model.error = "the model is shorter than its header";
    return model;
  }
  read_header(model);
  model.error = fault_of_header(model, size);
  if (model.error != nullptr) return model;

  Cursor cursor(blob, kHeaderBytes);
  model.label_text = cursor.take<char>(model.label_text_bytes);
  if (model.kind == ModelKind::quantized) {
    place_quantized(model, cursor);
  } else {
    place_float(model, cursor);
  }
  if (cursor.offset() != model.bytes) {
    model.error = "the model's length does not fit its shape";
    return model;
  }
  model.error = fault_of_labels(model);
  if (model.error == nullptr) model.error = fault_of_arrays(model);
  return model;
}

}  // namespace tinykws
