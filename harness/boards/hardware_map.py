"""The hardware map: a YAML file, as Zephyr's Twister has it, that describes the boards of a desk or a lab.

https://docs.zephyrproject.org/latest/develop/test/twister.html#hardware-map
"""

from __future__ import annotations

import reprlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import yaml

from harness.boards import kinds, ports
from harness.errors import BoardError, MisuseError

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence
    from pathlib import Path

_FORMS: dict[str, tuple[type, str]] = {
    "id": (str, "text, in quotes where it is all digits"),
    "platform": (str, "text"),
    "connected": (bool, "true or false"),
    "serial": (str, "text"),
    "product": (str, "text"),
    "fixtures": (list, "a list of texts"),
}
_REQUIRED = ("id", "platform", "connected")
_OF_TWISTER = frozenset(
    {
        *("available", "baud", "flash_before", "flash_timeout", "flash_with_test", "notes", "post_flash_script"),
        *("post_script", "pre_script", "probe_id", "runner", "runner_params", "script_param", "serial_pty"),
    }
)
"""Fields that mean something to Twister alone, from its hwmap-schema.yaml."""
_MOST_BYTES = 100_000
"""A thousand boards; PyYAML takes a second for that."""
_LISTED = 10
"""Ids that are named in a sentence."""


@dataclass(frozen=True)
class MappedBoard:
    """One entry: `id` is the board's USB serial number, `serial` the port at which it is, `fixtures` what it has."""

    id: str
    platform: str
    connected: bool
    serial: str | None = None
    product: str | None = None
    fixtures: tuple[str, ...] = ()

    @property
    def port(self) -> str:
        """Port of the board with this `id`, wherever that is now; else the entry's `serial`, else its `id`."""
        board = ports.find(self.serial or "", self.id)
        return board.port if board else self.serial or self.id

    @property
    def fqbn(self) -> str:
        """Its kind for arduino-cli. Raises MisuseError where the platform is none that is known."""
        fqbn = kinds.fqbn_of(self.platform)
        if fqbn is None:
            known = ", ".join(name for kind in kinds.KINDS for name in (kind.name, *kind.platforms))
            raise MisuseError(
                f"the platform {self.platform} of board {self.id} is not known (known: {known}); write an FQBN, such "
                f"as {kinds.KINDS[0].fqbn}"
            )
        return fqbn

    def is_meant_by(self, word: str) -> bool:
        """Whether `word` is its id, port, platform or product, or one of its fixtures."""
        return word in (self.id, self.serial, self.platform, self.product, *self.fixtures)


@dataclass(frozen=True)
class HardwareMap:
    """The entries of one file."""

    path: Path
    boards: tuple[MappedBoard, ...]

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a hardware map. Raises MisuseError that names the entry, the field and what would be right."""
        try:
            entries = yaml.load(_text(path), _Loader)  # noqa: S506 - it is a SafeLoader
        except OSError as error:
            raise MisuseError(f"the hardware map {path} can't be read: {error.strerror}; name another file") from error
        except RecursionError as error:
            raise MisuseError(f"the hardware map {path} is nested too deeply; write a list of boards") from error
        except (yaml.YAMLError, ValueError) as error:  # a date such as 2024-02-31 is a ValueError
            raise MisuseError(f"the hardware map {path} is not YAML: {' '.join(str(error).split())}") from error
        if not isinstance(entries, list) or not entries:
            raise MisuseError(f"the hardware map {path} must be a list of boards, each with {', '.join(_REQUIRED)}")
        boards = tuple(_board(entry, f"{path}, board {n}") for n, entry in enumerate(entries, 1))
        _require_different(boards, path)
        return cls(path, boards)

    def choose(self, word: str | None) -> MappedBoard:
        """Return the connected board that `word` means; where it is None, the only one there is.

        Raises BoardError where there is none, MisuseError where there are several.
        """
        meant = [board for board in self.boards if word is None or board.is_meant_by(word)]
        connected = [board for board in meant if board.connected]
        if len(connected) == 1:
            return connected[0]
        which = f"{self.path} has {len(connected) or 'no'} connected boards"
        if word is not None:
            which += f" with the id, port, platform, product or fixture {word}"
        if connected:
            raise MisuseError(f"{which} ({_ids(connected)}); name one by its id with --board")
        if meant:
            raise BoardError(f"{which}, only others ({_ids(meant)}); connect one and say so there")
        raise BoardError(f"{which} (boards: {_ids(self.boards)}); name one of these")


class _Loader(yaml.SafeLoader):
    """YAML in which no field of an entry is written twice, since only the last would count."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002 - PyYAML's
        """Make a mapping. Raises ConstructorError where a key comes again."""
        seen = set()
        for key, _ in node.value:
            if key.value in seen and isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(None, None, f"{key.value} is written twice", key.start_mark)
            seen.add(key.value if isinstance(key, yaml.ScalarNode) else None)
        return super().construct_mapping(node, deep)


def _text(path: Path) -> str:
    """Read the file. Raises MisuseError where it is none or too long, OSError, UnicodeDecodeError."""
    if path.exists() and not path.is_file():  # reading a device or a pipe may never end
        raise MisuseError(f"the hardware map {path} is no regular file; name another file")
    if path.stat().st_size > _MOST_BYTES:
        raise MisuseError(f"the hardware map {path} has more than {_MOST_BYTES:,} bytes; split it")
    return path.read_text(encoding="utf-8")


def _require_different(boards: Sequence[MappedBoard], path: Path) -> None:
    """Raise MisuseError where two entries describe the same board; its cores may share an id, as Twister has it."""
    known: dict[tuple[str, str], int] = {}
    for number, board in enumerate(boards, 1):
        first = known.setdefault((board.id, board.platform), number)
        if first != number:
            raise MisuseError(
                f"{path}, board {number}: id {board.id} and platform {board.platform} are those of board {first} too; "
                "leave one of them out"
            )


def _ids(boards: Sequence[MappedBoard]) -> str:
    """Write as many ids as fit in a sentence."""
    more = len(boards) - _LISTED
    return ", ".join(board.id for board in boards[:_LISTED]) + (f" and {more} more" if more > 0 else "")


def _board(entry: object, where: str) -> MappedBoard:
    """Check one entry; `where` names it in errors."""
    if not isinstance(entry, dict):
        raise MisuseError(f"{where}: a board is written as fields with values, not as {reprlib.repr(entry)}")
    for name in _REQUIRED:
        if entry.get(name) is None:
            raise MisuseError(f"{where}: the field {name} is missing; it must be {_FORMS[name][1]}")
    fields: dict[str, Any] = {name: value for name, value in entry.items() if value is not None}
    for name, value in fields.items():
        if name in _FORMS:
            _check(name, value, where)
        elif name not in _OF_TWISTER:
            raise MisuseError(f"{where}: there is no field {name}; there are {', '.join(_FORMS)}")
    known = {name: value for name, value in fields.items() if name in _FORMS}
    return MappedBoard(**known | {"fixtures": tuple(known.get("fixtures", ()))})


def _check(name: str, value: object, where: str) -> None:
    form, words = _FORMS[name]
    right = isinstance(value, form) and value != ""
    if isinstance(value, list):
        right = right and all(isinstance(each, str) for each in value)
    if not right:
        raise MisuseError(f"{where}: {name} is {reprlib.repr(value)}, but must be {words}")
