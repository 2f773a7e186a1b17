"""Clips of spoken words: where they lie, what they are called, and which of them to use."""

from __future__ import annotations

from host_models.dataset.clip import LABELS, SAMPLE_RATE_HZ, SAMPLES, Clip, Dataset
from host_models.dataset.selection import choose
from host_models.dataset.source import load, shipped
from host_models.dataset.split import Split

__all__ = ["LABELS", "SAMPLES", "SAMPLE_RATE_HZ", "Clip", "Dataset", "Split", "choose", "load", "shipped"]
