// No model in flash: kws_bench takes one over the line into RAM, of any level, and keeps it until the next or a reset.
#pragma once

#include <TinyKws.h>

#define TINYHIL_LEVEL ""

using Network = tinykws::AnyNetwork;

// Room for the largest model, float32 with all filters (66,696 bytes). It is not const: that makes it memory to load into.
alignas(8) static uint8_t kModel[66 * 1024];
