"""What a clip is: a second of audio with a label."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from host_models.dataset import wav

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

LABELS = ("silence", "unknown", "yes", "no")
"""The network's labels, in the order of its logits."""

SAMPLE_RATE_HZ = wav.SAMPLE_RATE_HZ
SAMPLES = wav.MOST_SAMPLES
"""Samples in a clip: one second."""


def legible(name: str) -> str:
    """Write a file's name so that it can be printed and encoded: bytes that are no UTF-8, and controls, as escapes."""
    text = os.fsencode(name).decode("utf-8", "backslashreplace")
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


@dataclass(frozen=True)
class Clip:
    """A WAV file with the label that its folder gives it; `label` is an index into LABELS."""

    path: Path
    label: int

    @property
    def name(self) -> str:
        """Folder and file name, legible, which tell the clip from all others of its data set."""
        return legible(f"{self.path.parent.name}/{self.path.name}")

    @property
    def samples(self) -> NDArray[np.int16]:
        """The audio, int16 (16000,), zeros after the end of a shorter file; read once, when first asked for.

        Raises DataError where the file is not 16 kHz mono 16-bit PCM or longer than a second.
        """
        return self._padded[0]

    @property
    def missing_samples(self) -> int:
        """How many samples the file lacks of a second: as many zeros end `samples`. Raises DataError as that does."""
        return self._padded[1]

    @cached_property
    def _padded(self) -> tuple[NDArray[np.int16], int]:
        audio = wav.read(self.path)
        samples = np.zeros(SAMPLES, np.int16)
        samples[: len(audio)] = audio
        samples.flags.writeable = False
        return samples, SAMPLES - len(audio)


@dataclass(frozen=True)
class Dataset:
    """Clips from one source, in an order that does not depend on the file system."""

    clips: tuple[Clip, ...]
    source: str

    def __len__(self) -> int:
        """Count the clips."""
        return len(self.clips)

    @cached_property
    def sha256(self) -> str:
        """Hexadecimal SHA-256 over name, label and little-endian samples of each clip, in order."""
        digest = hashlib.sha256()
        for clip in self.clips:
            digest.update(f"{clip.name}\0{LABELS[clip.label]}\0".encode())
            digest.update(clip.samples.astype("<i2").tobytes())
        return digest.hexdigest()

    def labels(self) -> NDArray[np.int64]:
        """Label indices, int64 (n,)."""
        return np.array([clip.label for clip in self.clips], np.int64)

    def samples(self) -> NDArray[np.int16]:
        """All audio, int16 (n, 16000); every file is read and checked. Raises DataError at the first bad one."""
        return np.stack([clip.samples for clip in self.clips]) if self.clips else np.zeros((0, SAMPLES), np.int16)
