// What a level's logits are: int32 accumulators, requantized int8 codes, or floats. Each takes 4 bytes in memory.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace tinykws {

constexpr size_t kLogitBytes = 4;

enum class LogitKind : uint8_t { int32 = 0, int8 = 1, float32 = 2 };

}  // namespace tinykws
