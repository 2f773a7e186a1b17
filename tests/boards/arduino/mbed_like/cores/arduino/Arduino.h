// The part of the mbed core's Arduino.h that a sketch for every core may use, and the names that would get in its way.
#pragma once

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

// Macros of ArduinoCore-API (api/Common.h) that take a name away from a sketch.
#define SERIAL 0x0
#define DISPLAY 0x1
#define PI 3.1415926535897932384626433832795
#define HALF_PI 1.5707963267948966192313216916398
#define TWO_PI 6.283185307179586476925286766559
#define EULER 2.718281828459045235360287471352
#define constrain(amount, low, high) ((amount) < (low) ? (low) : ((amount) > (high) ? (high) : (amount)))
#define radians(degrees) ((degrees) * 0.0174532925199433)
#define degrees(radians) ((radians) * 57.2957795130823)
#define sq(x) ((x) * (x))
#define lowByte(w) ((uint8_t)((w) & 0xFF))
#define highByte(w) ((uint8_t)((w) >> 8))
#define bit(b) (1UL << (b))
#define bitRead(value, bit) (((value) >> (bit)) & 0x01)
#define word(...) makeWord(__VA_ARGS__)
#define F(text) (text)
#define DEC 10
#define HEX 16
#define BIN 2

// Names of CMSIS and of the nRF52840's header, which come along with mbed.h.
#define DWT ((void*)0xE0001000)
#define CoreDebug ((void*)0xE000EDF0)
#define SCB ((void*)0xE000ED00)
#define NVIC ((void*)0xE000E100)
#define SysTick ((void*)0xE000E010)
#define NRF_NVMC ((void*)0x4001E000)
#define __IO volatile
#define __DSB() __asm volatile("dsb" ::: "memory")
#define __WFE() __asm volatile("wfe")
#define __SSAT(value, bits) (value)

typedef bool boolean;
typedef uint8_t byte;

#ifdef __cplusplus
#include "Serial.h"

extern "C" {
#endif

void setup(void);
void loop(void);
unsigned long micros(void);
static inline uint32_t __SMLAD(uint32_t x, uint32_t y, uint32_t sum) { return sum + x * y; }
static inline uint32_t __SXTB16(uint32_t x) { return x; }

#ifdef __cplusplus
}

// As mbed.h and Arduino.h do; a class of a sketch may not be ambiguous with these.
namespace mbed {
class Timer;
class Stream;
class FileHandle;
class Ticker;
class Timeout;
}  // namespace mbed
using namespace mbed;
#endif
