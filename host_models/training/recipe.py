"""The numbers of one way to train: how much audio is made, which networks learn from it, and how."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Optimization:
    """How a network is fitted: AdamW with a cosine to 0, weight decay on all but biases and scales."""

    steps: int
    learning_rate: float
    weight_decay: float
    dropout: float
    batch: int = 128
    warm_up: float = 0.0
    """Part of the steps in which the learning rate rises from 0."""


@dataclass(frozen=True)
class Recipe:
    """A whole training; the defaults make the zoo."""

    light_copies: int = 6
    heavy_copies: int = 30
    silence_clips: int = 6000
    """Made clips of the label silence, for training."""
    validation_silence_clips: int = 250
    clip_limit: int = 10_000
    """Most clips that are used; of a larger data set, a class-balanced choice."""
    class_weights: tuple[float, ...] = (0.25, 0.4, 0.25, 0.25)
    """How often each label is drawn, in proportion."""
    teachers: int = 2
    teacher: Optimization = Optimization(2000, 4e-3, 0.02, 0.3, warm_up=0.05)
    mixup: float = 0.2
    """Parameter of the beta distribution by which a teacher's clips are mixed in pairs."""
    label_smoothing: float = 0.05
    masked_rows: int = 6
    masked_channels: int = 5
    """Most feature rows and channels under each of a teacher's two masks (SpecAugment, arXiv:1904.08779)."""
    student: Optimization = Optimization(18_000, 3e-3, 0.01, 0.2)
    temperature: float = 4.0
    distillation: float = 0.7
    """Part of the student's loss that comes from the teachers (arXiv:1503.02531)."""
    fine_tuning: Optimization = Optimization(2000, 3e-3, 0.01, 0.1)
    """After pruning."""
    quantization_aware: Optimization = Optimization(2000, 3e-3, 0.0, 0.1)
    """From the float network on, with ranges that are learned too."""
    calibration_clips: int = 400
    """Training clips on which the quantized levels choose their ranges."""


THOROUGH = Recipe()
"""What made the zoo."""

BRIEF = Recipe(
    light_copies=1,
    heavy_copies=1,
    silence_clips=60,
    validation_silence_clips=20,
    teachers=1,
    teacher=Optimization(10, 4e-3, 0.02, 0.3, batch=32, warm_up=0.05),
    student=Optimization(30, 3e-3, 0.01, 0.2, batch=32),
    fine_tuning=Optimization(3, 1e-3, 0.01, 0.1, batch=32),
    quantization_aware=Optimization(3, 1e-3, 0.0, 0.1, batch=32),
    calibration_clips=20,
)
"""The same road in seconds, to see that it is open; its networks are poor."""
