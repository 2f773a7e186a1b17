// Which code multiplies: the portable definition of a layer, or the one that suits the processor.
#pragma once

#include <stdint.h>

#include "dsp.h"

#if defined(__ARM_FP) && (__ARM_FP & 4) && defined(__thumb2__)
#define TINYKWS_HAS_FPU 1
#else
#define TINYKWS_HAS_FPU 0
#endif

namespace tinykws {

enum class Kernels : uint8_t { plain, fast };

constexpr Kernels kIntegerKernels = TINYKWS_HAS_DSP ? Kernels::fast : Kernels::plain;
constexpr Kernels kFloatKernels = TINYKWS_HAS_FPU ? Kernels::fast : Kernels::plain;

}  // namespace tinykws
