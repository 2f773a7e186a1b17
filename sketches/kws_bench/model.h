// The level that this sketch runs. A build by tinyhil replaces this file in its copy of the sketch.
#pragma once

#include <models/int8_tflite.h>
