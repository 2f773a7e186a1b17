// The header of the Nano 33 BLE: which port and bit of the nRF52840 each Arduino pin is.
#pragma once

#include <stdint.h>

#define LED_BUILTIN 13u
#define LEDR 22u
#define LEDG 23u
#define LEDB 24u
#define LED_PWR 25u

#define PIN_SERIAL_TX 1u
#define PIN_SERIAL_RX 0u

#define NUM_DIGITAL_PINS 26u

enum { A0 = 14, A1, A2, A3, A4, A5, A6, A7 };
enum { SDA = A4, SCL = A5 };

#ifdef __cplusplus

// Bit 5 is the port, bits 4..0 the bit in it: the layout of the PSEL registers.
constexpr uint8_t port_pin(uint8_t port, uint8_t bit) { return static_cast<uint8_t>(port * 32 + bit); }

// Arduino pin -> port and bit, from the schematic of the Nano 33 BLE (NINA-B306 module).
constexpr uint8_t kPins[NUM_DIGITAL_PINS] = {
    port_pin(1, 10), port_pin(1, 3),  port_pin(1, 11), port_pin(1, 12),  // D0 RX, D1 TX, D2, D3
    port_pin(1, 15), port_pin(1, 13), port_pin(1, 14), port_pin(0, 23),  // D4..D7
    port_pin(0, 21), port_pin(0, 27), port_pin(1, 2),  port_pin(1, 1),   // D8..D11
    port_pin(1, 8),  port_pin(0, 13),                                    // D12, D13 LED
    port_pin(0, 4),  port_pin(0, 5),  port_pin(0, 30), port_pin(0, 29),  // A0..A3
    port_pin(0, 31), port_pin(0, 2),  port_pin(0, 28), port_pin(0, 3),   // A4 SDA, A5 SCL, A6, A7
    port_pin(0, 24), port_pin(0, 16), port_pin(0, 6),  port_pin(1, 9),   // red, green, blue, power LED
};

#endif
