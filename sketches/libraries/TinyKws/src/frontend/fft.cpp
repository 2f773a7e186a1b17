#include "fft.h"

#include "fft_tables.h"

namespace tinykws {
namespace frontend {

namespace {

// Radix-4 butterfly of inputs that are divided and turned already.
TINYKWS_INLINE void butterfly(Complex* out, uint32_t step, Complex x0, Complex x1, Complex x2, Complex x3) {
  const Complex even = add(x0, x2);
  const Complex odd = subtract(x0, x2);
  const Complex sum = add(x1, x3);
  const Complex difference = subtract(x1, x3);
  out[0] = add(even, sum);
  out[step] = subtract_turned(odd, difference);
  out[2 * step] = subtract(even, sum);
  out[3 * step] = add_turned(odd, difference);
}

// 64 transforms of four points each, those that lie 64 apart, into groups of four in digit-reversed order.
TINYKWS_INLINE void first_stage(const Complex* points, uint32_t shift, Complex* out) {
  const uint32_t kept = ~(((uint32_t{1} << shift) - 1) << 16);  // clears what the low half shifts into the high one
  const uint8_t* place = kDigitReversed;
  do {
    const Complex* const in = points + *place++;
    butterfly(out, 1, divide((in[0] << shift) & kept, kQuarter), divide((in[64] << shift) & kept, kQuarter),
              divide((in[128] << shift) & kept, kQuarter), divide((in[192] << shift) & kept, kQuarter));
    out += 4;
  } while (place != kDigitReversed + kPoints / 4);
}

// Turns the transforms of `size` points into transforms of 4 `size` points, in place.
template <uint32_t size>
TINYKWS_INLINE void stage(Complex* points) {
  Complex* p = points;
  do {
    butterfly(p, size, divide(p[0], kQuarter), divide(p[size], kQuarter), divide(p[2 * size], kQuarter),
              divide(p[3 * size], kQuarter));  // bin 0 is turned by nothing
    const Complex* const last = p + size - 1;
    const uint32_t* twiddle = kTwiddles[0];
    do {
      ++p;
      twiddle += 3 * (kPoints / 4 / size);
      butterfly(p, size, divide(p[0], kQuarter), multiply(divide(p[size], kQuarter), twiddle[0]),
                multiply(divide(p[2 * size], kQuarter), twiddle[1]),
                multiply(divide(p[3 * size], kQuarter), twiddle[2]));
    } while (p != last);
    p += 3 * size + 1;
  } while (p != points + kPoints);
}

}  // namespace

void transform(const Complex* points, uint32_t shift, Complex* transform) {
  first_stage(points, shift, transform);
  stage<4>(transform);
  stage<16>(transform);
  stage<64>(transform);
}

void energies(uint32_t* bins) {
  // Bins k and 256 - k of the complex transform hold those of the even and of the odd samples: parted and put together
  // again they are bins k and 256 - k of the real one.
  uint32_t* up = bins + 1;
  uint32_t* down = bins + kPoints - 1;
  const uint32_t* twiddle = kRealTwiddles;
  do {
    const Complex left = divide(*up, kHalf);
    const Complex right = divide_mixed(*down, subtract(0, *down), kHalf);  // the conjugate; -32768 stays
    const Complex sum = add(left, right);
    const Complex turned = multiply(subtract(left, right), *twiddle++);
    *up++ = energy(halved_sum(sum, turned));
    *down-- = energy_mixed(halved_difference(sum, turned), halved_difference(turned, sum));
  } while (up <= down);
  // Bin 128 met itself last: it is its own mirror, and kept what it got as `down`.
}

}  // namespace frontend
}  // namespace tinykws
