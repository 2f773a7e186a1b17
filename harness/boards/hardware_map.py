"""The hardware map: a YAML file, as Zephyr's Twister has it, that describes the boards of a desk or a lab.

https://docs.zephyrproject.org/latest/develop/test/twister.html#hardware-map
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import yaml

from harness.boards import kinds, ports
from harness.errors import BoardError, MisuseError

if TYPE_CHECKING:
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
            entries = yaml.safe_load(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise MisuseError(f"the hardware map {path} can't be read: {error.strerror}") from error
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise MisuseError(f"the hardware map {path} is not YAML: {' '.join(str(error).split())}") from error
        if not isinstance(entries, list) or not entries:
            raise MisuseError(f"the hardware map {path} must be a list of boards, each with {', '.join(_REQUIRED)}")
        return cls(path, tuple(_board(entry, f"{path}, board {n}") for n, entry in enumerate(entries, 1)))

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
            ids = ", ".join(board.id for board in connected)
            raise MisuseError(f"{which} ({ids}); name one by its id with --board")
        if meant:
            raise BoardError(
                f"{which}, only others ({', '.join(each.id for each in meant)}); connect one and say so there"
            )
        raise BoardError(f"{which} (boards: {', '.join(board.id for board in self.boards)})")


def _board(entry: object, where: str) -> MappedBoard:
    """Check one entry; `where` names it in errors."""
    if not isinstance(entry, dict):
        raise MisuseError(f"{where}: a board is written as fields with values, not as {entry!r}")
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
    right = isinstance(value, form)
    if isinstance(value, list):
        right = right and all(isinstance(each, str) for each in value)
    if not right:
        raise MisuseError(f"{where}: {name} is {value!r}, but must be {words}")
