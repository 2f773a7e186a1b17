"""Changes to a clip that leave its word audible: speed, room, tilt, shift, noise, gain.

A clip goes in and comes out as int16 (16000,); the steps between work on float64.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from host_models.dataset import SAMPLE_RATE_HZ, SAMPLES
from host_models.training import noise

if TYPE_CHECKING:
    from host_models.training.types import Floats, Shorts

_SHIFT_SAMPLES = SAMPLE_RATE_HZ // 10
_TILT_PIVOT_HZ = 1000.0
_REVERB_CHANCE = 0.2
_TILT_CHANCE = 0.3
_NOISE_CHANCE = 0.8


def light(rng: np.random.Generator, clip: Shorts) -> Shorts:
    """Make a copy shifted by up to 100 ms, at -12 to +6 dB."""
    return to_int16(gain(rng, shift(rng, clip.astype(float))))


def heavy(rng: np.random.Generator, clip: Shorts, speech: Shorts) -> Shorts:
    """Make a copy with another speed, perhaps another room and tilt, shifted, mostly noisy, at another gain.

    `speech`, int16 (n, 16000), is what babble and quiet margins are made of.
    """
    sound = speed(rng, clip.astype(float))
    if rng.random() < _REVERB_CHANCE:
        sound = reverb(rng, sound)
    if rng.random() < _TILT_CHANCE:
        sound = tilt(rng, sound)
    sound = shift(rng, sound)
    if rng.random() < _NOISE_CHANCE:
        sound = behind(rng, sound, noise.pick(rng, noise.BEHIND_SPEECH, speech))
    return to_int16(gain(rng, sound))


def speed(rng: np.random.Generator, sound: Floats) -> Floats:
    """Resample so that it is 0.85 to 1.15 times as fast, about the middle of the clip; zeros beyond its ends."""
    factor = rng.uniform(0.85, 1.15)
    middle = SAMPLES / 2
    positions = (np.arange(SAMPLES) - middle) * factor + middle
    return np.asarray(np.interp(positions, np.arange(SAMPLES), sound, left=0.0, right=0.0))


def reverb(rng: np.random.Generator, sound: Floats) -> Floats:
    """Add the tail of a room: noise that decays within 50 to 250 ms, 0.15 as loud as the direct sound."""
    length = int(rng.uniform(0.05, 0.25) * SAMPLE_RATE_HZ)
    response = 0.15 * rng.standard_normal(length) * np.exp(-5 * np.arange(length) / length)
    response[0] = 1.0
    size = 2 * SAMPLES
    return np.fft.irfft(np.fft.rfft(sound, size) * np.fft.rfft(response, size), size)[:SAMPLES]


def tilt(rng: np.random.Generator, sound: Floats) -> Floats:
    """Multiply the spectrum by f^e, e from -0.4 to 0.4, as another microphone would."""
    frequencies = np.maximum(np.fft.rfftfreq(SAMPLES, 1 / SAMPLE_RATE_HZ), 20.0)
    slope = (frequencies / _TILT_PIVOT_HZ) ** rng.uniform(-0.4, 0.4)
    return np.fft.irfft(np.fft.rfft(sound) * slope, SAMPLES)


def shift(rng: np.random.Generator, sound: Floats) -> Floats:
    """Move by up to 100 ms to either side; zeros come in."""
    amount = int(rng.integers(-_SHIFT_SAMPLES, _SHIFT_SAMPLES + 1))
    moved = np.zeros(SAMPLES)
    moved[max(amount, 0) : SAMPLES + min(amount, 0)] = sound[max(-amount, 0) : SAMPLES + min(-amount, 0)]
    return moved


def behind(rng: np.random.Generator, sound: Floats, noise_sound: Floats) -> Floats:
    """Add noise of RMS 1 at a signal-to-noise ratio of 0 to 25 dB over the whole clip."""
    rms = float(np.sqrt(np.mean(sound**2)))
    return sound + noise_sound * rms * 10 ** (-rng.uniform(0, 25) / 20)


def gain(rng: np.random.Generator, sound: Floats) -> Floats:
    """Change the level by -12 to +6 dB."""
    return sound * 10 ** (rng.uniform(-12, 6) / 20)


def silence(rng: np.random.Generator, speech: Shorts) -> Shorts:
    """One made clip of the label silence, int16 (16000,), with an RMS of 1 to 4,000, spread evenly in decibels."""
    return to_int16(noise.pick(rng, noise.AS_SILENCE, speech) * 10 ** rng.uniform(0, 3.6))


def to_int16(sound: Floats) -> Shorts:
    """Round to int16; what is too loud is clipped."""
    return np.clip(np.rint(sound), -32768, 32767).astype(np.int16)
