// What a sketch finds without including anything: time, digital pins, `Serial`, numbers.
// String, analog pins, tone, attachInterrupt, Wire and SPI are not part of this core.
#pragma once

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "avr/pgmspace.h"
#include "pins_arduino.h"

#define PI 3.1415926535897932384626433832795
#define HALF_PI 1.5707963267948966192313216916398
#define TWO_PI 6.283185307179586476925286766559
#define DEG_TO_RAD 0.017453292519943295769236907684886
#define RAD_TO_DEG 57.295779513082320876798154814105
#define EULER 2.718281828459045235360287471352

#define radians(degrees) ((degrees) * DEG_TO_RAD)
#define degrees(radians) ((radians) * RAD_TO_DEG)
#define sq(x) ((x) * (x))
#define constrain(x, low, high) ((x) < (low) ? (low) : ((x) > (high) ? (high) : (x)))

#define lowByte(w) ((uint8_t)((w) & 0xFF))
#define highByte(w) ((uint8_t)((w) >> 8))
#define bit(b) (1UL << (b))
#define bitRead(value, bit) (((value) >> (bit)) & 0x01)
#define bitSet(value, bit) ((value) |= (1UL << (bit)))
#define bitClear(value, bit) ((value) &= ~(1UL << (bit)))
#define bitToggle(value, bit) ((value) ^= (1UL << (bit)))
#define bitWrite(value, bit, bitvalue) ((bitvalue) ? bitSet(value, bit) : bitClear(value, bit))

#define clockCyclesPerMicrosecond() (F_CPU / 1000000L)

#define interrupts() __asm volatile("cpsie i" ::: "memory")
#define noInterrupts() __asm volatile("cpsid i" ::: "memory")

typedef uint8_t byte;
typedef uint16_t word;
typedef bool boolean;
typedef uint8_t pin_size_t;

typedef enum { LOW = 0, HIGH = 1, CHANGE = 2, FALLING = 3, RISING = 4 } PinStatus;
typedef enum { INPUT = 0, OUTPUT = 1, INPUT_PULLUP = 2, INPUT_PULLDOWN = 3 } PinMode;
typedef enum { LSBFIRST = 0, MSBFIRST = 1 } BitOrder;

#ifdef __cplusplus
extern "C" {
#endif

// The sketch.
void setup(void);
void loop(void);

// Since the board started; micros() wraps after 71 minutes, millis() after 49 days.
unsigned long micros(void);
unsigned long millis(void);
// At least so long; the processor sleeps.
void delay(unsigned long ms);
void delayMicroseconds(unsigned int us);
void yield(void);

void pinMode(pin_size_t pin, PinMode mode);
void digitalWrite(pin_size_t pin, PinStatus value);
PinStatus digitalRead(pin_size_t pin);

// `x` moved from one range to another, in whole numbers.
long map(long x, long from_low, long from_high, long to_low, long to_high);

#ifdef __cplusplus
}  // extern "C"

#include "Uart.h"
#include "arithmetic.h"

inline void digitalWrite(pin_size_t pin, int value) { digitalWrite(pin, value == 0 ? LOW : HIGH); }
inline void pinMode(pin_size_t pin, int mode) { pinMode(pin, static_cast<PinMode>(mode)); }

// The same numbers follow the same seed.
void randomSeed(unsigned long seed);
// From 0, or `low`, to below `high`.
long random(long high);
long random(long low, long high);

#endif
