// Holds each fast kernel to its plain twin on the board itself, on random and extreme data, and prints what differs.
// The last line is "N rounds, M differ".
#include <TinyKws.h>
#include <kernels/convolution.h>
#include <kernels/dense.h>
#include <kernels/float_layers.h>
#include <math.h>
#include <string.h>

using namespace tinykws;

constexpr int kRounds = 24;
constexpr size_t kOutputs = static_cast<size_t>(kPositions) * kMaxFilters;

static PaddedInput input;
static FilterTaps taps[kMaxFilters];
static int32_t bias[kMaxFilters], multiplier[kMaxFilters], shift[kMaxFilters];
static uint8_t plain[kOutputs], fast[kOutputs];
alignas(4) static uint8_t weights[kOutputs];
static FloatInput float_input;
static float float_taps[kTaps * kMaxFilters], float_bias[kMaxFilters];
static float float_plain[kOutputs], float_fast[kOutputs];
static int differing = 0;

// Numerical Recipes' linear congruential generator; the upper bits are the random ones.
static uint32_t draw() {
  static uint32_t state = 1;
  state = state * 1664525u + 1013904223u;
  return state >> 8;
}

// -255 .. 255 by default; in every third round only the ends.
static int16_t draw_centred(int round) {
  const int32_t value = static_cast<int32_t>(draw() % 511) - 255;
  return static_cast<int16_t>(round % 3 != 2 ? value : value < 0 ? -255 : 255);
}

static uint8_t draw_code(int round) {
  const uint32_t value = draw() % 256;
  return static_cast<uint8_t>(round % 3 != 2 ? value : value < 128 ? 0 : 255);
}

static void report(const char* kernel, int round, bool same) {
  if (same) return;
  ++differing;
  Serial.print(kernel);
  Serial.print(" differs in round ");
  Serial.println(round);
}

static void compare_convolutions(int round) {
  const int filters = 1 + round % kMaxFilters;
  for (int t = 0; t < kFeatureRows; ++t) {
    for (int c = 0; c < kFeatureChannels; ++c) input.rows[kPadAbove + t][kPadLeft + c] = draw_centred(round);
  }
  for (int f = 0; f < filters; ++f) {
    for (int i = 0; i < kTaps; ++i) taps[f].values[i] = draw_centred(round);
    bias[f] = static_cast<int32_t>(draw() % 200000) - 100000;
    multiplier[f] = static_cast<int32_t>(0x40000000u + (draw() << 6));
    shift[f] = static_cast<int32_t>(draw() % 16);
  }
  const int32_t zero = draw_code(0);
  const Convolution convolution = {filters, taps, bias, {multiplier, shift, zero, zero + (255 - zero) / 2}};
  convolve_plain(input, convolution, plain);
  convolve_smlad(input, convolution, fast);
  report("convolution", round, memcmp(plain, fast, static_cast<size_t>(kPositions) * filters) == 0);
}

static void compare_dot_products(int round) {
  for (size_t i = 0; i < kOutputs; ++i) {
    fast[i] = draw_code(round);
    weights[i] = draw_code(round);
  }
  const size_t count = round % 2 == 0 ? kOutputs : 4 * (1 + draw() % 25);
  const int32_t x_zero = draw_code(round), w_zero = draw_code(round + 1);
  report("dense", round,
         dot_plain(fast, x_zero, weights, w_zero, count) == dot_smlad(fast, x_zero, weights, w_zero, count));
}

// -1 .. 1
static float draw_real() { return static_cast<float>(draw() % 20001) / 10000.0f - 1.0f; }

// Roundings may differ, by far less than one in the last place for each of the 81 terms.
static void compare_float_convolutions(int round) {
  const int filters = 1 + round % kMaxFilters;
  for (int t = 0; t < kFeatureRows; ++t) {
    for (int c = 0; c < kFeatureChannels; ++c) float_input.rows[kPadAbove + t][kPadLeft + c] = draw_real();
  }
  for (int i = 0; i < filters * kTaps; ++i) float_taps[i] = draw_real();
  for (int f = 0; f < filters; ++f) float_bias[f] = draw_real();
  convolve_float_plain(float_input, filters, float_taps, float_bias, float_plain);
  convolve_float_fpu(float_input, filters, float_taps, float_bias, float_fast);
  bool same = true;
  for (int i = 0; i < kPositions * filters; ++i) same = same && fabsf(float_plain[i] - float_fast[i]) < 1e-5f;
  report("float convolution", round, same);
}

void setup() {
  Serial.begin(1000000);
  for (int round = 0; round < kRounds; ++round) {
    compare_convolutions(round);
    compare_dot_products(round);
    compare_float_convolutions(round);
  }
  Serial.print(kRounds);
  Serial.print(" rounds, ");
  Serial.print(differing);
  Serial.println(" differ");
}

void loop() {}
