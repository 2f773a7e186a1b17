"""A campaign's journal: answers kept as they come, and refused where a later run would go on with something else."""

from __future__ import annotations

import os
import shutil
import threading
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Self

from harness.boards.file_lock import file_lock
from harness.deadline import Deadline
from harness.errors import DataError, MisuseError, ToolchainError
from harness.journal import lines
from harness.journal.record import answer_record, level_record, read_level

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from harness.campaign import LevelRun
    from harness.journal.lines import Record
    from harness.journal.record import Recorded

FILE = "answers.jsonl"
VERSION = 2
PREVIOUS = "previous"
"""Folder, beside the files of a campaign, for those of the campaign before it."""

_OTHER_RUN_S = 15.0
_ANEW = "leave --resume out to begin anew"


@dataclass(frozen=True)
class Conditions:
    """What has to be the same for all answers of a campaign, besides each level's firmware."""

    fqbn: str
    serial_number: str | None
    """Of an attached board that has one."""
    data: str
    """SHA-256 over the clips."""
    clips: int
    input: str
    """What is streamed of a clip, audio or features."""
    quick: bool
    """Whether models are loaded into RAM."""
    upload: bool
    """Whether the firmware was built here, so that its compiler is known."""
    warm_up: int
    """Clips that are sent before those that count."""


_WORDS = {"fqbn": "FQBN", "serial_number": "serial number", "quick": "--quick", "warm_up": "--warm-up"}
"""Conditions whose names in the file are not those that people use."""


class Journal:
    """The answers in a folder; as a campaign's observer it appends each before anybody is told of it.

    Several boards may tell it of theirs at once. Use it in a `with` statement; one run at a time writes into a folder.
    The file comes into being with its first answer.
    """

    def __init__(self, folder: Path, conditions: Conditions) -> None:
        """Keep answers in `folder`. Raises DataError where another run keeps its own there, or nobody can."""
        self._path = folder / FILE
        self._conditions = conditions
        self._length = 0
        self._file: lines.Appender | None = None
        self._levels: set[str] = set()
        self._one_at_a_time = threading.Lock()
        self._resources = ExitStack()
        try:
            self._resources.enter_context(file_lock(folder / ".lock", Deadline(_OTHER_RUN_S), "run"))
        except ToolchainError:
            raise DataError(f"another run writes into {folder}; wait for it, or choose another --out") from None
        except OSError as error:
            raise DataError(f"{folder}/.lock can't be opened: {error.strerror}; remove it") from None

    def __enter__(self) -> Self:
        """Use it, and close it at the end."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file and let other runs use the folder."""
        self._resources.close()

    def begin(self, others: Sequence[str]) -> bool:
        """Begin a new campaign; whether one that has answers was there, and was moved to the folder PREVIOUS.

        That is the journal and what `others` names. Raises DataError where the folder can't be written.
        """
        folder = self._path.parent
        if not self._path.exists():
            return False
        try:
            _move(folder, others)
        except OSError as error:
            raise DataError(f"{folder / PREVIOUS} can't be written: {error.strerror}; choose another --out") from None
        return True

    def resume(self) -> dict[str, Recorded]:
        """Go on with the campaign that is there; what it has of each level, nothing where it had not begun.

        Raises MisuseError where its conditions were others, DataError where the file can't be used.
        """
        records, self._length = lines.read(self._path)
        if not records:
            return {}
        self._require_same(records[0])
        levels: dict[str, Recorded] = {}
        for number, record in enumerate(records[1:], 2):
            try:
                _take(record, levels, self._conditions.clips)
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise DataError(f"{self._path} makes no sense in line {number} ({error}); {_ANEW}") from None
        self._levels.update(levels)
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
        with self._one_at_a_time:
            new = [] if run.level in self._levels else [level_record(run)]
            self._open().append(*self._header(), *new, answer_record(run))
            self._length = 1
            self._levels.add(run.level)

    def done(self, run: LevelRun) -> None:
        """Bring a level's answers to the disk itself."""
        del run
        with self._one_at_a_time:
            if self._file is not None:
                self._file.sync()

    def _open(self) -> lines.Appender:
        if self._file is None:
            self._file = lines.Appender(self._path, self._length)
            self._resources.callback(self._file.close)
        return self._file

    def _header(self) -> list[Record]:
        return [] if self._length else [{"journal_version": VERSION} | asdict(self._conditions)]

    def _require_same(self, header: Record) -> None:
        if header.get("journal_version") != VERSION:
            raise DataError(
                f"{self._path} is a journal of version {header.get('journal_version')}, this program reads {VERSION}; "
                f"{_ANEW}, or use the version that wrote it"
            )
        if changes := list(_changes(header, asdict(self._conditions))):
            raise MisuseError(f"{self._path} can't be gone on with: {', '.join(changes)}; {_ANEW}, or go on as before")


def _take(record: Record, levels: dict[str, Recorded], clips: int) -> None:
    """Add what a line tells. Raises ValueError, KeyError, TypeError or AttributeError where that makes no sense."""
    level = record["level"]
    if "hello" not in record:
        levels[level].take(record)
        if len(levels[level].answers) > clips:
            raise ValueError(f"it is the answer for a clip beyond {clips}")
    elif level in levels:
        raise ValueError(f"it begins {level} again")
    else:
        levels[level] = read_level(record)


def _changes(was: Mapping[str, object], now: Mapping[str, object]) -> Iterator[str]:
    """Name the conditions that are not as they were."""
    for name, value in now.items():
        if name != "data" and was.get(name) != value:
            yield f"{_WORDS.get(name, name)} {was.get(name)} -> {value}"
    if was.get("data") != now["data"] and was.get("clips") == now["clips"]:
        yield f"{now['clips']} clips as before, other ones"


def _move(folder: Path, others: Sequence[str]) -> None:
    """Move the journal and what `others` names to PREVIOUS, in place of what is there of an older campaign.

    The journal goes last and in one step, so that its answers are in one place or the other whenever this is ended.
    """
    previous = folder / PREVIOUS
    previous.mkdir(exist_ok=True)
    for name in others:
        if (previous / name).is_dir():
            shutil.rmtree(previous / name)
        else:
            (previous / name).unlink(missing_ok=True)
        if (folder / name).exists():
            os.replace(folder / name, previous / name)  # noqa: PTH105 - as below
    os.replace(folder / FILE, previous / FILE)  # noqa: PTH105 - over a file on every system
