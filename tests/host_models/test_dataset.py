"""Folders of clips: layouts, splits, choices."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import numpy as np
import pytest

from host_models.dataset import LABELS, Clip, Dataset, choose, load
from host_models.dataset.split import Split, percentage, split_of
from host_models.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def add(make_wav: Callable[..., bytes]) -> Callable[[Path, str], None]:
    """Give a function that writes one small clip under a folder."""

    def write(folder: Path, name: str) -> None:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(make_wav(np.ones(10, np.int16)))

    return write


def _labels(dataset: Dataset) -> dict[str, str]:
    return {clip.name: LABELS[clip.label] for clip in dataset.clips}


def test_the_test_archive_gives_its_four_labels(tmp_path: Path, add: Callable[[Path, str], None]) -> None:
    """Folders of other words, which the network lumps together, are left out."""
    for name in ("yes/a.wav", "no/b.wav", "_silence_/1.wav", "_unknown_/cat_x.wav", "left/c.wav"):
        add(tmp_path, name)
    assert _labels(load(tmp_path)) == {
        "yes/a.wav": "yes",
        "no/b.wav": "no",
        "_silence_/1.wav": "silence",
        "_unknown_/cat_x.wav": "unknown",
    }


def test_word_folders_are_split_by_the_official_rule(tmp_path: Path, add: Callable[[Path, str], None]) -> None:
    """No speaker is in two splits, and every file is in one."""
    for speaker in range(60):
        for name in ("yes", "cat", "_background_noise_"):
            add(tmp_path, f"{name}/{speaker:08x}_nohash_0.wav")
    parts = {split: _labels(load(tmp_path, split)) for split in Split}
    assert sum(len(part) for part in parts.values()) == 120
    for split, part in parts.items():
        assert part
        assert all(split_of(name.split("/")[1]) is split for name in part)
        assert {name.split("/")[0]: label for name, label in part.items()} == {"cat": "unknown", "yes": "yes"}


@pytest.mark.parametrize("layout", ["_unknown_", "cat"])
def test_any_name_that_a_file_can_have_is_legible(
    tmp_path: Path, add: Callable[[Path, str], None], layout: str
) -> None:
    """Bytes that are no UTF-8 and characters that steer a terminal are shown as escapes; capitals are no matter."""
    for number in range(60):  # speakers of all splits
        add(tmp_path, os.fsdecode(b"%s/\xff\x1b[2J%02d_nohash_0.WAV" % (layout.encode(), number)))
    names = [clip.name for clip in load(tmp_path).clips]
    assert names
    assert all(re.fullmatch(rf"{layout}/\\xff\\x1b\[2J\d\d_nohash_0\.WAV", name) for name in names)


def test_the_split_depends_on_the_speaker_alone() -> None:
    """All clips of a speaker fall together, whatever their number."""
    assert percentage("0a7c2a8d_nohash_0.wav") == percentage("0a7c2a8d_nohash_4.wav")


def test_a_folder_of_both_layouts_gives_each_split_its_own(tmp_path: Path, add: Callable[[Path, str], None]) -> None:
    """Testing comes from the test archive's folder, the rest from the words'."""
    add(tmp_path, "speech_commands_test/yes/a.wav")
    add(tmp_path, "speech_commands_test/_unknown_/b.wav")
    for speaker in range(60):
        add(tmp_path, f"speech_commands/no/{speaker:08x}_nohash_0.wav")
    assert {clip.path.parts[-3] for clip in load(tmp_path).clips} == {"speech_commands_test"}
    assert {clip.path.parts[-3] for clip in load(tmp_path, Split.TRAINING).clips} == {"speech_commands"}


def test_the_test_set_is_never_trained_on(tmp_path: Path, add: Callable[[Path, str], None]) -> None:
    """Asking the test archive for training clips is an error, not an empty answer."""
    add(tmp_path, "_unknown_/b.wav")
    with pytest.raises(DataError, match="never used for training"):
        load(tmp_path, Split.TRAINING)


def test_a_folder_without_clips_says_what_it_needs(tmp_path: Path) -> None:
    """The error tells the layout."""
    with pytest.raises(DataError, match="holds no testing clips; it needs folders such as yes/"):
        load(tmp_path)
    with pytest.raises(DataError, match="is no folder"):
        load(tmp_path / "nowhere")


def _of_counts(folder: Path, *counts: int) -> Dataset:
    clips = [
        Clip(folder / LABELS[label] / f"{index}.wav", label)
        for label, count in enumerate(counts)
        for index in range(count)
    ]
    return Dataset(tuple(clips), "made clips")


def test_a_choice_has_as_many_of_each_label_as_can_be(tmp_path: Path) -> None:
    """A label that runs out leaves its turns to the others."""
    chosen = choose(_of_counts(tmp_path, 2, 50, 50, 50), clips=32)
    assert np.array_equal(np.bincount(chosen.labels()), [2, 10, 10, 10])
    assert len(set(chosen.clips)) == 32


def test_the_same_seed_chooses_the_same_clips_in_any_order(tmp_path: Path) -> None:
    """The order in which a file system lists files does not matter; the seed does."""
    dataset = _of_counts(tmp_path, 20, 20, 20, 20)
    turned = Dataset(dataset.clips[::-1], dataset.source)
    assert choose(dataset, 8, seed=3).clips == choose(turned, 8, seed=3).clips
    assert choose(dataset, 8, seed=3).clips != choose(dataset, 8, seed=4).clips


@pytest.mark.parametrize("clips", [0, -1, 81])
def test_more_clips_than_there_are_is_an_error(tmp_path: Path, clips: int) -> None:
    """So is none; the sentence tells how many there are."""
    with pytest.raises(DataError, match="there are 80 in made clips"):
        choose(_of_counts(tmp_path, 20, 20, 20, 20), clips)
