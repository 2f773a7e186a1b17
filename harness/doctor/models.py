"""Whether the models and clips that a run uses can be read."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from harness.doctor.finding import Finding, fail, failed, note, ok
from harness.selection import DEFAULT_LEVELS
from host_models import dataset, export, features, tflite, zoo
from host_models.errors import HostModelError

_TRIED_CLIPS = 8
"""Clips of a user's folder that are read, as many of each label as can be; a run reads all that it uses."""


def levels() -> Finding:
    """Load every level of the zoo and make its blob; a run without options needs the main ones."""
    there = zoo.levels()
    wrong = {level: f"{level} is not there" for level in DEFAULT_LEVELS if level not in there}
    for level in there:
        try:
            export.blob(zoo.load(level))
        except HostModelError as error:
            wrong[level] = str(error)
    if not wrong:
        return ok("zoo", f"{len(there)} levels")
    found = f"{len(wrong)} of {len(set(there) | set(DEFAULT_LEVELS))} levels can't be used: {'; '.join(wrong.values())}"
    tell = fail if wrong.keys() & set(DEFAULT_LEVELS) else note
    return tell("zoo", found, "get the zoo again: install tinyhil anew, or `git checkout host_models/zoo` in a clone")


def tensorflow_lite() -> Finding:
    """Run the TensorFlow Lite file of each level that has one."""
    rows = np.zeros((1, features.ROWS, features.CHANNELS), np.uint8)
    voices = {level: path for level in zoo.levels() if (path := zoo.tflite_path(level))}
    for level, path in voices.items():
        try:
            tflite.logits(path, zoo.load(level), rows)
        except (ValueError, RuntimeError) as error:
            return fail("TensorFlow Lite", f"{path} can't be run: {' '.join(str(error).split())}", "get the zoo again")
    return ok("TensorFlow Lite", f"runs {', '.join(voices)}")


def shipped_clips() -> Finding:
    """Read all clips that ship."""
    clips = dataset.shipped()
    if not len(clips):
        return fail("clips", "the shipped clips are missing", "install tinyhil again, or work from a clone")
    clips.samples()
    return ok("clips", f"{len(clips)} ship")


def users_clips() -> Finding:
    """Look into the folder that TINYHIL_DATA names, and read some of its clips."""
    folder = os.environ.get("TINYHIL_DATA")
    if not folder:
        return ok("TINYHIL_DATA", "not set, so the shipped clips are used")
    try:
        clips = dataset.load(Path(folder))
        dataset.choose(clips, min(_TRIED_CLIPS, len(clips))).samples()
    except HostModelError as error:
        return failed("TINYHIL_DATA", error)
    return ok("TINYHIL_DATA", f"{len(clips)} test clips in {clips.source}")
