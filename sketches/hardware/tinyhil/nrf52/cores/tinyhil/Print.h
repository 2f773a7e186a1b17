// Text and numbers written to something that takes bytes.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "Printable.h"
#include "WString.h"

#define DEC 10
#define HEX 16
#define OCT 8
#define BIN 2

class Print {
 public:
  // The bytes taken; fewer than offered only where the writer gives up.
  virtual size_t write(uint8_t byte) = 0;
  virtual size_t write(const uint8_t* bytes, size_t count);
  size_t write(const char* text) { return text == nullptr ? 0 : write(text, strlen(text)); }
  size_t write(const char* bytes, size_t count) { return write(reinterpret_cast<const uint8_t*>(bytes), count); }

  // Bytes that write() takes without waiting.
  virtual int availableForWrite() { return 0; }
  // Returns when everything written has left.
  virtual void flush() {}

  int getWriteError() const { return write_error_; }
  void clearWriteError() { write_error_ = 0; }

  size_t print(const __FlashStringHelper* text) { return write(reinterpret_cast<const char*>(text)); }
  size_t print(const char* text) { return write(text); }
  size_t print(char character) { return write(static_cast<uint8_t>(character)); }
  // Integers in base 2..36; base 10 alone has a sign, other bases show two's complement.
  size_t print(unsigned char value, int base = DEC) { return print(static_cast<unsigned long>(value), base); }
  size_t print(int value, int base = DEC) { return print(static_cast<long>(value), base); }
  size_t print(unsigned int value, int base = DEC) { return print(static_cast<unsigned long>(value), base); }
  size_t print(long value, int base = DEC);
  size_t print(unsigned long value, int base = DEC);
  size_t print(long long value, int base = DEC);
  size_t print(unsigned long long value, int base = DEC);
  // Rounded to `digits` after the point.
  size_t print(double value, int digits = 2);
  size_t print(const Printable& printable) { return printable.printTo(*this); }

  size_t println() { return write("\r\n", 2); }
  template <typename T>
  size_t println(const T& value) {
    const size_t written = print(value);
    return written + println();
  }
  template <typename T>
  size_t println(const T& value, int format) {
    const size_t written = print(value, format);
    return written + println();
  }

 protected:
  void setWriteError(int error = 1) { write_error_ = error; }

 private:
  size_t print_number(unsigned long long magnitude, bool negative, int base);

  int write_error_ = 0;
};
