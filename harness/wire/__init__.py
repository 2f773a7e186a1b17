"""The wire protocol of docs/protocol.md as values: bytes in, messages out, and no input or output."""
