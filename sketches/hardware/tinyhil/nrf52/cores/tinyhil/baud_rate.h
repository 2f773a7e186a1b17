// UARTE's BAUDRATE register for any speed.
#pragma once

#include <stddef.h>
#include <stdint.h>

struct BaudRate {
  uint32_t baud;
  uint32_t value;
};

// nRF52840 Product Specification, UARTE, register BAUDRATE: the speeds for which Nordic names a value.
constexpr BaudRate kBaudRates[] = {
    {1200, 0x0004F000},   {2400, 0x0009D000},   {4800, 0x0013B000},   {9600, 0x00275000},    {14400, 0x003AF000},
    {19200, 0x004EA000},  {28800, 0x0075C000},  {31250, 0x00800000},  {38400, 0x009D0000},   {56000, 0x00E50000},
    {57600, 0x00EB0000},  {76800, 0x013A9000},  {115200, 0x01D60000}, {230400, 0x03B00000},  {250000, 0x04000000},
    {460800, 0x07400000}, {921600, 0x0F000000}, {1000000, 0x10000000},
};

// Elsewhere baud x 2^32 / 16 MHz, rounded to the 20 bits that the generator has.
inline uint32_t baud_rate_register(uint32_t baud) {
  for (const BaudRate& rate : kBaudRates) {
    if (rate.baud == baud) {
      return rate.value;
    }
  }
  const uint64_t value = (static_cast<uint64_t>(baud) << 32) / 16000000u + 0x800;
  return static_cast<uint32_t>(value) & 0xFFFFF000;
}
