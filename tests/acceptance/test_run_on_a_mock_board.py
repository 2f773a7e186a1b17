"""`tinyhil run --board mock` on a machine that has Python and nothing else."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, TypeAlias

import pytest

from harness.report import results

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run: TypeAlias = Callable[..., subprocess.CompletedProcess[str]]

WITHOUT_PROGRAMS = """
import sys

STARTS = ("subprocess.Popen", "os.posix_spawn", "os.fork", "os.exec", "os.system")


def refuse(event, arguments):
    if event in STARTS:
        raise FileNotFoundError(2, "there are no programs here", str(arguments[0]))


sys.addaudithook(refuse)

from harness.cli import main

main(sys.argv[1:])
"""
"""Runs `tinyhil` where no other program can be started, whatever lies beside Python."""


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run `tinyhil run` with an empty PATH and an empty HOME."""
    home = tmp_path / "home"
    home.mkdir()

    def command(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", WITHOUT_PROGRAMS, "run", *arguments],
            capture_output=True,
            text=True,
            env={"PATH": "", "HOME": str(home)},
            check=False,
            timeout=100,
        )

    return command


def test_a_mock_board_needs_neither_toolchain_nor_simulator(run: Run, tmp_path: Path) -> None:
    """The default levels agree; what only firmware has is null, and why is said in file and report."""
    done = run("--board", "mock", "--clips", "4", "--out", str(tmp_path / "out"))
    assert done.returncode == 0, done.stderr + done.stdout
    document = results.read(tmp_path / "out" / "results.json")
    assert document["board"]["kind"] == "mock"
    assert {document["board"][name] for name in ("clock_hz", "memory_waits", "compiler", "flags")} == {None}
    assert [level["id"] for level in document["levels"]] == ["fp32", "w8a8-asym-ptq", "int8-tflite"]
    for level in document["levels"]:
        assert (level["clips"], level["complete"], level["differ"]) == (4, True, 0)
        missing = {f"stages.{stage}" for stage in level["stages"]} | {"size.flash", "size.ram", "size.stack"}
        assert missing <= level["reasons"].keys()
        assert level["stages"]["nn"] is level["size"]["flash"] is None
    told = " ".join(done.stdout.split())
    assert "mock (mock), mock:python:golden, the golden model answers, no firmware ran" in told
    assert (
        "- 20 ms slice, preprocess, nn, postprocess of fp32, w8a8-asym-ptq, int8-tflite: the board counts no cycles"
        in told
    )
    assert "Cycles on the board" not in told
    assert list((tmp_path / "home").iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--board", "mock://int8-tflite", "--no-upload", "--levels", "int8-tflite"), 0, "bit for bit"),
        (("--board", "mock://fp32", "--no-upload", "--levels", "int8-tflite"), 3, "mock runs level fp32, expected was"),
        (("--board", "mock", "--no-upload", "--levels", "int8-tflite"), 3, "write mock://LEVEL"),
        (("--board", "mock", "--fqbn", "a:b:c"), 2, "a mock board runs no firmware"),
    ],
    ids=["a level is there", "another level is there", "no level is there", "a kind of board"],
)
def test_codes_are_those_of_any_board(run: Run, arguments: tuple[str, ...], code: int, words: str) -> None:
    """With a sentence beside each."""
    done = run("--clips", "2", *arguments)
    assert (done.returncode, words in " ".join((done.stdout + done.stderr).split())) == (code, True), done.stderr
