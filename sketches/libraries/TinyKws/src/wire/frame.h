// A frame: COBS( type u8 | sequence u16 | payload | crc u32 ) and a zero. Little endian; docs/protocol.md specifies it.
// The checksum also covers the session number, which is not sent: a frame of another session is a damaged one.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "byte_stream.h"
#include "cobs.h"
#include "crc32.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the wire is little endian, and so must be the board"
#endif

namespace tinykws {

constexpr size_t kFrameHead = 3;  // type and sequence
constexpr size_t kFrameTail = 4;  // checksum

inline uint16_t load_u16(const uint8_t* from) {
  uint16_t value;
  memcpy(&value, from, sizeof value);
  return value;
}

inline uint32_t load_u32(const uint8_t* from) {
  uint32_t value;
  memcpy(&value, from, sizeof value);
  return value;
}

// Sends one frame, its payload in as many calls as the caller likes. Needs no memory for the whole of it.
class FrameWriter {
 public:
  FrameWriter(ByteStream& stream, uint32_t session, uint8_t type, uint16_t sequence)
      : cobs_(stream), crc_(crc32(0, &session, sizeof session)) {
    cobs_.delimiter();  // ends a stray print that stands before
    u8(type);
    u16(sequence);
  }

  void u8(uint8_t value) { bytes(&value, sizeof value); }
  void u16(uint16_t value) { bytes(&value, sizeof value); }
  void u32(uint32_t value) { bytes(&value, sizeof value); }

  // A string: its length u8, then its first 255 bytes at most.
  void text(const char* value) {
    const size_t length = strlen(value);
    const uint8_t sent = static_cast<uint8_t>(length < 255 ? length : 255);
    u8(sent);
    bytes(value, sent);
  }

  void bytes(const void* data, size_t count) {
    crc_ = crc32(crc_, data, count);
    put(data, count);
  }

  void finish() {
    put(&crc_, sizeof crc_);
    cobs_.delimiter();
    cobs_.flush();
  }

 private:
  void put(const void* data, size_t count) {
    const uint8_t* bytes = static_cast<const uint8_t*>(data);
    for (size_t i = 0; i < count; ++i) cobs_.put(bytes[i]);
  }

  CobsWriter cobs_;
  uint32_t crc_;
};

// Gathers the bytes between two zeros in the caller's memory, and reads them as a frame.
class FrameReader {
 public:
  // `buffer`: aligned to 4 bytes; `bytes`: its size, 4 more than the largest payload and its checksum together.
  FrameReader(uint8_t* buffer, size_t bytes) : raw_(buffer + 1), cobs_(buffer + 1, bytes - 1) {}

  // Takes one byte of the line. True at a delimiter that ends something.
  bool take(uint8_t byte) { return cobs_.take(byte) && !cobs_.empty(); }

  // Whether it was a frame of this session, undamaged.
  bool sealed_for(uint32_t session) const {
    if (!cobs_.intact() || cobs_.size() < kFrameHead + kFrameTail) return false;
    const size_t covered = cobs_.size() - kFrameTail;
    return crc32(crc32(0, &session, sizeof session), raw_, covered) == load_u32(raw_ + covered);
  }

  // What the frame holds; only once sealed_for() was true.
  uint8_t type() const { return raw_[0]; }
  uint16_t sequence() const { return load_u16(raw_ + 1); }
  const uint8_t* payload() const { return raw_ + kFrameHead; }  // aligned to 4 bytes
  size_t payload_size() const { return cobs_.size() - kFrameHead - kFrameTail; }

 private:
  const uint8_t* raw_;
  CobsReader cobs_;
};

}  // namespace tinykws
