// Requantizes what stdin holds, for tests on the host: triples of int32 (accumulator, multiplier, shift) to int32.
#include <stdio.h>

#include "kernels/requantize.h"

int main() {
  int32_t triple[3];
  while (fread(triple, sizeof triple, 1, stdin) == 1) {
    const int32_t code = tinykws::requantize(triple[0], triple[1], triple[2]);
    fwrite(&code, sizeof code, 1, stdout);
  }
  return 0;
}
