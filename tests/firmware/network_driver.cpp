// Runs a model blob over features, for tests on the host: network_driver plain|fast BLOB FEATURES > INTERMEDIATES
//
// FEATURES: clips of 49 x 40 bytes. For each clip it writes the input, the convolution, the logits (4 bytes each), the
// probabilities (float each) and the label (int32). A blob that is not sound ends it with status 3 and the reason.
#include <stdio.h>
#include <string.h>

#include <memory>
#include <vector>

#include "network/float_network.h"
#include "network/model.h"
#include "network/postprocess.h"
#include "network/quantized_network.h"

using namespace tinykws;

namespace {

std::vector<uint8_t> contents(const char* path) {
  std::vector<uint8_t> bytes;
  FILE* file = fopen(path, "rb");
  uint8_t piece[4096];
  for (size_t count; file != nullptr && (count = fread(piece, 1, sizeof piece, file)) > 0;) {
    bytes.insert(bytes.end(), piece, piece + count);
  }
  if (file != nullptr) fclose(file);
  return bytes;
}

void emit(const void* data, size_t bytes) { fwrite(data, 1, bytes, stdout); }

template <typename Network>
void run(Network& network, const Model& model, const std::vector<uint8_t>& clips) {
  for (size_t at = 0; at + kFeatures <= clips.size(); at += kFeatures) {
    network.infer(&clips[at]);
    std::vector<uint8_t> input(network.input_bytes());
    for (size_t i = 0; i < input.size(); i += 7) {  // in pieces that end in the middle of a value
      network.copy_input(&clips[at], i, &input[i], input.size() - i < 7 ? input.size() - i : 7);
    }
    float probabilities[kMaxLabels];
    const int32_t label = classify(network.logits(), model.labels, model.logit_scale, probabilities);
    emit(input.data(), input.size());
    emit(network.convolution(), network.convolution_bytes());
    emit(network.logits(), 4 * model.labels);
    emit(probabilities, 4 * model.labels);
    emit(&label, sizeof label);
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 4) return 2;
  const std::vector<uint8_t> blob = contents(arguments[2]);
  const std::vector<uint8_t> clips = contents(arguments[3]);
  const Kernels kernels = strcmp(arguments[1], "plain") == 0 ? Kernels::plain : Kernels::fast;
  const Model model = read_model(blob.data(), blob.size());
  if (model.error != nullptr) {
    fputs(model.error, stderr);
    return 3;
  }
  if (model.kind == ModelKind::float32) {
    const auto network = std::make_unique<FloatNetwork>(model, kernels);
    run(*network, model, clips);
  } else {
    const auto network = std::make_unique<QuantizedNetwork>(model, kernels);
    run(*network, model, clips);
  }
  return 0;
}
