// The line as the protocol sees it: bytes that have come, bytes to send. A sketch adapts its Serial to it, a test its pipe.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace tinykws {

class ByteStream {
 public:
  // Takes up to `capacity` bytes that have already come into `into`, without waiting.
  // Returns how many it took: 0 .. capacity.
  virtual size_t read(uint8_t* into, size_t capacity) = 0;

  // Hands `count` bytes to the line, in order. It may wait for room, and may return before they have left.
  virtual void write(const uint8_t* bytes, size_t count) = 0;

 protected:
  ~ByteStream() = default;
};

}  // namespace tinykws
