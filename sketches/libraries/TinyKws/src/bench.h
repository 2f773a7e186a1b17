// A board under test: feeds the protocol's input to the frontend and the network, and times each stage.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "board.h"
#include "frontend/feature_stream.h"
#include "model_memory.h"
#include "network/model.h"
#include "stack_mark.h"
#include "stage_timer.h"
#include "wire/handler.h"
#include "wire/session.h"

namespace tinykws {

constexpr uint32_t kClipSamples = 16000;     // one second
constexpr size_t kPaintedStackBytes = 3072;  // several times what any stage uses

// `Network`: QuantizedNetwork or FloatNetwork, as the model blob wants it, or AnyNetwork.
// `kWindowBytes`: how many bytes the host may have under way to the board.
template <typename Network, uint16_t kWindowBytes = board::kReceiveWindow>
class Bench final : private Handler {
  static_assert(kWindowBytes <= board::kReceiveWindow, "what the host may send has to fit in the port's buffer");

 public:
  // `model`: a model in flash (const uint8_t) with its level's id, or room in RAM for one that is loaded (uint8_t),
  // which has no level yet; aligned to 4 bytes. Both must stay where they are.
  template <typename Byte>
  Bench(Byte* model, size_t bytes, const char* level, uint32_t build_id)
      : memory_(model, bytes, level),
        network_(memory_.model()),
        session_(stream_, *this, frame_, sizeof frame_, kWindowBytes),
        build_id_(build_id) {}

  // Once, from setup().
  void begin(uint32_t baud) {
    stack_.paint(kPaintedStackBytes);
    board::start_cycle_counter();
    stream_.begin(baud);
  }

  // Again and again, from loop(): answers what has come, else sleeps where the board can.
  void poll() {
    if (!session_.poll()) board::wait_for_input();
  }

 private:
  // A model that is not sound still says hello, without labels: its hash tells the host what is wrong.
  bool runnable() const { return memory_.model().error == nullptr && Network::runs(memory_.model().kind); }

  Identity identity() override {
    Identity identity{};
    identity.clock_hz = board::kClockHz;
    identity.build_id = build_id_;
    identity.model_hash = memory_.hash();
    identity.model_room = memory_.room();
    identity.cache = board::instruction_cache();
    identity.logits = memory_.model().logit_kind;
    identity.label_count = runnable() ? static_cast<uint8_t>(memory_.model().labels) : 0;
    identity.board = board::kName;
    identity.core = board::kCore;
    identity.level = memory_.level();
    identity.kernels = network_.variant();
    identity.labels = memory_.model().label_text;
    return identity;
  }

  Error begin(uint32_t, Input input, uint32_t count) override {
    const uint32_t wanted = input == Input::audio ? kClipSamples : static_cast<uint32_t>(kFeatures);
    if (!runnable() || count != wanted) return Error::unsupported;
    frontend_.reset();
    rows_ = 0;
    received_features_ = 0;
    return Error::none;
  }

  void audio(const int16_t* samples, size_t count) override {
    while (count > 0) {
      const size_t taken = frontend_.push(samples, count);
      samples += taken;
      count -= taken;
      if (frontend_.ready()) preprocess_slice();
    }
  }

  void features(const uint8_t* features, size_t count) override {
    memcpy(features_ + received_features_, features, count);
    received_features_ += count;
  }

  Error load(uint32_t bytes, uint32_t hash, uint8_t level_bytes) override {
    return memory_.load(bytes, hash, level_bytes);
  }

  void model(const uint8_t* bytes, size_t count) override { memory_.append(bytes, count); }

  Error use() override { return memory_.use(&Network::runs); }

  const char* model_fault() override { return memory_.model().error; }

  Result infer() override {
    stream_.flush();
    const StageTimer nn;
    network_.infer(features_);
    const uint32_t nn_cycles = nn.stop();

    const StageTimer postprocess;
    const int label = network_.classify(probabilities_);
    const uint32_t postprocess_cycles = postprocess.stop();

    Result result{};
    result.nn_cycles = nn_cycles;
    result.postprocess_cycles = postprocess_cycles;
    result.label = static_cast<uint8_t>(label);
    result.rows = static_cast<uint16_t>(rows_);
    result.slice_cycles = slice_cycles_;
    result.logits = network_.logits();
    result.probabilities = probabilities_;
    return result;
  }

  uint32_t tensor_bytes(Tensor tensor) override {
    switch (tensor) {
      case Tensor::features: return static_cast<uint32_t>(kFeatures);
      case Tensor::input: return static_cast<uint32_t>(network_.input_bytes());
      case Tensor::convolution: return static_cast<uint32_t>(network_.convolution_bytes());
      case Tensor::logits: return static_cast<uint32_t>(memory_.model().labels * kLogitBytes);
    }
    return 0;
  }

  void copy_tensor(Tensor tensor, uint32_t offset, uint8_t* into, size_t count) override {
    switch (tensor) {
      case Tensor::features: memcpy(into, features_ + offset, count); break;
      case Tensor::input: network_.copy_input(features_, offset, into, count); break;
      case Tensor::convolution: memcpy(into, network_.convolution() + offset, count); break;
      case Tensor::logits: memcpy(into, logits() + offset, count); break;
    }
  }

  uint32_t stack_high_water() override { return stack_.used(); }

  // [labels] of 4 bytes each.
  const uint8_t* logits() const { return static_cast<const uint8_t*>(static_cast<const void*>(network_.logits())); }

  // Samples after the last whole window make no row.
  void preprocess_slice() {
    if (rows_ == kFeatureRows) return;
    stream_.flush();
    const StageTimer slice;
    frontend_.row(features_ + rows_ * kFeatureChannels);
    slice_cycles_[rows_] = slice.stop();
    ++rows_;
  }

  ModelMemory memory_;
  Network network_;
  FeatureStream frontend_;
  StackMark stack_;
  board::SerialStream stream_;
  alignas(4) uint8_t frame_[frame_buffer_bytes(kWindowBytes)];
  Session session_;
  const uint32_t build_id_;

  uint8_t features_[kFeatures];
  size_t received_features_ = 0;
  int rows_ = 0;
  uint32_t slice_cycles_[kFeatureRows];
  float probabilities_[kMaxLabels];
};

}  // namespace tinykws
