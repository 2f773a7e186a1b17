"""Where the compiled parts of the simulator are kept."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING

import pytest

from harness.simulator import native

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def no_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a user whose cache can't be written a temporary folder, which is returned."""
    (tmp_path / "file").touch()
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    return tmp_path / "tmp"


def test_without_a_home_they_are_kept_in_a_temporary_folder_of_this_user(no_home: Path) -> None:
    """The same one each time, so that they are compiled once."""
    first = native._cache_path()
    assert first == native._cache_path()
    assert first.parents[1] == no_home
    assert first.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("planted", ["folder", "link"])
def test_a_folder_that_others_may_write_to_is_not_used(no_home: Path, planted: str) -> None:
    """They could put programs of theirs there."""
    usual = native._cache_path().parent
    usual.rename(no_home / "elsewhere")
    if planted == "folder":
        usual.mkdir()
        usual.chmod(0o777)
    else:
        usual.symlink_to(no_home / "elsewhere")
    assert native._cache_path().parent not in (usual, no_home / "elsewhere")
