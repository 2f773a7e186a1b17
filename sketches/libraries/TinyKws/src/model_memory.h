// Where a board's model lies: in flash, as a part of the program, or in RAM, where it is loaded over the line.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "network/model.h"
#include "wire/crc32.h"
#include "wire/messages.h"

namespace tinykws {

constexpr size_t kLongestLevel = 47;  // bytes of the longest level id that can be loaded

class ModelMemory {
 public:
  // A model in flash: `blob` of `bytes` bytes, aligned to 4, and its level's id; both must stay where they are.
  ModelMemory(const uint8_t* blob, size_t bytes, const char* level)
      : model_(read_model(blob, bytes)), bytes_(bytes), flash_level_(level) {}

  // RAM with room for a model of at most `bytes` bytes, aligned to 4. There is none yet, so it has no level either.
  ModelMemory(uint8_t* room, size_t bytes, const char*) : room_(room), room_bytes_(bytes) { forget(kNothingLoaded); }

  // The model, with `error` set where there is none that can be used. Its address stays the same.
  const Model& model() const { return model_; }

  // The level's id; empty while no model is loaded.
  const char* level() const { return flash_level_ != nullptr ? flash_level_ : loaded_level_; }

  // CRC-32 over the model as it lies in memory now; 0 where there is none.
  uint32_t hash() const { return crc32(0, model_.blob, bytes_); }

  // Bytes of the largest model that can be loaded; 0 where the model is in flash.
  uint32_t room() const { return static_cast<uint32_t>(room_bytes_); }

  // Begins a model in place of the one that was loaded, as Handler::load() says; what is refused changes nothing.
  Error load(uint32_t bytes, uint32_t hash, size_t level_bytes) {
    if (level_bytes == 0 || level_bytes > kLongestLevel) return Error::malformed;
    if (room_ == nullptr || bytes > room_bytes_) return Error::no_room;
    forget(kNothingLoaded);
    announced_hash_ = hash;
    received_ = level_received_ = 0;
    level_bytes_ = level_bytes;
    return Error::none;
  }

  // Takes the next bytes of the level's id, then of the model: after load(), never more than it announced.
  void append(const uint8_t* bytes, size_t count) {
    for (; count > 0 && level_received_ < level_bytes_; --count) {
      coming_level_[level_received_++] = static_cast<char>(*bytes++);
    }
    memcpy(room_ + received_, bytes, count);
    received_ += count;
  }

  // Makes what was appended the model, where it is whole and sound and `runs` says that its kind can be run.
  Error use(bool (*runs)(ModelKind)) {
    if (crc32(0, room_, received_) != announced_hash_) return Error::damaged;
    const Model model = read_model(room_, received_);
    if (model.error != nullptr || !runs(model.kind)) {
      forget(model.error != nullptr ? model.error : "this program has no kernels for the model's kind");
      return Error::unsound;
    }
    model_ = model;
    bytes_ = received_;
    memcpy(loaded_level_, coming_level_, level_bytes_);
    loaded_level_[level_bytes_] = '\0';
    return Error::none;
  }

 private:
  static constexpr const char* kNothingLoaded = "no model has been loaded";

  void forget(const char* why) {
    model_ = Model();
    model_.error = why;
    bytes_ = 0;
    loaded_level_[0] = '\0';
  }

  Model model_;
  size_t bytes_ = 0;
  const char* flash_level_ = nullptr;

  uint8_t* room_ = nullptr;
  size_t room_bytes_ = 0;
  uint32_t announced_hash_ = 0;  // of the model that is coming
  size_t received_ = 0;          // its bytes so far
  size_t level_bytes_ = 0;       // of its level's id
  size_t level_received_ = 0;
  char coming_level_[kLongestLevel];
  char loaded_level_[kLongestLevel + 1] = "";
};

}  // namespace tinykws
