"""Where clips come from: a folder in either layout of Speech Commands, or the few that ship with this package."""

from __future__ import annotations

from pathlib import Path

from host_models.dataset.clip import LABELS, Clip, Dataset, legible
from host_models.dataset.split import Split, split_of
from host_models.errors import DataError

_TEST_ARCHIVE_FOLDERS = {"_silence_": "silence", "_unknown_": "unknown", "yes": "yes", "no": "no"}
"""Folders of the official test-set archive that belong to the network's labels; it holds those of other words too."""

WORDS_FOLDER = "speech_commands"
"""In a folder of both layouts, the one with a folder for each word."""

TEST_FOLDER = "speech_commands_test"
"""In a folder of both layouts, the one in the layout of the test-set archive."""

_CLIPS = Path(__file__).with_name("clips")


def load(folder: Path | str, split: Split = Split.TESTING) -> Dataset:
    """List the clips of one split of a folder; their audio is read when it is asked for.

    The folder has one of three layouts. That of the official test-set archive (`yes/`, `no/`, `_unknown_/`,
    `_silence_/`; other words are left out) is all testing. That of the data set's own archive (a folder for each
    word, `<speaker>_nohash_<n>.wav`) is split by the official rule; it has no silence. A folder that holds
    `speech_commands/` or `speech_commands_test/` stands for the one that the split needs.
    Raises DataError where no clip of that split is there.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise DataError(f"{folder} is no folder; name one that holds Speech Commands clips")
    within = folder / (TEST_FOLDER if split is Split.TESTING else WORDS_FOLDER)
    if within.is_dir():
        folder = within
    clips = _test_archive(folder, split) if _is_test_archive(folder) else _words(folder, split)
    if not clips:
        raise DataError(
            f"{folder} holds no {split} clips; it needs folders such as yes/ and no/ with WAV files in them, "
            "as the Speech Commands archives have"
        )
    return Dataset(tuple(clips), legible(str(folder)))


def shipped() -> Dataset:
    """Return the 40 clips of the official test set, ten of each label, that ship with this package."""
    return Dataset(tuple(_test_archive(_CLIPS, Split.TESTING)), "the shipped clips")


def _is_test_archive(folder: Path) -> bool:
    """Whether the folder has the folders that only the test-set archive has."""
    return (folder / "_unknown_").is_dir() or (folder / "_silence_").is_dir()


def _test_archive(folder: Path, split: Split) -> list[Clip]:
    if split is not Split.TESTING:
        raise DataError(f"{folder} has the layout of the test-set archive, which is never used for {split}")
    return [
        Clip(path, LABELS.index(label))
        for name, label in sorted(_TEST_ARCHIVE_FOLDERS.items())
        for path in sorted((folder / name).glob("*.[wW][aA][vV]"))
    ]


def _words(folder: Path, split: Split) -> list[Clip]:
    return [
        Clip(path, LABELS.index(word.name if word.name in LABELS else "unknown"))
        for word in sorted(folder.iterdir())
        if word.is_dir() and not word.name.startswith(("_", "."))
        for path in sorted(word.glob("*_nohash_*.[wW][aA][vV]"))
        if split_of(path.name) is split
    ]
