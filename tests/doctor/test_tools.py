"""What the doctor says of tools that are there, missing, too old or strange."""

from __future__ import annotations

import importlib.metadata
import os
import re
import sys
from typing import TYPE_CHECKING

import pytest

from harness.doctor import python
from harness.doctor.examination import Check, examine
from harness.doctor.finding import Status

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.doctor.finding import Finding

    Look = Callable[[str], tuple[Finding, ...]]
    Install = Callable[[str, str], None]


@pytest.mark.parametrize(
    ("check", "tool"), [("tinyhil", "tinyhil"), ("arduino-cli", "arduino-cli"), ("ARM compiler", "arm-none-eabi-g++")]
)
def test_a_tool_that_will_do_is_told_with_its_place(machine: Path, look: Look, check: str, tool: str) -> None:
    """So that a second one on the PATH is no riddle."""
    (finding,) = look(check)
    assert (finding.name, finding.status, finding.remedy) == (check, Status.OK, None)
    assert str(machine / tool) in finding.found


@pytest.mark.parametrize(
    ("check", "tool", "remedy"),
    [
        ("tinyhil", "tinyhil", "install the package into this Python"),
        ("arduino-cli", "arduino-cli", r"`\./tinyhil` builds it"),
        ("ARM compiler", "arm-none-eabi-gcc", "apt-get install gcc-arm-none-eabi"),
        ("ARM compiler", "arm-none-eabi-g++", "apt-get install gcc-arm-none-eabi"),
        ("newlib", "arm-none-eabi-gcc", "apt-get install gcc-arm-none-eabi"),
        ("ctags", "arduino-ctags", "apt-get install arduino-ctags"),
    ],
)
def test_a_tool_that_is_missing_is_told_with_how_to_get_it(
    machine: Path, look: Look, monkeypatch: pytest.MonkeyPatch, check: str, tool: str, remedy: str
) -> None:
    """Each by the check that needs it."""
    monkeypatch.setenv("HOME", str(machine))  # where nobody downloaded Arduino's own ctags
    (machine / tool).unlink()
    (finding,) = look(check)
    assert (finding.status, finding.found) == (Status.FAIL, f"{tool} is not on the PATH")
    assert re.search(remedy, finding.remedy)


def test_an_arduino_cli_that_is_too_old_is_told_with_both_versions(install: Install, look: Look) -> None:
    """Those of the one that was found, and of the one that is needed."""
    install("arduino-cli", """echo '{"VersionString": "0.35.3"}'""")
    (finding,) = look("arduino-cli")
    assert finding.status is Status.FAIL
    assert re.search(r"arduino-cli is version 0\.35\.3, but tinyhil needs 1\.0 or newer", finding.found)
    assert "put a newer one before it on the PATH" in finding.remedy


def test_a_compiler_that_is_too_old_is_told_with_both_versions(install: Install, look: Look) -> None:
    """As above."""
    install("arm-none-eabi-g++", "echo 10.3.1")
    (finding,) = look("ARM compiler")
    assert finding.status is Status.FAIL
    assert re.search(r"is version 10\.3\.1, but tinyhil needs 12\.2 or newer", finding.found)


def test_a_compiler_without_its_c_library_fails_by_that_alone(install: Install, look: Look) -> None:
    """Such a compiler answers with the bare name that it was asked for."""
    install("arm-none-eabi-gcc", "echo nano.specs")
    (finding,) = look("newlib")
    assert (finding.status, finding.remedy) == (Status.FAIL, "get it with `apt-get install libnewlib-arm-none-eabi`")
    assert look("ARM compiler")[0].status is Status.OK


def test_a_tool_that_does_not_start_is_told(install: Install, look: Look) -> None:
    """Such as one for another processor, or without its shared libraries."""
    install("arduino-cli", "exit 127")
    (finding,) = look("arduino-cli")
    assert finding.status is Status.FAIL
    assert "did not answer" in finding.found


def test_a_tool_that_hangs_is_left_behind_at_the_deadline(install: Install) -> None:
    """The next check comes nevertheless."""
    install("arduino-cli", "exec /bin/sleep 20")
    (finding,) = examine(Check("arduino-cli", "tools.arduino_cli", 0.5))
    assert (finding.status, finding.found) == (Status.FAIL, "the check was not done within 0 s")


def test_asking_arduino_cli_leaves_the_home_directory_alone(
    machine: Path, look: Look, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By itself it makes a set-up at its first start; the doctor does not, nor where it looks for installed cores."""
    user = tmp_path / "user"
    user.mkdir()
    monkeypatch.setenv("HOME", str(user))
    assert machine.is_dir()
    assert look("arduino-cli")[0].status is Status.OK
    assert look("cores")[0].status is Status.NOTE
    assert list(user.iterdir()) == []


def distribution(folder: Path, name: str, version: str, *requirements: str) -> None:
    """Put what an installer leaves of a package into `folder`."""
    place = folder / f"{name}-{version}.dist-info"
    place.mkdir(parents=True)
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    (place / "METADATA").write_text("\n".join([*lines, *(f"Requires-Dist: {each}" for each in requirements), ""]))


def test_packages_that_are_missing_or_too_old_are_told_with_pips_command(
    look: Look, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both at once, quoted for a shell."""
    distribution(
        tmp_path, "tinyhil", "9.9.9", "numpy>=2", "rich>=13.9", "no-such-package>=3", "torch>=9; extra == 'torch'"
    )
    distribution(tmp_path, "numpy", "1.26.4")
    monkeypatch.syspath_prepend(tmp_path)
    (finding,) = look("packages")
    assert finding.status is Status.FAIL
    assert finding.found == "numpy is 1.26.4, needed is 2; no-such-package is not installed"
    assert finding.remedy == "`python -m pip install 'numpy>=2' 'no-such-package>=3'`"


def test_an_extra_that_is_missing_is_a_note_that_says_what_is_left_out(
    look: Look, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run does without it."""
    requirements = (
        "torch>=2.5; extra == 'torch'",
        "tensorflow>=2.20; extra == 'tensorflow'",
        "tox>=4; extra == 'test'",
    )
    distribution(tmp_path, "tinyhil", "9.9.9", *requirements)
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    torch, tensorflow = look("extras")
    assert {torch.status, tensorflow.status} == {Status.NOTE}
    assert torch.found.startswith("torch is not installed: PyTorch's voice is left out")
    assert torch.remedy == "where you want it: `python -m pip install 'torch>=2.5'`"
    assert "converted to TensorFlow Lite" in tensorflow.found


def test_a_package_that_was_not_installed_is_told(look: Look, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a clone is only on the module path, arduino-cli will not find `tinyhil` either."""
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    (finding,) = look("packages")
    assert (finding.status, finding.remedy) == (Status.FAIL, "`python -m pip install .` in a clone")


def test_every_requirement_of_this_project_is_understood() -> None:
    """A form that the doctor does not read must not come into pyproject.toml."""
    found = list(python.requirements())
    assert len(found) == len(importlib.metadata.requires("tinyhil"))
    assert all(each.least for each in found)
    assert {each.extra for each in found} >= {None, "torch", "tensorflow"}


def test_python_is_told_with_its_place(look: Look) -> None:
    """Which environment it is, is what people get wrong."""
    (finding,) = look("Python")
    assert (finding.status, finding.found) == (Status.OK, f"{sys.version.split()[0]}, {sys.executable}")
    assert os.fspath(sys.executable) in finding.found
