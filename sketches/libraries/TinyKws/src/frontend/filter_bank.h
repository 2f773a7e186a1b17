// The mel filter bank: from the energy in each bin of the spectrum to the power in each channel.
#pragma once

#include <stdint.h>

#include "settings.h"

namespace tinykws {
namespace frontend {

// energies: by bin of the 512-point transform, each below 2^31. powers: gets kChannels sums of weighted energies, with
// kFilterBits fraction bits, each below 2^52.
void filter(const uint32_t* energies, uint64_t* powers);

}  // namespace frontend
}  // namespace tinykws
