// The window: 30 ms of samples, faded in and out.
#pragma once

#include <stdint.h>

#include "complex16.h"

namespace tinykws {
namespace frontend {

// samples: kWindowSamples int16. points: gets them windowed, as kWindowSamples / 2 pairs.
// Returns by how many bits (0 .. 15) all of them can be shifted up without overflow. A windowed sample of -32768 counts
// for nothing there, as in TensorFlow's frontend: it has no absolute value in 16 bits.
uint32_t apply_window(const int16_t* samples, Complex* points);

}  // namespace frontend
}  // namespace tinykws
