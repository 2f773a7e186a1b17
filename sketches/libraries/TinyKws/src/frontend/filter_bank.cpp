#include "filter_bank.h"

#include "filter_table.h"

namespace tinykws {
namespace frontend {

void filter(const uint32_t* energies, uint64_t* powers) {
  const uint32_t* energy = energies + kFirstBin;
  const FilterWeights* weights = kFilterWeights;
  const uint8_t* width = kBandWidths;
  uint64_t power = 0;  // of the channel whose filter ends with this band; there is none for the first band
  do {
    uint64_t next = 0;
    const uint32_t* const end = energy + *width++;
    do {
      power += static_cast<uint64_t>(*energy) * weights->ending;
      next += static_cast<uint64_t>(*energy) * weights->beginning;
      ++weights;
    } while (++energy != end);
    if (width != kBandWidths + 1) *powers++ = power;
    power = next;
  } while (width != kBandWidths + kBands);
}

}  // namespace frontend
}  // namespace tinykws
