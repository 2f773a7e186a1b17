// The last stage: logits to a label and the probability of each.
#pragma once

#include <math.h>

namespace tinykws {

// The largest logit's index, the lowest one on a tie. logits: [labels], labels >= 1.
template <typename Logit>
int argmax(const Logit* logits, int labels) {
  int best = 0;
  for (int i = 1; i < labels; ++i) {
    if (logits[i] > logits[best]) best = i;
  }
  return best;
}

// Softmax over the real values logit * scale, which may have any common offset. Returns the label.
// logits: [labels]; probabilities: [labels], each 0 .. 1, together 1.
template <typename Logit>
int classify(const Logit* logits, int labels, float scale, float* probabilities) {
  const int best = argmax(logits, labels);
  float sum = 0.0f;
  for (int i = 0; i < labels; ++i) {
    const float below = static_cast<float>(logits[i]) - static_cast<float>(logits[best]);
    probabilities[i] = expf(below * scale);
    sum += probabilities[i];
  }
  for (int i = 0; i < labels; ++i) probabilities[i] /= sum;
  return best;
}

}  // namespace tinykws
