// The stub has no pins.
