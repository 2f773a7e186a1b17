// Codes of 1 to 8 bits as they lie packed in flash: one after another, from the lowest bit of the first byte on.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace tinykws {

// Reads packed codes in order.
class CodeReader {
 public:
  // `packed`: the first code starts at its lowest bit. `bits`: 1 .. 8.
  CodeReader(const uint8_t* packed, int bits) : next_(packed), bits_(bits), mask_((1u << bits) - 1) {}

  uint8_t read() {
    if (held_ < bits_) {
      buffer_ |= static_cast<uint32_t>(*next_++) << held_;
      held_ += 8;
    }
    const uint8_t code = static_cast<uint8_t>(buffer_ & mask_);
    buffer_ >>= bits_;
    held_ -= bits_;
    return code;
  }

  void read(uint8_t* codes, size_t count) {
    for (size_t i = 0; i < count; ++i) codes[i] = read();
  }

 private:
  const uint8_t* next_;
  const int bits_;
  const uint32_t mask_;
  uint32_t buffer_ = 0;
  int held_ = 0;  // bits in the buffer
};

}  // namespace tinykws
