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

constexpr uint32_t kBaudClockHz = 16000000;

// The register value for `baud` bits per second.
//
// By the "actual rates" of that table a bit lasts a whole number of 16 MHz periods, 2^32 / BAUDRATE without its fraction.
// Where Nordic names no value, this one lies in the middle of those that give the nearest number of periods, rounded to
// the 20 bits that the generator has.
inline uint32_t baud_rate_register(uint32_t baud) {
  for (const BaudRate& rate : kBaudRates) {
    if (rate.baud == baud) {
      return rate.value;
    }
  }
  const uint32_t periods = (kBaudClockHz + baud / 2) / baud;
  const uint64_t value = (uint64_t{1} << 33) / (2 * periods + 1);
  return static_cast<uint32_t>(value + 0x800) & 0xFFFFF000;
}
