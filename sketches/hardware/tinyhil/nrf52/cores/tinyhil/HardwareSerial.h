// A serial port as sketches know it.
#pragma once

#include "Stream.h"

// Frame formats: eight data bits, with or without an even parity bit, one or two stop bits.
#define SERIAL_8N1 0x0u
#define SERIAL_8E1 0x1u
#define SERIAL_8N2 0x2u
#define SERIAL_8E2 0x3u

class HardwareSerial : public Stream {
 public:
  virtual void begin(unsigned long baud) = 0;
  virtual void begin(unsigned long baud, uint16_t format) = 0;
  virtual void end() = 0;
  virtual operator bool() = 0;

  using Print::write;
  // Of any whole number the lowest byte; write(0) would be a null pointer, too.
  size_t write(int value) { return write(static_cast<uint8_t>(value)); }
  size_t write(unsigned int value) { return write(static_cast<uint8_t>(value)); }
  size_t write(long value) { return write(static_cast<uint8_t>(value)); }
  size_t write(unsigned long value) { return write(static_cast<uint8_t>(value)); }
};
