#include "Arduino.h"
#include "timebase.h"

extern void serialEvent() __attribute__((weak));

int main() {
  start_timebase();
  setup();
  for (;;) {
    loop();
    if (serialEvent != nullptr && Serial.available() > 0) {
      serialEvent();
    }
  }
}

// There is no other task that could run.
void yield() {}
