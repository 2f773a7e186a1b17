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
