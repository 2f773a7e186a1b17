// Bodies, so that the linker names whatever else a sketch wants.
#include "Arduino.h"

USBSerial SerialUSB;

namespace arduino {
void USBSerial::begin(unsigned long) {}
int USBSerial::available() { return 0; }
int USBSerial::read() { return -1; }
size_t USBSerial::write(uint8_t) { return 1; }
size_t USBSerial::write(const uint8_t*, size_t count) { return count; }
void USBSerial::flush() {}
size_t USBSerial::print(const char*) { return 0; }
size_t USBSerial::print(unsigned long) { return 0; }
size_t USBSerial::print(double) { return 0; }
size_t USBSerial::println(const char*) { return 0; }
size_t USBSerial::println(double) { return 0; }
USBSerial::operator bool() { return false; }
}  // namespace arduino

extern "C" unsigned long micros() { return 0; }

extern "C" void reset() {
  setup();
  for (;;) {
    loop();
  }
}

void operator delete(void*) noexcept {}
void operator delete(void*, size_t) noexcept {}
