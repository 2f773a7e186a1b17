#include "timebase.h"

#include "Arduino.h"
#include "nrf52840.h"
#include "wake.h"

using namespace nrf52840;

namespace {

constexpr uint32_t kLow = timer::kTimer0;
constexpr uint32_t kHigh = timer::kTimer1;
constexpr uint32_t kWrapChannel = 0;   // TIMER0 compare channels: 0 at the wrap,
constexpr uint32_t kReadChannel = 1;   // 1 for reading,
constexpr uint32_t kWakeChannel = 2;   // 2 for waking
constexpr uint32_t kWrapPpiChannel = 1;
constexpr uint32_t kShortestSleepUs = 50;

uint32_t captured(uint32_t base, uint32_t channel) {
  reg(base + timer::task_capture(channel)) = 1;
  return reg(base + timer::compare(channel));
}

void configure(uint32_t base, uint32_t mode) {
  reg(base + timer::kTaskStop) = 1;
  reg(base + timer::kMode) = mode;
  reg(base + timer::kBitMode) = timer::kBitMode32;
  reg(base + timer::kPrescaler) = timer::kPrescaler1Mhz;
  reg(base + timer::kTaskClear) = 1;
  reg(base + timer::kTaskStart) = 1;
}

}  // namespace

void start_timebase() {
  reg(scs::kScr) = reg(scs::kScr) | scs::kScrSevOnPend;
  reg(scs::kDemcr) = reg(scs::kDemcr) | scs::kDemcrTraceEnable;
  reg(scs::kDwtCtrl) = reg(scs::kDwtCtrl) | scs::kDwtCtrlCycleCounterEnable;
  reg(clock::kEventHfclkStarted) = 0;
  reg(clock::kTaskHfclkStart) = 1;
  while (reg(clock::kEventHfclkStarted) == 0) {
  }
  configure(kHigh, timer::kModeCounter);
  reg(kLow + timer::compare(kWrapChannel)) = 0;
  configure(kLow, timer::kModeTimer);
  while (captured(kLow, kReadChannel) == 0) {
  }
  // Only now, so that the start at 0 is not taken for a wrap.
  reg(ppi::event_end_point(kWrapPpiChannel)) = kLow + timer::event_compare(kWrapChannel);
  reg(ppi::task_end_point(kWrapPpiChannel)) = kHigh + timer::kTaskCount;
  reg(ppi::kChannelEnableSet) = 1u << kWrapPpiChannel;
}

uint64_t micros64() {
  uint32_t high = captured(kHigh, 0);
  for (;;) {
    const uint32_t low = captured(kLow, kReadChannel);
    const uint32_t high_after = captured(kHigh, 0);
    if (high_after == high) {
      return (static_cast<uint64_t>(high) << 32) | low;
    }
    high = high_after;
  }
}

Alarm::~Alarm() { reg(kLow + timer::kIntEnableClear) = timer::int_compare(kWakeChannel); }

bool Alarm::set(uint32_t deadline_us) {
  reg(kLow + timer::compare(kWakeChannel)) = deadline_us;
  reg(kLow + timer::kIntEnableSet) = timer::int_compare(kWakeChannel);
  rearm(kLow + timer::event_compare(kWakeChannel), Irq::kTimer0);
  return static_cast<int32_t>(deadline_us - micros()) <= 0;
}

static void sleep_until(uint64_t deadline_us) {
  Alarm alarm;
  for (uint64_t now = micros64(); now < deadline_us; now = micros64()) {
    const uint32_t step = static_cast<uint32_t>(min(deadline_us - now, kLongestSleepUs));
    if (!alarm.set(static_cast<uint32_t>(now) + step)) {
      wait_for_event();
    }
  }
}

unsigned long micros() { return captured(kLow, kReadChannel); }

unsigned long millis() { return static_cast<uint32_t>(micros64() / 1000); }

void delay(unsigned long ms) { sleep_until(micros64() + 1000ull * ms); }

void delayMicroseconds(unsigned int us) {
  if (us >= kShortestSleepUs) {
    sleep_until(micros64() + us + 1);  // the microsecond that has begun does not count
    return;
  }
  const uint32_t start = reg(scs::kDwtCycleCount);
  while (reg(scs::kDwtCycleCount) - start < us * (F_CPU / 1000000)) {
  }
}
