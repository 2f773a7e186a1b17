// Everything that this library takes from the board and its Arduino core, and nothing else does.
//
// | of | what |
// | --- | --- |
// | the core | Serial (begin, available, read, write, flush), micros() where the processor has no cycle counter |
// | Cortex-M3 and above | DWT CYCCNT, switched on by DEMCR.TRCENA |
// | nRF52840 | NVMC ICACHECNF, read to tell whether the instruction cache is on; its clock of 64 MHz |
// | the simulated board | the instruction WFE: there the next byte wakes the processor, on other cores it might not |
#pragma once

#include <Arduino.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/byte_stream.h"
#include "wire/messages.h"

#if defined(__ARM_ARCH_7M__) || defined(__ARM_ARCH_7EM__) || defined(__ARM_ARCH_8M_MAIN__)
#define TINYKWS_HAS_CYCCNT 1
#else
#define TINYKWS_HAS_CYCCNT 0
#endif

#if defined(ARDUINO_TINYHIL_NANO33BLE) || defined(ARDUINO_ARDUINO_NANO33BLE) || defined(NRF52840_XXAA)
#define TINYKWS_IS_NRF52840 1
#else
#define TINYKWS_IS_NRF52840 0
#endif

namespace tinykws {
namespace board {

#if defined(ARDUINO_TINYHIL_NANO33BLE) || defined(ARDUINO_ARDUINO_NANO33BLE)
constexpr const char* kName = "nano33ble";
#else
constexpr const char* kName = "unnamed";
#endif

#if defined(ARDUINO_ARCH_MBED)
constexpr const char* kCore = "mbed";
#elif defined(ARDUINO_TINYHIL_NANO33BLE)
constexpr const char* kCore = "tinyhil:nrf52";
#else
constexpr const char* kCore = "unnamed";
#endif

// How many bytes may come in while the sketch does not read them.
#if defined(ARDUINO_ARCH_MBED)
constexpr uint16_t kReceiveWindow = 256;  // RingBufferN<256> of its USB serial port
#elif defined(SERIAL_RX_BUFFER_SIZE)
constexpr uint16_t kReceiveWindow = SERIAL_RX_BUFFER_SIZE - 1;  // AVR: a ring that always keeps one place free
#elif defined(SERIAL_BUFFER_SIZE)
constexpr uint16_t kReceiveWindow = SERIAL_BUFFER_SIZE;
#else
constexpr uint16_t kReceiveWindow = 64;
#endif

inline volatile uint32_t& word_at(uintptr_t address) { return *reinterpret_cast<volatile uint32_t*>(address); }

#if TINYKWS_IS_NRF52840
constexpr uint32_t kClockHz = 64000000;  // nRF52840 product specification, chapter CPU
#else
constexpr uint32_t kClockHz = F_CPU;
#endif

// The cycle counter. ARMv7-M Architecture Reference Manual, chapters C1.6 (DEMCR) and C1.8 (DWT).
#if TINYKWS_HAS_CYCCNT
inline void start_cycle_counter() {
  word_at(0xE000EDFC) |= 1u << 24;  // DEMCR.TRCENA
  word_at(0xE0001000) |= 1u;        // DWT_CTRL.CYCCNTENA
}
inline uint32_t cycles() { return word_at(0xE0001004); }  // DWT_CYCCNT
#else
inline void start_cycle_counter() {}
inline uint32_t cycles() { return static_cast<uint32_t>(micros()) * (kClockHz / 1000000); }
#endif

// Whether instructions from flash are cached. nRF52840 product specification, NVMC ICACHECNF.CACHEEN.
inline Cache instruction_cache() {
#if TINYKWS_IS_NRF52840
  return (word_at(0x4001E540) & 1u) != 0 ? Cache::on : Cache::off;
#else
  return Cache::unknown;
#endif
}

// Returns at once, or sleeps until the port's next byte. Call it only after a read() that gave nothing.
inline void wait_for_input() {
#if defined(ARDUINO_TINYHIL_NANO33BLE)
  __asm volatile("wfe" ::: "memory");
#endif
}

// `Serial` as the protocol sees it.
class SerialStream final : public ByteStream {
 public:
  void begin(uint32_t baud) { Serial.begin(baud); }

  size_t read(uint8_t* into, size_t capacity) override {
    const int available = Serial.available();
    const size_t waiting = available > 0 ? static_cast<size_t>(available) : 0;
    const size_t count = waiting < capacity ? waiting : capacity;
    for (size_t i = 0; i < count; ++i) into[i] = static_cast<uint8_t>(Serial.read());
    return count;
  }

  void write(const uint8_t* bytes, size_t count) override { Serial.write(bytes, count); }

  // Waits until everything written has left the board.
  void flush() { Serial.flush(); }
};

}  // namespace board
}  // namespace tinykws
