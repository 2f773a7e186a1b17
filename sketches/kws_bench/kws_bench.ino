// The firmware under test: takes clips over the serial port, answers with predictions and cycles for each stage.
// docs/protocol.md tells what it says; `tinyhil run` builds it anew for each level, with its own two headers.
#include <TinyKws.h>

#include "build_identity.h"  // which build this is, and the baud rate
#include "model.h"           // the level: its weights, its id, and the network that runs it

#ifndef TINYHIL_WINDOW_BYTES
#define TINYHIL_WINDOW_BYTES tinykws::board::kReceiveWindow
#endif

static tinykws::Bench<Network, TINYHIL_WINDOW_BYTES> bench(kModel, sizeof kModel, TINYHIL_LEVEL,
                                                           TINYHIL_BUILD_ID);

void setup() { bench.begin(TINYHIL_BAUD); }

void loop() { bench.poll(); }
