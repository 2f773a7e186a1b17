// Keyword spotting on a microcontroller: audio to features, features to logits, logits to a label, and a bench to test it.
#pragma once

#include "bench.h"
#include "board.h"
#include "frontend/feature_stream.h"
#include "model_memory.h"
#include "network/any_network.h"
#include "network/float_network.h"
#include "network/model.h"
#include "network/postprocess.h"
#include "network/quantized_network.h"
#include "stack_mark.h"
#include "stage_timer.h"
