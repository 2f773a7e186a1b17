"""The official rule that puts every speaker of Speech Commands into one of three splits."""

from __future__ import annotations

import hashlib
import os
from enum import StrEnum

_BUCKETS = 2**27 - 1
"""MAX_NUM_WAVS_PER_CLASS of the rule; the hash is taken modulo one more and scaled by this number."""

VALIDATION_PERCENT = 10.0
TESTING_PERCENT = 10.0


class Split(StrEnum):
    """A part of the data set; no speaker is in two."""

    TRAINING = "training"
    VALIDATION = "validation"
    TESTING = "testing"


def speaker(file_name: str) -> str:
    """Who speaks, from the name of the file: what stands before `_nohash_`."""
    return file_name.split("_nohash_", maxsplit=1)[0]


def percentage(file_name: str) -> float:
    """Where the speaker falls between 0 and 100, by SHA-1 of the speaker's id.

    Source: Warden, Speech Commands (arXiv:1804.03209), section 7 and the data set's README: `which_set`.
    """
    digest = hashlib.sha1(os.fsencode(speaker(file_name)), usedforsecurity=False).hexdigest()
    return (int(digest, 16) % (_BUCKETS + 1)) * (100.0 / _BUCKETS)


def split_of(file_name: str) -> Split:
    """Return the official split of a file: below 10 % validation, below 20 % testing, the rest training."""
    where = percentage(file_name)
    if where < VALIDATION_PERCENT:
        return Split.VALIDATION
    return Split.TESTING if where < VALIDATION_PERCENT + TESTING_PERCENT else Split.TRAINING
