#include "dense.h"

#include "dsp.h"

namespace tinykws {

int32_t dot_plain(const uint8_t* x, int32_t x_zero, const uint8_t* w, int32_t w_zero, size_t count) {
  uint32_t sum = 0;
  for (size_t i = 0; i < count; ++i) sum += static_cast<uint32_t>((x[i] - x_zero) * (w[i] - w_zero));
  return static_cast<int32_t>(sum);
}

namespace {

// The three sums that make a centred product, modulo 2^32.
struct CodeSums {
  uint32_t products = 0, x = 0, w = 0;

  __attribute__((always_inline)) void add(uint32_t four_x, uint32_t four_w) {
    products = dsp::smlad(dsp::uxtb16(four_x), dsp::uxtb16(four_w), products);
    products = dsp::smlad(dsp::uxtb16_ror8(four_x), dsp::uxtb16_ror8(four_w), products);
    x = dsp::usada8(four_x, 0, x);
    w = dsp::usada8(four_w, 0, w);
  }
};

}  // namespace

int32_t dot_smlad(const uint8_t* x, int32_t x_zero, const uint8_t* w, int32_t w_zero, size_t count) {
  const dsp::Quad* xs = reinterpret_cast<const dsp::Quad*>(x);
  const dsp::Quad* ws = reinterpret_cast<const dsp::Quad*>(w);
  const dsp::Quad* const end = xs + count / 4;
  CodeSums sums;
  if (count % 8 != 0) sums.add(*xs++, *ws++);
  while (xs != end) {
    const uint32_t x0 = xs[0], x1 = xs[1];
    const uint32_t w0 = ws[0], w1 = ws[1];
    sums.add(x0, w0);
    sums.add(x1, w1);
    xs += 2;
    ws += 2;
  }
  const uint32_t xz = static_cast<uint32_t>(x_zero);
  const uint32_t wz = static_cast<uint32_t>(w_zero);
  return static_cast<int32_t>(sums.products - xz * sums.w - wz * sums.x + static_cast<uint32_t>(count) * xz * wz);
}

}  // namespace tinykws
