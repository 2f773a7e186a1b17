// The F() macro: text that other boards keep in program memory. Here all constants are in flash already.
#pragma once

class __FlashStringHelper;
#define F(text) (reinterpret_cast<const __FlashStringHelper*>(text))
