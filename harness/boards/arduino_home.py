"""The directory that our arduino-cli keeps for itself: its configuration, its data and the builds."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

from harness import sketchbook
from harness.boards import operating_system, toolchain
from harness.errors import DataError

CTAGS = Path("packages", "builtin", "tools", "ctags", "5.8-arduino11", "ctags")
"""Place in a data directory, and version, of the ctags that arduino-cli 1 wants; Debian's arduino-ctags is the same."""


@dataclass(frozen=True)
class ArduinoHome:
    """The place of one sketchbook's configuration and builds; nothing of the user's own Arduino set-up is in it."""

    directory: Path
    sketchbook: Path

    @classmethod
    def prepare(cls) -> ArduinoHome:
        """Write what arduino-cli needs to work offline, where it is not there yet.

        It lies under TINYHIL_HOME, by default `~/.cache/tinyhil`.
        Raises DataError where that directory can't be written.
        """
        book = sketchbook.root().resolve()
        home = cls(base() / f"arduino-{fingerprint(book)}", book)
        try:
            home.data.mkdir(parents=True, exist_ok=True)
            replace(home.configuration, home._settings())
            replace(home.data / "package_index.json", json.dumps({"packages": []}))
            replace(home.data / "library_index.json", json.dumps({"libraries": []}))
        except OSError as error:
            raise home._unwritable(error) from error
        return home

    @property
    def configuration(self) -> Path:
        """The configuration file, for `arduino-cli --config-file`."""
        return self.directory / "arduino-cli.yaml"

    @property
    def data(self) -> Path:
        """Arduino-cli's data directory."""
        return self.directory / "data"

    @property
    def builds(self) -> Path:
        """Where sketches are compiled, a directory for each board and sketch."""
        return self.directory / "builds"

    def _settings(self) -> str:
        # JSON is YAML; purging is off because it would rewrite a file that other processes read.
        return json.dumps(
            {
                "directories": {
                    "data": str(self.data),
                    "downloads": str(self.data / "staging"),
                    "user": str(self.sketchbook),
                },
                "build_cache": {"compilations_before_purge": 0, "path": str(self.directory / "cache")},
                "updater": {"enable_notification": False},
            },
            indent=2,
        )

    def install_ctags(self) -> None:
        """Put an installed ctags where arduino-cli, to build, looks for the one that it would download.

        Raises ToolchainError where there is none, DataError where the directory can't be written.
        """
        place = self.data / CTAGS
        if place.exists():
            return
        ctags = find_ctags()
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            link = place.with_name(f"ctags-{os.getpid()}")
            link.symlink_to(ctags)
            link.replace(place)
        except OSError as error:
            raise self._unwritable(error) from error

    def _unwritable(self, error: OSError) -> DataError:
        return DataError(
            f"{self.directory} can't be written: {error.strerror}; "
            "set TINYHIL_HOME to a folder for builds that can, or make room"
        )


def find_ctags() -> Path:
    """Where an installed ctags is: Arduino's own, or Debian's. Raises ToolchainError that says how to get it."""
    downloaded = operating_system.arduino_data() / CTAGS
    return downloaded if downloaded.is_file() else toolchain.find("arduino-ctags")


def base() -> Path:
    """Give the directory for all that is kept. Raises DataError where neither TINYHIL_HOME nor a home tells it."""
    try:
        return Path(os.environ.get("TINYHIL_HOME") or "~/.cache/tinyhil").expanduser().resolve()
    except RuntimeError:
        raise DataError("you have no home directory; set TINYHIL_HOME to a folder for builds, or set HOME") from None


def fingerprint(path: Path) -> str:
    """Eight hexadecimal digits that stand for `path` in a directory's name."""
    return hashlib.sha256(str(path).encode()).hexdigest()[:8]


def replace(path: Path, text: str) -> None:
    """Give `path` the content `text`, in one step, and leave it alone where it has it."""
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return
    new = path.with_name(f"{path.name}.{os.getpid()}")
    new.write_text(text, encoding="utf-8")
    new.replace(path)
