// Runs the whole chain on one second of sound that the sketch makes itself, and prints what it took that for and how
// many cycles each stage needed. Open the serial monitor at 115200 baud and send a character for each run.
//
// For a level of your own write its header into this sketch's folder, `python -m host_models.export LEVEL > model.h`,
// and include that.
#include <TinyKws.h>
#include <models/int8_tflite.h>

constexpr float kSampleRateHz = 16000.0f;
constexpr size_t kSamples = 16000;

static const tinykws::Model model = tinykws::read_model(kModel, sizeof kModel);
static Network network(model);
static tinykws::FeatureStream frontend;
static uint8_t features[tinykws::kFeatures];

// A tone that rises from 200 Hz to 4 kHz: sample `i` of the second.
static int16_t sound(size_t i) {
  const float time_s = i / kSampleRateHz;
  return static_cast<int16_t>(8000.0f * sinf(6.2831853f * time_s * (200.0f + 1900.0f * time_s)));
}

// Audio to features, one row for each 20 ms. Returns the cycles of the slowest row.
static uint32_t preprocess() {
  uint32_t slowest = 0;
  int rows = 0;
  frontend.reset();
  for (size_t i = 0; i < kSamples; ++i) {
    const int16_t sample = sound(i);
    frontend.push(&sample, 1);
    if (frontend.ready()) {
      const tinykws::StageTimer slice;
      frontend.row(features + rows * tinykws::kFeatureChannels);
      const uint32_t cycles = slice.stop();
      if (cycles > slowest) slowest = cycles;
      ++rows;
    }
  }
  return slowest;
}

static void print_line(const char* name, uint32_t cycles) {
  Serial.print(name);
  Serial.print(cycles);
  Serial.print(" cycles, ");
  Serial.print(cycles / (tinykws::board::kClockHz / 1000000));
  Serial.println(" us");
}

static const char* label_name(int label) {
  const char* name = model.label_text;
  for (; label > 0; --label) name += strlen(name) + 1;
  return name;
}

void setup() {
  Serial.begin(115200);
  tinykws::board::start_cycle_counter();
}

void loop() {
  if (Serial.read() < 0) return;
  if (model.error != nullptr) {
    Serial.println(model.error);
    return;
  }
  const uint32_t slice_cycles = preprocess();
  Serial.flush();  // nothing is to be sent while a stage runs

  const tinykws::StageTimer nn;
  network.infer(features);
  const uint32_t nn_cycles = nn.stop();

  float probabilities[tinykws::kMaxLabels];
  const tinykws::StageTimer postprocess;
  const int label = tinykws::classify(network.logits(), model.labels, model.logit_scale, probabilities);
  const uint32_t postprocess_cycles = postprocess.stop();

  Serial.print("heard ");
  Serial.print(label_name(label));
  Serial.print(" with probability ");
  Serial.println(probabilities[label]);
  print_line("preprocess, one slice: ", slice_cycles);
  print_line("nn: ", nn_cycles);
  print_line("postprocess: ", postprocess_cycles);
}
