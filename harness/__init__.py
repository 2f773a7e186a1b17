"""Tests keyword-spotting networks on Arduino boards in the loop with their host models."""
