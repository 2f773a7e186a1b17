"""Keyword-spotting networks on the host: data, features, training, and the integers a board must reproduce."""
