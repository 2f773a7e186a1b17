// Consistent Overhead Byte Stuffing (Cheshire and Baker, IEEE/ACM Trans. Networking 7(2), 1999): bytes without zeros.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "byte_stream.h"

namespace tinykws {

constexpr size_t kCobsBlock = 254;  // data bytes in the longest block, after its code byte

// Encodes bytes of any number as they come, in 256 bytes of memory, and hands them on in few, large pieces.
class CobsWriter {
 public:
  explicit CobsWriter(ByteStream& stream) : stream_(stream) {}

  void put(uint8_t byte) {
    if (!open_) begin_block();
    if (byte == 0) {
      close_block();
      begin_block();
    } else {
      append(byte);
      if (end_ - block_ > kCobsBlock) close_block();
    }
  }

  // The byte that no encoded byte equals: ends what stands before it.
  void delimiter() {
    if (open_) close_block();
    append(0);
  }

  void flush() {
    stream_.write(buffer_, end_);
    end_ = 0;
  }

 private:
  void begin_block() {
    append(0);
    block_ = end_ - 1;
    open_ = true;
  }

  // Fills in the code: one more than the block's number of data bytes.
  void close_block() {
    buffer_[block_] = static_cast<uint8_t>(end_ - block_);
    open_ = false;
  }

  void append(uint8_t byte) {
    if (end_ == sizeof buffer_) hand_on();
    buffer_[end_++] = byte;
  }

  // Writes the closed blocks and moves the open one, of which the code is still missing, to the front.
  void hand_on() {
    const size_t closed = open_ ? block_ : end_;
    stream_.write(buffer_, closed);
    memmove(buffer_, buffer_ + closed, end_ - closed);
    end_ -= closed;
    block_ = 0;
  }

  ByteStream& stream_;
  uint8_t buffer_[kCobsBlock + 2];
  size_t block_ = 0;  // where the open block's code stands
  size_t end_ = 0;
  bool open_ = false;
};

// Decodes bytes as they come into the caller's memory, up to the delimiter.
class CobsReader {
 public:
  CobsReader(uint8_t* into, size_t capacity) : bytes_(into), capacity_(capacity) {}

  // Takes one encoded byte. True when it was a delimiter: then size() and intact() tell what it ended.
  bool take(uint8_t encoded) {
    if (ended_) restart();
    ended_ = encoded == 0;
    if (ended_) return true;
    touched_ = true;
    if (left_ > 0) {
      append(encoded);
      --left_;
    } else {
      if (zero_) append(0);
      zero_ = encoded <= kCobsBlock;
      left_ = encoded - 1u;
    }
    return false;
  }

  size_t size() const { return size_; }             // decoded bytes
  bool empty() const { return !touched_; }          // nothing stood before the delimiter
  bool intact() const { return left_ == 0 && !overflow_; }  // whole blocks, and no more than the capacity

 private:
  void restart() {
    size_ = left_ = 0;
    zero_ = touched_ = overflow_ = ended_ = false;
  }

  void append(uint8_t byte) {
    if (size_ == capacity_) {
      overflow_ = true;
    } else {
      bytes_[size_++] = byte;
    }
  }

  uint8_t* bytes_;
  size_t capacity_;
  size_t size_ = 0;
  size_t left_ = 0;       // data bytes still to come in this block
  bool zero_ = false;     // the block stands for a zero after its data, unless it is the last
  bool touched_ = false;
  bool overflow_ = false;
  bool ended_ = false;
};

}  // namespace tinykws
