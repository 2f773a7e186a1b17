#include "window.h"

#include "settings.h"
#include "window_table.h"

namespace tinykws {
namespace frontend {

namespace {

constexpr uint32_t kPairs = kWindowSamples / 2;
constexpr uint32_t kMagnitudes = 0x7FFF7FFFu;  // without the bit of -32768

}  // namespace

uint32_t apply_window(const int16_t* samples, Complex* points) {
  // From both ends at once, since the window is symmetric.
  const int16_t* first = samples;
  const int16_t* last = samples + kWindowSamples - 2;
  const uint32_t* factor = kWindow;
  Complex* from = points;
  Complex* to = points + kPairs - 1;
  uint32_t magnitudes = 0;  // which bits occur in the absolute values
  do {
    const uint32_t outer = factor[0];
    const uint32_t inner = factor[1];
    const uint32_t left = load_pair(first);
    const uint32_t right = load_pair(last);
    const uint32_t faded_in = pair(scale_low(outer, left), scale_high(inner, left));
    const uint32_t faded_out = pair(scale_low(inner, right), scale_high(outer, right));
    *from++ = faded_in;
    *to-- = faded_out;
    magnitudes |= absolute(faded_in);
    magnitudes |= absolute(faded_out);
    first += 2;
    last -= 2;
    factor += 2;
  } while (factor != kWindow + kPairs);
  magnitudes &= kMagnitudes;
  magnitudes |= magnitudes >> 16;
  magnitudes &= 0xFFFFu;
  return magnitudes == 0 ? 15 : leading_zeros(magnitudes) - 17;
}

}  // namespace frontend
}  // namespace tinykws
