"""What the doctor says of folders, models, clips and the simulator."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness import sketchbook
from harness.doctor.finding import Status
from host_models import dataset

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.doctor.finding import Finding

    Look = Callable[[str], tuple[Finding, ...]]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a disk of 1 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", place], capture_output=True, check=False, timeout=10
    )
    if done.returncode:
        pytest.skip(f"no disk of its own can be mounted for this test: {done.stderr.decode().strip()}")
    yield place
    subprocess.run(["umount", place], check=True, timeout=10)


def test_places_that_can_be_used_are_told(look: Look, tmp_path: Path) -> None:
    """With the room that is left."""
    (builds,) = look("builds")
    assert builds.status is Status.OK
    assert builds.found.startswith(f"{tmp_path / 'home'}, ")
    assert look("temporary files")[0].status is Status.OK
    assert look("sketchbook")[0].found == str(sketchbook.root())


def test_looking_leaves_nothing_in_a_folder(look: Look, tmp_path: Path) -> None:
    """No trial file stays behind."""
    look("builds")
    assert list((tmp_path / "home").iterdir()) == []


def test_a_file_where_the_folder_for_builds_should_be_is_told(
    look: Look, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the variable that names another."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("TINYHIL_HOME", str(tmp_path / "file" / "builds"))
    (finding,) = look("builds")
    assert finding.status is Status.FAIL
    assert finding.found == f"{tmp_path}/file/builds can't be written: Not a directory"
    assert finding.remedy.startswith("set TINYHIL_HOME to a folder")


def test_a_read_only_folder_is_told(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also to who may write anywhere else, as in a container."""
    monkeypatch.setenv("TINYHIL_HOME", "/proc/sys/tinyhil")
    assert look("builds")[0].status is Status.FAIL


def test_a_disk_without_room_is_told_with_what_is_left(
    look: Look, small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nearly full, and full to the last byte."""
    monkeypatch.setenv("TINYHIL_HOME", str(small_disk / "home"))
    (finding,) = look("builds")
    assert (finding.status, finding.found) == (Status.FAIL, f"{small_disk}/home has only 1.0 MB free")
    (small_disk / "ballast").write_bytes(bytes(1_000_000))
    (finding,) = look("builds")
    assert finding.found == f"{small_disk}/home can't be written: No space left on device"


def test_a_home_directory_that_nobody_has_is_told(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container that runs under a bare user number."""
    monkeypatch.setenv("TINYHIL_HOME", "~nobody-of-that-name/builds")
    (finding,) = look("builds")
    assert (finding.status, finding.found) == (Status.FAIL, "you have no home directory")


def test_a_place_for_boards_that_can_t_be_used_is_told(
    look: Look, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file where the directory should be, and a path that is too long for a socket."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "file"))
    (finding,) = look("running boards")
    assert finding.status is Status.FAIL
    assert "can't be used (Not a directory)" in finding.found
    assert finding.remedy == "set XDG_RUNTIME_DIR to a directory of yours"
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / ("x" * 100)))
    (finding,) = look("running boards")
    assert finding.status is Status.FAIL
    assert "shorter directory" in finding.remedy


def test_looking_leaves_no_board_registered(look: Look) -> None:
    """The name that was taken is free again."""
    (finding,) = look("running boards")
    assert finding.status is Status.OK
    assert list((Path(finding.found) / "boards").iterdir()) == []


def test_a_sketchbook_that_lost_its_platform_is_told(
    look: Look, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file that is missing is named."""
    copy = tmp_path / "sketches"
    shutil.copytree(sketchbook.root(), copy)
    monkeypatch.setattr(sketchbook, "_PLACES", (copy,))
    (copy / "hardware" / "tinyhil" / "nrf52" / "platform.txt").unlink()
    (finding,) = look("sketchbook")
    assert finding.found == f"{copy}/hardware/tinyhil/nrf52/platform.txt is missing"
    shutil.rmtree(copy / "libraries")
    assert "the Arduino sketchbook is missing" in look("sketchbook")[0].found


def test_the_models_and_clips_that_ship_can_be_used(look: Look) -> None:
    """All levels, and the TensorFlow Lite files of those that have one."""
    assert {look(name)[0].status for name in ("zoo", "TensorFlow Lite", "clips", "simulator")} == {Status.OK}


def test_a_folder_of_clips_is_looked_into(look: Look, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """One that holds clips, one that holds none, one with a damaged file, and none at all."""
    assert look("TINYHIL_DATA")[0].found == "not set, so the shipped clips are used"
    clips = tmp_path / "clips"
    shutil.copytree(dataset.shipped().clips[0].path.parent.parent, clips)
    monkeypatch.setenv("TINYHIL_DATA", str(clips))
    assert look("TINYHIL_DATA")[0].found == f"40 test clips in {clips}"
    for clip in clips.rglob("*.wav"):
        clip.write_bytes(b"RIFF")
    (finding,) = look("TINYHIL_DATA")
    assert finding.status is Status.FAIL
    assert ".wav" in finding.found
    monkeypatch.setenv("TINYHIL_DATA", str(tmp_path / "nowhere"))
    (finding,) = look("TINYHIL_DATA")
    assert (finding.status, finding.found) == (Status.FAIL, f"{tmp_path}/nowhere is no folder")
