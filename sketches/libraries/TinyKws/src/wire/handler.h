// What a board must be able to do for the protocol; the sketch implements it. All calls come from Session::poll().
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "messages.h"

namespace tinykws {

class Handler {
 public:
  // Asked at each hello and use; the model hash is computed anew each time.
  virtual Identity identity() = 0;

  // A clip of `count` samples (audio) or features starts: forget the one before.
  // Returns Error::none, or Error::unsupported if the board can't take that many.
  virtual Error begin(uint32_t clip, Input input, uint32_t count) = 0;

  // The clip's next samples, in order, never more than begin announced. They may be consumed at once.
  virtual void audio(const int16_t* samples, size_t count) = 0;

  // The clip's next features, in order [49 time][40 channel], never more than begin announced.
  virtual void features(const uint8_t* features, size_t count) = 0;

  // A level's id of `level_bytes` bytes and its model of `bytes` bytes are to come: forget the model before.
  // `hash`: what its CRC-32 must be. Returns Error::none, or why it can't be taken.
  virtual Error load(uint32_t bytes, uint32_t hash, uint8_t level_bytes) = 0;

  // The next bytes of the id and then of the model, in order, never more than load announced.
  virtual void model(const uint8_t* bytes, size_t count) = 0;

  // Runs with the model from now on. Called after all its bytes. Returns Error::none, or why it can't.
  virtual Error use() = 0;

  // Why use() returned Error::unsound.
  virtual const char* model_fault() = 0;

  // Runs the network and the postprocessing. Called once a clip, after all its input.
  virtual Result infer() = 0;

  // The size of an intermediate of the last inference in bytes; 0 if this build does not keep it.
  virtual uint32_t tensor_bytes(Tensor tensor) = 0;

  // Copies `count` bytes of it from `offset`; offset + count <= tensor_bytes(tensor).
  virtual void copy_tensor(Tensor tensor, uint32_t offset, uint8_t* into, size_t count) = 0;

  // The most bytes of stack used so far; 0 if unknown.
  virtual uint32_t stack_high_water() = 0;

 protected:
  ~Handler() = default;
};

}  // namespace tinykws
