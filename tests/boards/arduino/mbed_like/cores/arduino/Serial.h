// The USB serial port: begin() returns before a host listens, and 256 received bytes fit.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace arduino {

class USBSerial {
 public:
  void begin(unsigned long baud);
  int available();
  int read();
  size_t write(uint8_t byte);
  size_t write(const uint8_t* bytes, size_t count);
  void flush();
  size_t print(const char* text);
  size_t print(unsigned long number);
  size_t print(double number);
  size_t println(const char* text);
  size_t println(double number);
  operator bool();
};

}  // namespace arduino

using namespace arduino;

extern USBSerial SerialUSB;
#define Serial SerialUSB
