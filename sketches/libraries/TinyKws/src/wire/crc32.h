// CRC-32 as zlib, PNG and Ethernet compute it: reflected polynomial 0xEDB88320, initial value and final XOR all ones.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace tinykws {

// Continues `crc` (0 to begin) over `count` bytes, so that crc32(crc32(0, a), b) is the checksum of a followed by b.
// Four bits a step: the table is 64 bytes, small enough for a board that keeps constants in RAM.
inline uint32_t crc32(uint32_t crc, const void* data, size_t count) {
  static constexpr uint32_t kTable[16] = {
      0x00000000u, 0x1DB71064u, 0x3B6E20C8u, 0x26D930ACu, 0x76DC4190u, 0x6B6B51F4u, 0x4DB26158u, 0x5005713Cu,
      0xEDB88320u, 0xF00F9344u, 0xD6D6A3E8u, 0xCB61B38Cu, 0x9B64C2B0u, 0x86D3D2D4u, 0xA00AE278u, 0xBDBDF21Cu,
  };
  const uint8_t* bytes = static_cast<const uint8_t*>(data);
  crc = ~crc;
  for (size_t i = 0; i < count; ++i) {
    crc ^= bytes[i];
    crc = (crc >> 4) ^ kTable[crc & 15u];
    crc = (crc >> 4) ^ kTable[crc & 15u];
  }
  return ~crc;
}

}  // namespace tinykws
