// `Serial`: UARTE0 with EasyDMA, without interrupts.
//
// Received bytes go by DMA into a ring of SERIAL_BUFFER_SIZE bytes that restarts by itself; PPI counts them in TIMER2.
// A sketch that finds available() == 0 may execute WFE: the next byte wakes it, even one that came in between.
#pragma once

#include "HardwareSerial.h"

// Bytes that can arrive before the sketch has to read them. A power of two.
#ifndef SERIAL_BUFFER_SIZE
#define SERIAL_BUFFER_SIZE 1024
#endif

class Uart : public HardwareSerial {
 public:
  constexpr Uart() = default;

  void begin(unsigned long baud) override { begin(baud, SERIAL_8N1); }
  void begin(unsigned long baud, uint16_t format) override;
  void end() override;
  operator bool() override { return open_; }

  int available() override;
  int read() override;
  int peek() override;

  using HardwareSerial::write;
  size_t write(uint8_t byte) override { return write(&byte, 1); }
  // Copies to a buffer that DMA sends; waits only for what was written before.
  size_t write(const uint8_t* bytes, size_t count) override;
  int availableForWrite() override;
  void flush() override;

 protected:
  bool wait_for_byte(unsigned long timeout_ms) override;

 private:
  // Takes over the count of received bytes; after an overrun, skips what was overwritten.
  void update_received();

  bool open_ = false;
  bool sending_ = false;
  uint8_t next_buffer_ = 0;
  uint32_t received_ = 0;  // bytes received, as last counted, modulo 2^32
  uint32_t read_ = 0;      // bytes read, modulo 2^32
};

extern Uart Serial;
