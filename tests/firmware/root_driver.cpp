// Reads 64-bit powers from standard input and writes their rounded square roots to standard output.
#include <stdio.h>

#include "frontend/root.h"

int main() {
  uint64_t power;
  while (fread(&power, sizeof power, 1, stdin) == 1) {
    const uint32_t root = tinykws::frontend::rounded_root(power);
    fwrite(&root, sizeof root, 1, stdout);
  }
  return 0;
}
