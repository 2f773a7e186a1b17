"""Bytes to messages and back, with no input or output of its own."""
