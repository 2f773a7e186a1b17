"""`tinyhil doctor` as a person runs it: on a whole machine, and on one where much is broken at once."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from harness.boards import registry, toolchain
from harness.doctor import python
from harness.doctor.command import CHECKS
from harness.doctor.finding import fail, note, ok
from harness.doctor.report import advice
from host_models.zoo import checksums

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parent.parent.parent
COMMAND = (sys.executable, "-P", "-c", "from harness.cli import main; main()", "doctor")


def doctor(*options: str, **environment: str) -> SimpleNamespace:
    """Run the command; returns its exit code and what it printed."""
    done = subprocess.run(
        [*COMMAND, *options], env=os.environ | environment, capture_output=True, text=True, timeout=300, check=False
    )
    return SimpleNamespace(code=done.returncode, out=done.stdout, err=done.stderr)


def findings(done: SimpleNamespace) -> dict[str, Any]:
    """Return the findings of `--json`, by name."""
    return {finding["name"]: finding for finding in json.loads(done.out)["findings"]}


@pytest.mark.timeout(320)
def test_a_whole_machine_is_ready_and_a_clip_is_answered() -> None:
    """Every check in a table that fits a terminal, the proof, a last sentence, and no board left behind."""
    done = doctor(COLUMNS="80")
    assert done.code == 0, done.out
    assert re.search(r"^proof +ok +built, uploaded to a simulated board", done.out, re.MULTILINE)
    for check in CHECKS:
        if check.name not in ("extras", "ports", "cores"):  # they tell several findings, each with a name of its own
            assert re.search(rf"^{check.name} +(ok|note) ", done.out, re.MULTILINE), check.name
    assert " fail " not in done.out
    assert max(map(len, done.out.splitlines())) <= 80
    assert done.out.splitlines()[-1].startswith("`tinyhil run` has all that it needs")
    assert done.err == ""
    assert registry.running() == ()


@pytest.fixture
def broken_machine(tmp_path: Path, install: Callable[[str, str], None], machine: Path) -> dict[str, str]:
    """Make an environment with an old arduino-cli, no newlib, no place for builds, and a damaged model in a copy."""
    install("arduino-cli", """echo '{"VersionString": "0.35.3"}'""")
    install("arm-none-eabi-gcc", "echo nano.specs")
    copy = tmp_path / "copy"
    shutil.copytree(ROOT / "host_models", copy / "host_models")
    model = copy / "host_models" / "zoo" / "fp32.npz"
    model.write_bytes(model.read_bytes()[:5000])
    (tmp_path / "file").touch()
    return {
        "PATH": str(machine),
        "PYTHONPATH": f"{copy}{os.pathsep}{ROOT}",
        "TINYHIL_HOME": str(tmp_path / "file"),
        "TINYHIL_DATA": str(tmp_path / "nowhere"),
    }


def test_all_that_is_broken_is_told_at_once(broken_machine: dict[str, str], tmp_path: Path) -> None:
    """No lack hides another, and what is whole is told as whole."""
    done = doctor("--json", **broken_machine)
    assert done.code == 3, done.err
    found = findings(done)
    broken = {name for name, finding in found.items() if finding["status"] == "fail"}
    assert broken == {"arduino-cli", "newlib", "builds", "zoo", "TensorFlow Lite", "TINYHIL_DATA", "proof"}
    assert "0.35.3" in found["arduino-cli"]["found"]
    assert found["builds"]["found"] == f"{tmp_path}/file can't be written: File exists"
    assert re.search(r"1 of \d+ levels can't be used: \S+fp32\.npz is cut short or was altered", found["zoo"]["found"])
    assert all(found[name]["remedy"] for name in broken)
    document = json.loads(done.out)
    assert not document["ready"]
    assert document["advice"].startswith("First, arduino-cli (6 more after it): put a newer one before it on the PATH")


def test_a_damaged_level_that_no_run_needs_by_default_is_a_note(tmp_path: Path) -> None:
    """A run without options goes well, and so does the exit code."""
    shutil.copytree(ROOT / "host_models", tmp_path / "host_models")
    (tmp_path / "host_models" / "zoo" / "w3a8-sym-ptq-ch2.npz").write_bytes(b"half a download")
    done = doctor("--quick", "--json", PYTHONPATH=f"{tmp_path}{os.pathsep}{ROOT}")
    assert done.code == 0, done.out
    zoo = findings(done)["zoo"]
    assert zoo["status"] == "note"
    assert "w3a8-sym-ptq-ch2.npz is not named in SHA256SUMS beside it" in zoo["found"]
    assert "proof" not in findings(done)


def test_a_damaged_tensorflow_lite_file_is_named(tmp_path: Path) -> None:
    """A run asks that voice too. This one was damaged before its checksum was taken."""
    shutil.copytree(ROOT / "host_models", tmp_path / "host_models")
    path = tmp_path / "host_models" / "zoo" / "int8-tflite.tflite"
    path.write_bytes(path.read_bytes()[:2000])
    checksums.record(path)
    done = doctor("--quick", "--json", PYTHONPATH=f"{tmp_path}{os.pathsep}{ROOT}")
    assert done.code == 3
    broken = {name: each["found"] for name, each in findings(done).items() if each["status"] == "fail"}
    assert list(broken) == ["TensorFlow Lite"]
    assert broken["TensorFlow Lite"].startswith(f"{path} can't be run: ")


def test_a_package_that_can_t_be_imported_fails_what_needs_it_and_no_more(tmp_path: Path) -> None:
    """A numba that does not fit its llvmlite, for example."""
    (tmp_path / "numba.py").write_text("raise ImportError('numba was built for another llvmlite')\n")
    done = doctor("--quick", "--json", PYTHONPATH=f"{tmp_path}{os.pathsep}{ROOT}")
    assert done.code == 3
    broken = {name: each["found"] for name, each in findings(done).items() if each["status"] == "fail"}
    assert broken == {"simulator": "ImportError: numba was built for another llvmlite"}


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        ([ok("a", "x")], "`tinyhil run` has all that it needs."),
        ([ok("a", "x"), note("b", "y")], "`tinyhil run` has all that it needs; 1 note above."),
        ([note("a", "x"), note("b", "y")], "`tinyhil run` has all that it needs; 2 notes above."),
        ([note("a", "x"), fail("b", "y", "do z")], "First, b: do z."),
        ([fail("a", "x", "do w"), fail("b", "y", "do z")], "First, a (1 more after it): do w."),
        ([fail("a", "x")], "First, a: x."),
    ],
)
def test_the_last_sentence_says_what_to_do_first(found: list[Any], sentence: str) -> None:
    """Notes are counted, the first lack is named with its remedy."""
    assert advice(found) == sentence


def test_the_page_tells_every_check_and_every_minimum() -> None:
    """docs/doctor.md is in step with what is checked."""
    page = (ROOT / "docs" / "doctor.md").read_text()
    for check in CHECKS:
        assert f"`{check.name}`" in page or check.name in ("extras", "ports", "cores", "simulated boards"), check.name
    for minimum in (toolchain.ARDUINO_CLI_MINIMUM, toolchain.ARM_COMPILER_MINIMUM, python.MINIMUM):
        assert f"| {'.'.join(map(str, minimum))} or newer" in page
