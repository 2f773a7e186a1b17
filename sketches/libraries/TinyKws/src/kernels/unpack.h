// Codes of 1 to 8 bits as they lie packed in flash: one after another, from the lowest bit of the first byte on.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace tinykws {

// Reads packed codes in order.
class CodeReader {
 public:
  // `packed`: the first code starts at its lowest bit. `bits`: 1 .. 8.
  CodeReader(const uint8_t* packed, int bits) : next_(packed), bits_(bits) {}

  // Writes the next `count` codes to `codes`.
  void read(uint8_t* codes, size_t count) {
    const int bits = bits_;
    const uint32_t mask = (1u << bits) - 1;
    const uint8_t* next = next_;
    uint32_t buffer = buffer_;
    int held = held_;
    for (uint8_t* const end = codes + count; codes != end; held -= bits, buffer >>= bits) {
      if (held < bits) {
        buffer |= static_cast<uint32_t>(*next++) << held;
        held += 8;
      }
      *codes++ = static_cast<uint8_t>(buffer & mask);
    }
    next_ = next;
    buffer_ = buffer;
    held_ = held;
  }

 private:
  const uint8_t* next_;
  const int bits_;
  uint32_t buffer_ = 0;
  int held_ = 0;  // bits in the buffer
};

}  // namespace tinykws
