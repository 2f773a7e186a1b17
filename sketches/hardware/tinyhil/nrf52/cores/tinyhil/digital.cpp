// Pins as inputs and outputs.
#include "Arduino.h"
#include "nrf52840.h"

using namespace nrf52840;

namespace {

struct Pin {
  uint32_t port;  // base address of P0 or P1
  uint32_t bit;
};

bool find(pin_size_t number, Pin& pin) {
  if (number >= NUM_DIGITAL_PINS) {
    return false;
  }
  pin.port = gpio::kPortBase + gpio::kPortStride * (kPins[number] / 32);
  pin.bit = kPins[number] % 32;
  return true;
}

uint32_t configuration(PinMode mode) {
  switch (mode) {
    case OUTPUT: return gpio::kConfigOutput;
    case INPUT_PULLUP: return gpio::kConfigInput | gpio::kConfigPullUp;
    case INPUT_PULLDOWN: return gpio::kConfigInput | gpio::kConfigPullDown;
    default: return gpio::kConfigInput;
  }
}

}  // namespace

void pinMode(pin_size_t number, PinMode mode) {
  Pin pin;
  if (find(number, pin)) {
    reg(pin.port + gpio::kPinConfig + 4 * pin.bit) = configuration(mode);
  }
}

void digitalWrite(pin_size_t number, PinStatus value) {
  Pin pin;
  if (find(number, pin)) {
    reg(pin.port + (value == LOW ? gpio::kOutClear : gpio::kOutSet)) = 1u << pin.bit;
  }
}

PinStatus digitalRead(pin_size_t number) {
  Pin pin;
  if (!find(number, pin)) {
    return LOW;
  }
  const bool output = (reg(pin.port + gpio::kPinConfig + 4 * pin.bit) & 1) != 0;
  const uint32_t levels = reg(pin.port + (output ? gpio::kOut : gpio::kIn));
  return ((levels >> pin.bit) & 1) != 0 ? HIGH : LOW;
}
