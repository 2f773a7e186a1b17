// Which build this is. A build by tinyhil replaces this file in its copy of the sketch; 0 means built by hand.
#pragma once

#define TINYHIL_BUILD_ID 0x00000000u
#define TINYHIL_BAUD 1000000
