"""A campaign's journal: answers kept as they come, and refused where a later run would go on with something else."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING, Self

from harness.boards.file_lock import file_lock
from harness.deadline import Deadline
from harness.errors import DataError, MisuseError
from harness.journal import lines
from harness.journal.record import answer_record, level_record, read_level

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from harness.campaign import LevelRun
    from harness.journal.lines import Record
    from harness.journal.record import Recorded

FILE = "answers.jsonl"
VERSION = 1
PREVIOUS = "previous"
"""Folder, beside the files of a campaign, for those of the campaign before it."""

_OTHER_RUN_S = 15.0
"""A run that was killed during a build leaves a compiler that ends by itself."""
_ANEW = "leave --resume out to begin anew"


class Journal:
    """The answers in a folder; as an observer of a campaign it appends each before anybody is told of it.

    Use it in a `with` statement; one run at a time writes into a folder.
    """

    def __init__(self, folder: Path, *, fqbn: str, data: str, clips: int) -> None:
        """Keep answers in `folder` of a board `fqbn` to `clips` clips whose content has the SHA-256 `data`."""
        self._path = folder / FILE
        self._header: Record = {"journal_version": VERSION, "fqbn": fqbn, "data": data, "clips": clips}
        self._levels: set[str] = set()
        self._resources = ExitStack()
        self._resources.enter_context(file_lock(folder / ".lock", Deadline(_OTHER_RUN_S), "run"))

    def __enter__(self) -> Self:
        """Use it, and close it at the end."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file and let other runs use the folder."""
        self._resources.close()

    def begin(self, others: Sequence[str]) -> bool:
        """Begin a new campaign; whether files of an earlier one were moved to the folder PREVIOUS first.

        Those are the journal and the files named `others`. Raises DataError where the folder can't be written.
        """
        folder = self._path.parent
        there = [name for name in (FILE, *others) if (folder / name).exists()]
        try:
            if there:
                _move(folder, there, (FILE, *others))
        except OSError as error:
            raise DataError(f"{folder / PREVIOUS} can't be written: {error.strerror}; choose another --out") from None
        self._append_to(0)
        self._file.append(self._header)
        return bool(there)

    def resume(self) -> dict[str, Recorded]:
        """Go on with the campaign that is there; what it has of each level, nothing where it had not begun.

        Raises MisuseError where it is one of another board or other clips, DataError where the file can't be used.
        """
        records, length = lines.read(self._path)
        if not records:
            self._append_to(0)
            self._file.append(self._header)
            return {}
        self._require_same(records[0])
        levels: dict[str, Recorded] = {}
        for number, record in enumerate(records[1:], 2):
            try:
                if "hello" in record:
                    levels[record["level"]] = read_level(record)
                else:
                    levels[record["level"]].take(record)
            except (ValueError, KeyError, TypeError) as error:
                raise DataError(f"{self._path} makes no sense in line {number} ({error}); {_ANEW}") from None
        self._levels.update(levels)
        self._append_to(length)
        return levels

    def require_builds(self, recorded: Mapping[str, Recorded], numbers: Mapping[str, int]) -> None:
        """Raise MisuseError where a level's firmware would be another one than that which gave the recorded answers."""
        for level, number in numbers.items():
            was = recorded[level].build_id if level in recorded else number
            if was != number:
                raise MisuseError(
                    f"the answers for {level} in {self._path} are of build 0x{was:08x}, these sources make "
                    f"0x{number:08x}; {_ANEW}, or go back to those sources"
                )

    def step(self, level: str, doing: str) -> None:
        """Nothing is kept of it."""

    def clip(self, run: LevelRun) -> None:
        """Append the answer that just came. Raises DataError where that can't be done."""
        new = [] if run.level in self._levels else [level_record(run)]
        self._file.append(*new, answer_record(run))
        self._levels.add(run.level)

    def done(self, run: LevelRun) -> None:
        """Bring a level's answers to the disk itself."""
        del run
        self._file.sync()

    def _append_to(self, length: int) -> None:
        self._file = lines.Appender(self._path, length)
        self._resources.callback(self._file.close)

    def _require_same(self, header: Record) -> None:
        if header.get("journal_version") != VERSION:
            raise DataError(
                f"{self._path} is a journal of version {header.get('journal_version')}, this program reads {VERSION}; "
                f"{_ANEW}, or use the version that wrote it"
            )
        if header.get("fqbn") != self._header["fqbn"]:
            raise MisuseError(
                f"the answers in {self._path} are of the board {header.get('fqbn')}, this one is "
                f"{self._header['fqbn']}; {_ANEW}, or go on with that board"
            )
        if header.get("data") != self._header["data"]:
            count, was = self._header["clips"], header.get("clips")
            clips = f"{was} clips, now there are {count}" if was != count else f"{was} other clips"
            raise MisuseError(f"the answers in {self._path} are to {clips}; {_ANEW}, or go on with those clips")


def _move(folder: Path, names: Sequence[str], all_names: Sequence[str]) -> None:
    """Move files to PREVIOUS, which then holds no other files of `all_names`."""
    previous = folder / PREVIOUS
    previous.mkdir(exist_ok=True)
    for name in all_names:
        (previous / name).unlink(missing_ok=True)
    for name in names:
        os.replace(folder / name, previous / name)  # noqa: PTH105 - over a file on every system
