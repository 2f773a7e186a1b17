// Bytes read from something, with a time limit where one has to wait.
#pragma once

#include "Print.h"

class Stream : public Print {
 public:
  // Bytes that can be read now.
  virtual int available() = 0;
  // The next byte, or -1 where there is none.
  virtual int read() = 0;
  // The next byte without taking it, or -1.
  virtual int peek() = 0;

  // How long readBytes(), find() and parseInt() wait for each byte.
  void setTimeout(unsigned long timeout_ms) { timeout_ms_ = timeout_ms; }
  unsigned long getTimeout() const { return timeout_ms_; }

  // Reads until `length` bytes are there or none came in time; returns how many.
  size_t readBytes(char* buffer, size_t length);
  size_t readBytes(uint8_t* buffer, size_t length) { return readBytes(reinterpret_cast<char*>(buffer), length); }
  // As readBytes(), but ends before `terminator`, which is taken and not stored.
  size_t readBytesUntil(char terminator, char* buffer, size_t length);
  // Takes bytes up to and with `target`; false when none came in time.
  bool find(const char* target);
  // The next whole number, what stands before it skipped; 0 when none came in time.
  long parseInt();
  float parseFloat();

 protected:
  constexpr Stream() = default;

  // Returns when a byte is available (true) or none came in time.
  virtual bool wait_for_byte(unsigned long timeout_ms);

 private:
  int timed_read();
  int timed_peek();
  // Skips to a digit or a minus sign; false when none came in time.
  bool skip_to_number(bool& negative);

  unsigned long timeout_ms_ = 1000;
};
