// Turns clips that a debugger puts into memory into features, and counts the cycles of each slice.
//
// The debugger writes `probe_clip`, then sets `probe_turn` to 1; the sketch fills `probe_rows` and `probe_cycles`, then
// sets `probe_turn` to 0.
#include <TinyKws.h>

using namespace tinykws;

int16_t probe_clip[kClipSamples];
uint8_t probe_rows[frontend::kRows][Frontend::kChannels];
uint32_t probe_cycles[frontend::kRows];
volatile uint32_t probe_turn;

static FeatureStream stream;

void setup() { board::start_cycle_counter(); }

void loop() {
  if (probe_turn == 0) return;
  stream.reset();
  const int16_t* next = probe_clip;
  for (size_t row = 0; row < frontend::kRows; ++row) {
    while (!stream.ready()) next += stream.push(next, static_cast<size_t>(probe_clip + kClipSamples - next));
    const StageTimer timer;
    stream.row(probe_rows[row]);
    probe_cycles[row] = timer.stop();
  }
  probe_turn = 0;
}
