"""Noise made from random numbers and quiet stretches of speech, since the clips come without recordings of it.

Every maker takes a generator and returns float64 (16000,), one second at 16 kHz with an RMS of 1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from host_models.dataset import SAMPLE_RATE_HZ, SAMPLES

if TYPE_CHECKING:
    from host_models.training.types import Floats, Shorts

_FREQUENCIES_HZ = np.fft.rfftfreq(SAMPLES, 1 / SAMPLE_RATE_HZ)
_TIMES_S = np.arange(SAMPLES) / SAMPLE_RATE_HZ
_QUIET_SAMPLES = SAMPLE_RATE_HZ // 4
_BAND_LIMITED_CHANCE = 0.5
_RING_CHANCE = 0.7

Maker = Callable[[np.random.Generator, "Shorts"], "Floats"]


def coloured(rng: np.random.Generator, _speech: Shorts | None = None) -> Floats:
    """Gaussian noise whose power falls as 1/f^b, b from -0.5 to 2.2; half of the time limited to a band."""
    exponent = rng.uniform(-0.5, 2.2)
    amplitude = np.zeros(len(_FREQUENCIES_HZ))
    amplitude[1:] = _FREQUENCIES_HZ[1:] ** (-exponent / 2)
    if rng.random() < _BAND_LIMITED_CHANCE:
        low = 50 * 2 ** rng.uniform(0, 6)
        high = low * 2 ** rng.uniform(0.5, 5)
        amplitude[(low > _FREQUENCIES_HZ) | (high < _FREQUENCIES_HZ)] *= 0.03
    spectrum = amplitude * (rng.standard_normal(len(amplitude)) + 1j * rng.standard_normal(len(amplitude)))
    return _normalised(np.fft.irfft(spectrum, SAMPLES))


def modulated(rng: np.random.Generator, _speech: Shorts | None = None) -> Floats:
    """Coloured noise whose amplitude swings at 0.5 to 12 Hz, as a rattle or a pedal does."""
    swing = np.sin(2 * np.pi * (rng.uniform(0.5, 12) * _TIMES_S + rng.random()))
    return _normalised(coloured(rng) * np.exp(rng.uniform(0.3, 2.0) * swing))


def clinks(rng: np.random.Generator, _speech: Shorts | None = None) -> Floats:
    """One to twelve decaying rings and bursts, as of dishes, over a faint coloured floor."""
    sound = coloured(rng) * 10 ** rng.uniform(-2.5, -1)
    for _ in range(rng.integers(1, 13)):
        start = int(rng.integers(0, SAMPLES - 200))
        times = _TIMES_S[: SAMPLES - start]
        if rng.random() < _RING_CHANCE:
            ring = np.zeros(len(times))
            for _ in range(rng.integers(1, 5)):
                ring += rng.random() * np.sin(2 * np.pi * (rng.uniform(400, 7000) * times + rng.random()))
        else:
            ring = rng.standard_normal(len(times))
        sound[start:] += 10 ** rng.uniform(-0.5, 0.7) * ring * np.exp(-times / rng.uniform(0.003, 0.08))
    return _normalised(sound)


def hum(rng: np.random.Generator, _speech: Shorts | None = None) -> Floats:
    """Mains hum: 50 or 60 Hz with eleven random harmonics, over a coloured floor."""
    mains_hz = rng.choice([50.0, 60.0]) * rng.uniform(0.99, 1.01)
    sound = coloured(rng) * 10 ** rng.uniform(-2, 0)
    for harmonic in range(1, 13):
        phase = harmonic * mains_hz * _TIMES_S + rng.random()
        sound += rng.random() * harmonic ** rng.uniform(-2, 0) * np.sin(2 * np.pi * phase)
    return _normalised(sound)


def babble(rng: np.random.Generator, speech: Shorts, voices: tuple[int, int] = (4, 9)) -> Floats:
    """Several clips of speech at once, each turned round in time by a random amount.

    `voices` is the range, end excluded, of how many.
    """
    sound = np.zeros(SAMPLES)
    for index in rng.integers(0, len(speech), rng.integers(*voices)):
        sound += np.roll(_normalised(speech[index].astype(float)), rng.integers(0, SAMPLES))
    return _normalised(sound)


def crowd(rng: np.random.Generator, speech: Shorts) -> Floats:
    """Babble of 10 to 19 clips, in which no word can be heard."""
    return babble(rng, speech, (10, 20))


def quiet_margin(rng: np.random.Generator, speech: Shorts) -> Floats:
    """Repeat the quietest quarter second of a clip, overlap-added: the noise of a real room and microphone."""
    clip = speech[rng.integers(0, len(speech))].astype(float)
    energy = np.concatenate([[0.0], np.cumsum(clip**2)])
    starts = np.arange(0, SAMPLES - _QUIET_SAMPLES, 400)
    quietest = starts[np.argmin(energy[starts + _QUIET_SAMPLES] - energy[starts])]
    grain = clip[quietest : quietest + _QUIET_SAMPLES]
    half = _QUIET_SAMPLES // 2
    window = np.sin(np.pi * (np.arange(_QUIET_SAMPLES) + 0.5) / _QUIET_SAMPLES)
    sound = np.zeros(SAMPLES + _QUIET_SAMPLES)
    for start in range(0, SAMPLES, half):
        sound[start : start + _QUIET_SAMPLES] += window * np.roll(grain, rng.integers(0, _QUIET_SAMPLES))
    return _normalised(sound[half : half + SAMPLES])


def nothing(_rng: np.random.Generator, _speech: Shorts | None = None) -> Floats:
    """Digital silence: zeros, the one maker whose RMS is 0."""
    return np.zeros(SAMPLES)


def pick(rng: np.random.Generator, mixture: dict[Maker, float], speech: Shorts) -> Floats:
    """Noise from a maker drawn with the probabilities of `mixture`."""
    makers = list(mixture)
    return makers[rng.choice(len(makers), p=list(mixture.values()))](rng, speech)


BEHIND_SPEECH: dict[Maker, float] = {coloured: 0.4, babble: 0.2, quiet_margin: 0.15, clinks: 0.1, modulated: 0.15}
"""What is heard behind a word, with probabilities."""

AS_SILENCE: dict[Maker, float] = {
    coloured: 0.45,
    quiet_margin: 0.2,
    clinks: 0.1,
    hum: 0.05,
    crowd: 0.03,
    nothing: 0.01,
    modulated: 0.16,
}
"""What the label silence stands for, with probabilities."""


def _normalised(sound: Floats) -> Floats:
    """Scale the sound to an RMS of 1; an all-zero sound stays."""
    rms = float(np.sqrt(np.mean(sound**2)))
    return sound / rms if rms > 0 else sound
