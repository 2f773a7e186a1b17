"""Names and entries of running boards."""

from __future__ import annotations

import multiprocessing
import os
import signal
from typing import TYPE_CHECKING

import pytest

from harness.boards import registry
from harness.boards.registry import Claim, RunningBoard
from harness.errors import BoardError, MisuseError

if TYPE_CHECKING:
    from pathlib import Path


def _entry(claim: Claim) -> RunningBoard:
    return RunningBoard(
        name=claim.name,
        fqbn=registry.FQBN,
        pid=os.getpid(),
        port=str(claim.port(0)),
        url="socket://127.0.0.1:1",
        present=True,
        control=str(claim.control),
        log=str(claim.log),
    )


def _claim_and_die(name: str) -> None:
    """Leave all behind that a board may leave, as a crash does."""
    claim = Claim.take(name)
    claim.publish(_entry(claim))
    claim.port(0).symlink_to("/dev/null")
    claim.port(3).symlink_to("/dev/null")
    claim.control.touch()
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_published_board_is_found_by_name_port_url_and_serial_number() -> None:
    """Each of the words that people and arduino-cli have for a board leads to it."""
    claim = Claim.take("kitchen")
    claim.publish(_entry(claim))
    for word in ("kitchen", str(claim.port(0)), "socket://127.0.0.1:1", "sim://kitchen", "sim-kitchen"):
        assert registry.find(word).name == "kitchen"
    claim.release()


def test_an_unknown_board_is_refused_with_the_names_of_those_that_run() -> None:
    """The error names what was asked for, what there is, and how to start one."""
    claim = Claim.take("kitchen")
    claim.publish(_entry(claim))
    with pytest.raises(BoardError, match=r"name or port cellar .*kitchen.*tinyhil sim start"):
        registry.find("cellar")
    claim.release()


def test_a_name_is_claimed_once_and_again_after_its_release() -> None:
    """Two boards never share a name."""
    claim = Claim.take("one")
    with pytest.raises(BoardError, match="one runs already"):
        Claim.take("one")
    claim.release()
    Claim.take("one").release()


def test_boards_without_a_name_get_numbered_ones() -> None:
    """So many boards can run side by side without anybody thinking of names."""
    claims = [Claim.take_free() for _ in range(3)]
    assert [claim.name for claim in claims] == ["nano33ble", "nano33ble-2", "nano33ble-3"]
    for claim in claims:
        claim.release()


def test_a_directory_too_deep_for_a_socket_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also to who leaves the name to the registry, and not as a thousand names that are taken."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / ("x" * 100)))
    with pytest.raises(BoardError, match=r"is too long for a socket's path; set XDG_RUNTIME_DIR to a shorter"):
        Claim.take_free()


@pytest.mark.parametrize("name", ["", "Upper", "a/b", "..", "a" * 33, "with space"])
def test_what_can_not_be_a_file_name_is_no_board_name(name: str) -> None:
    """Names become paths, so they are held to a small alphabet."""
    with pytest.raises(MisuseError, match="can't name a board"):
        Claim.take(name)


def test_what_a_crashed_board_left_is_removed_by_who_sees_it(own_registry: Path) -> None:
    """Entry, links, socket and lock of a process killed by kill -9 are gone after one look, and its name is free."""
    crashing = multiprocessing.get_context("spawn").Process(target=_claim_and_die, args=("crashed",))
    crashing.start()
    crashing.join(30)
    assert (own_registry / "boards" / "crashed.json").exists()
    assert registry.running() == ()
    assert [path.name for path in own_registry.rglob("*")] == ["boards"]
    Claim.take("crashed").release()


def test_a_directory_of_somebody_else_is_refused(own_registry: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a directory that another user made, a port could lead anywhere."""
    own_registry.mkdir()
    monkeypatch.setattr(os, "getuid", lambda: own_registry.stat().st_uid + 1)
    with pytest.raises(BoardError, match="belongs to somebody else"):
        registry.running()
    assert list(own_registry.iterdir()) == []


def test_a_link_in_place_of_the_directory_is_refused_before_it_is_followed(own_registry: Path, tmp_path: Path) -> None:
    """Where a link leads nothing is made, and no permission changed."""
    tmp_path.chmod(0o755)
    own_registry.symlink_to(tmp_path)
    with pytest.raises(BoardError, match="belongs to somebody else"):
        registry.running()
    assert tmp_path.stat().st_mode & 0o777 == 0o755
    assert list(tmp_path.iterdir()) == []
