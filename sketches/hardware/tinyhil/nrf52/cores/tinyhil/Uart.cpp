#include "Uart.h"

#include "Arduino.h"
#include "baud_rate.h"
#include "nrf52840.h"
#include "timebase.h"
#include "wake.h"

using namespace nrf52840;

Uart Serial;

namespace {

constexpr size_t kRingBytes = SERIAL_BUFFER_SIZE;
constexpr size_t kTransmitBytes = 256;
constexpr uint32_t kCountPpiChannel = 0;
constexpr uint32_t kCounter = timer::kTimer2;

static_assert(kRingBytes >= 2 && (kRingBytes & (kRingBytes - 1)) == 0, "SERIAL_BUFFER_SIZE is a power of two");
static_assert(kRingBytes <= 0xFFFF, "RXD.MAXCNT has 16 bits");

volatile uint8_t ring[kRingBytes];
uint8_t transmit[2][kTransmitBytes];

uint32_t address(const volatile void* pointer) { return reinterpret_cast<uint32_t>(pointer); }

// Drives `pin` high before UARTE0 takes it over, so the line is idle from the start.
void connect(uint32_t tx_pin, uint32_t rx_pin) {
  digitalWrite(tx_pin, HIGH);
  pinMode(tx_pin, OUTPUT);
  pinMode(rx_pin, INPUT_PULLUP);
  reg(uarte0::kPselTxd) = kPins[tx_pin];
  reg(uarte0::kPselRxd) = kPins[rx_pin];
  reg(uarte0::kPselRts) = uarte0::kPselDisconnected;
  reg(uarte0::kPselCts) = uarte0::kPselDisconnected;
}

void start_counting() {
  reg(kCounter + timer::kMode) = timer::kModeCounter;
  reg(kCounter + timer::kBitMode) = timer::kBitMode32;
  reg(kCounter + timer::kTaskClear) = 1;
  reg(kCounter + timer::kTaskStart) = 1;
  reg(ppi::event_end_point(kCountPpiChannel)) = uarte0::kEventRxReady;
  reg(ppi::task_end_point(kCountPpiChannel)) = kCounter + timer::kTaskCount;
  reg(ppi::kChannelEnableSet) = 1u << kCountPpiChannel;
}

}  // namespace

void Uart::begin(unsigned long baud, uint16_t format) {
  end();
  connect(PIN_SERIAL_TX, PIN_SERIAL_RX);
  reg(uarte0::kBaudRate) = baud_rate_register(baud);
  reg(uarte0::kConfig) = ((format & SERIAL_8E1) != 0 ? uarte0::kConfigParityEven : 0) |
                         ((format & SERIAL_8N2) != 0 ? uarte0::kConfigTwoStopBits : 0);
  reg(uarte0::kEnable) = uarte0::kEnabled;
  start_counting();
  received_ = 0;
  read_ = 0;
  reg(uarte0::kRxdPointer) = address(ring);
  reg(uarte0::kRxdMaxCount) = kRingBytes;
  reg(uarte0::kShorts) = uarte0::kShortEndRxStartRx;
  reg(uarte0::kIntEnableSet) = uarte0::kIntRxReady;
  reg(uarte0::kTaskStartRx) = 1;
  open_ = true;
}

void Uart::end() {
  if (!open_) {
    return;
  }
  flush();
  reg(uarte0::kIntEnableClear) = uarte0::kIntRxReady;
  reg(uarte0::kShorts) = 0;
  reg(uarte0::kEventRxTimeout) = 0;
  reg(uarte0::kTaskStopRx) = 1;
  while (reg(uarte0::kEventRxTimeout) == 0) {
  }
  reg(uarte0::kEnable) = 0;
  reg(ppi::kChannelEnableClear) = 1u << kCountPpiChannel;
  reg(kCounter + timer::kTaskStop) = 1;
  open_ = false;
}

void Uart::update_received() {
  reg(kCounter + timer::task_capture(0)) = 1;
  received_ = reg(kCounter + timer::compare(0));
  if (received_ - read_ > kRingBytes) {
    read_ = received_ - kRingBytes;
  }
}

int Uart::available() {
  if (!open_) {
    return 0;
  }
  rearm(uarte0::kEventRxReady, Irq::kUarte0);
  update_received();
  return static_cast<int>(received_ - read_);
}

int Uart::peek() {
  if (read_ == received_ && available() == 0) {
    return -1;
  }
  return ring[read_ % kRingBytes];
}

int Uart::read() {
  const int byte = peek();
  if (byte >= 0) {
    ++read_;
  }
  return byte;
}

bool Uart::wait_for_byte(unsigned long timeout_ms) {
  if (!open_) {
    return false;
  }
  Alarm alarm;
  const uint64_t deadline_us = micros64() + 1000ull * timeout_ms;
  while (available() == 0) {
    const uint64_t now = micros64();
    if (now >= deadline_us) {
      return false;
    }
    const uint32_t step = static_cast<uint32_t>(min(deadline_us - now, kLongestSleepUs));
    if (!alarm.set(static_cast<uint32_t>(now) + step)) {
      wait_for_event();
    }
  }
  return true;
}

size_t Uart::write(const uint8_t* bytes, size_t count) {
  if (!open_) {
    return 0;
  }
  for (size_t sent = 0; sent < count;) {
    const size_t chunk = min(count - sent, kTransmitBytes);
    uint8_t* const buffer = transmit[next_buffer_];
    memcpy(buffer, bytes + sent, chunk);
    flush();
    reg(uarte0::kEventEndTx) = 0;
    reg(uarte0::kTxdPointer) = address(buffer);
    reg(uarte0::kTxdMaxCount) = chunk;
    __asm volatile("dmb" ::: "memory");  // the copy is in RAM before DMA reads it
    reg(uarte0::kTaskStartTx) = 1;
    sending_ = true;
    next_buffer_ ^= 1;
    sent += chunk;
  }
  return count;
}

int Uart::availableForWrite() {
  const bool busy = sending_ && reg(uarte0::kEventEndTx) == 0;
  return open_ && !busy ? static_cast<int>(kTransmitBytes) : 0;
}

// ENDTX stays set once a buffer has left and would hold the interrupt line up, so it is let through only while waiting.
void Uart::flush() {
  if (!sending_) {
    return;
  }
  reg(uarte0::kIntEnableSet) = uarte0::kIntEndTx;
  for (;;) {
    rearm(uarte0::kEventRxReady, Irq::kUarte0);
    if (reg(uarte0::kEventEndTx) != 0) {
      break;
    }
    wait_for_event();
  }
  reg(uarte0::kIntEnableClear) = uarte0::kIntEndTx;
  sending_ = false;
}
