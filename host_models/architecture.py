"""The shape of TinyConv, from the micro_speech example of TensorFlow Lite for Microcontrollers.

One 10x8 convolution (time x frequency) with stride 2 and ReLU, then a dense layer. Its output lies in the order
(time, frequency, filter), and so do the dense layer's weights.
"""

from __future__ import annotations

FEATURE_ROWS = 49
FEATURE_CHANNELS = 40
FEATURE_MAX = 255

KERNEL_ROWS = 10
KERNEL_COLUMNS = 8
STRIDE = 2
PADDING_ROWS = 5
"""Rows of real value 0 above and below the features; the last row below is under no window."""
PADDING_COLUMNS = 3
FILTERS = 8

OUTPUT_ROWS = (FEATURE_ROWS + 2 * PADDING_ROWS - KERNEL_ROWS) // STRIDE + 1
OUTPUT_COLUMNS = (FEATURE_CHANNELS + 2 * PADDING_COLUMNS - KERNEL_COLUMNS) // STRIDE + 1
POSITIONS = OUTPUT_ROWS * OUTPUT_COLUMNS


def parameters(filters: int, labels: int) -> int:
    """Count the weights and biases of a network with so many filters and labels."""
    return filters * (KERNEL_ROWS * KERNEL_COLUMNS + 1) + labels * (POSITIONS * filters + 1)


def multiply_accumulates(filters: int, labels: int) -> int:
    """Count the multiply-accumulates of one inference, those on padding included."""
    return POSITIONS * filters * (KERNEL_ROWS * KERNEL_COLUMNS + labels)
