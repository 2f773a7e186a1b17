#include "dense.h"

#include "dsp.h"

namespace tinykws {

int32_t dot_plain(const uint8_t* x, int32_t x_zero, const uint8_t* w, int32_t w_zero, size_t count) {
  uint32_t sum = 0;
  for (size_t i = 0; i < count; ++i) sum += static_cast<uint32_t>((x[i] - x_zero) * (w[i] - w_zero));
  return static_cast<int32_t>(sum);
}

int32_t dot_smlad(const uint8_t* x, int32_t x_zero, const uint8_t* w, int32_t w_zero, size_t count) {
  const dsp::Quad* xs = reinterpret_cast<const dsp::Quad*>(x);
  const dsp::Quad* ws = reinterpret_cast<const dsp::Quad*>(w);
  const dsp::Quad* const end = xs + count / 4;
  uint32_t products = 0;
  uint32_t x_sum = 0;
  uint32_t w_sum = 0;
  do {
    const uint32_t four_x = *xs++;
    const uint32_t four_w = *ws++;
    products = dsp::smlad(dsp::uxtb16(four_x), dsp::uxtb16(four_w), products);
    products = dsp::smlad(dsp::uxtb16_ror8(four_x), dsp::uxtb16_ror8(four_w), products);
    x_sum = dsp::usada8(four_x, 0, x_sum);
    w_sum = dsp::usada8(four_w, 0, w_sum);
  } while (xs != end);
  const uint32_t xz = static_cast<uint32_t>(x_zero);
  const uint32_t wz = static_cast<uint32_t>(w_zero);
  return static_cast<int32_t>(products - xz * w_sum - wz * x_sum + static_cast<uint32_t>(count) * xz * wz);
}

}  // namespace tinykws
