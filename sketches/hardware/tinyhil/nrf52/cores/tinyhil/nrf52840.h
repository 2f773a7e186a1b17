// The registers of the nRF52840 and its Cortex-M4 that this core uses.
// Addresses and bits: nRF52840 Product Specification (chapters CLOCK, GPIO, PPI, TIMER, UARTE) and ARMv7-M Architecture
// Reference Manual (B3.2 System Control Space, C1.8 DWT).
#pragma once

#include <stdint.h>

namespace nrf52840 {

inline volatile uint32_t& reg(uint32_t address) { return *reinterpret_cast<volatile uint32_t*>(address); }

namespace scs {
constexpr uint32_t kNvicIcpr0 = 0xE000E280;
constexpr uint32_t kScr = 0xE000ED10;
constexpr uint32_t kScrSevOnPend = 1u << 4;
constexpr uint32_t kDemcr = 0xE000EDFC;
constexpr uint32_t kDemcrTraceEnable = 1u << 24;
constexpr uint32_t kDwtCtrl = 0xE0001000;
constexpr uint32_t kDwtCtrlCycleCounterEnable = 1u << 0;
constexpr uint32_t kDwtCycleCount = 0xE0001004;
}  // namespace scs

// Interrupt numbers: the peripheral's base address, bits 12 and up.
enum class Irq : uint32_t { kUarte0 = 2, kTimer0 = 8 };

namespace clock {
constexpr uint32_t kTaskHfclkStart = 0x40000000;
constexpr uint32_t kEventHfclkStarted = 0x40000100;
}  // namespace clock

namespace gpio {
constexpr uint32_t kPortBase = 0x50000000;
constexpr uint32_t kPortStride = 0x300;
constexpr uint32_t kOut = 0x504;
constexpr uint32_t kOutSet = 0x508;
constexpr uint32_t kOutClear = 0x50C;
constexpr uint32_t kIn = 0x510;
constexpr uint32_t kPinConfig = 0x700;  // + 4 x bit
constexpr uint32_t kConfigInput = 0x0;
constexpr uint32_t kConfigOutput = 0x3;  // input buffer off
constexpr uint32_t kConfigPullDown = 0x1 << 2;
constexpr uint32_t kConfigPullUp = 0x3 << 2;
}  // namespace gpio

namespace ppi {
constexpr uint32_t kChannelEnableSet = 0x4001F504;
constexpr uint32_t kChannelEnableClear = 0x4001F508;
constexpr uint32_t event_end_point(uint32_t channel) { return 0x4001F510 + 8 * channel; }
constexpr uint32_t task_end_point(uint32_t channel) { return 0x4001F514 + 8 * channel; }
}  // namespace ppi

namespace timer {
constexpr uint32_t kTimer0 = 0x40008000;
constexpr uint32_t kTimer1 = 0x40009000;
constexpr uint32_t kTimer2 = 0x4000A000;
// Offsets into one timer.
constexpr uint32_t kTaskStart = 0x000;
constexpr uint32_t kTaskStop = 0x004;
constexpr uint32_t kTaskCount = 0x008;
constexpr uint32_t kTaskClear = 0x00C;
constexpr uint32_t task_capture(uint32_t channel) { return 0x040 + 4 * channel; }
constexpr uint32_t event_compare(uint32_t channel) { return 0x140 + 4 * channel; }
constexpr uint32_t kIntEnableSet = 0x304;
constexpr uint32_t kIntEnableClear = 0x308;
constexpr uint32_t int_compare(uint32_t channel) { return 1u << (16 + channel); }
constexpr uint32_t kMode = 0x504;
constexpr uint32_t kModeTimer = 0;
constexpr uint32_t kModeCounter = 1;
constexpr uint32_t kBitMode = 0x508;
constexpr uint32_t kBitMode32 = 3;
constexpr uint32_t kPrescaler = 0x510;
constexpr uint32_t kPrescaler1Mhz = 4;  // 16 MHz / 2^4
constexpr uint32_t compare(uint32_t channel) { return 0x540 + 4 * channel; }
}  // namespace timer

namespace uarte0 {
constexpr uint32_t kTaskStartRx = 0x40002000;
constexpr uint32_t kTaskStopRx = 0x40002004;
constexpr uint32_t kTaskStartTx = 0x40002008;
constexpr uint32_t kEventRxReady = 0x40002108;
constexpr uint32_t kEventEndTx = 0x40002120;
constexpr uint32_t kEventRxTimeout = 0x40002144;
constexpr uint32_t kShorts = 0x40002200;
constexpr uint32_t kShortEndRxStartRx = 1u << 5;
constexpr uint32_t kIntEnableSet = 0x40002304;
constexpr uint32_t kIntEnableClear = 0x40002308;
constexpr uint32_t kIntRxReady = 1u << 2;
constexpr uint32_t kIntEndTx = 1u << 8;
constexpr uint32_t kEnable = 0x40002500;
constexpr uint32_t kEnabled = 8;
constexpr uint32_t kPselRts = 0x40002508;
constexpr uint32_t kPselTxd = 0x4000250C;
constexpr uint32_t kPselCts = 0x40002510;
constexpr uint32_t kPselRxd = 0x40002514;
constexpr uint32_t kPselDisconnected = 0xFFFFFFFF;
constexpr uint32_t kBaudRate = 0x40002524;
constexpr uint32_t kRxdPointer = 0x40002534;
constexpr uint32_t kRxdMaxCount = 0x40002538;
constexpr uint32_t kTxdPointer = 0x40002544;
constexpr uint32_t kTxdMaxCount = 0x40002548;
constexpr uint32_t kConfig = 0x4000256C;
constexpr uint32_t kConfigParityEven = 0x7 << 1;
constexpr uint32_t kConfigTwoStopBits = 1u << 4;
}  // namespace uarte0

}  // namespace nrf52840
