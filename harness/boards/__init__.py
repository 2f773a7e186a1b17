"""Boards: what runs a sketch, attached or simulated, and the road to it by arduino-cli and a serial port."""
