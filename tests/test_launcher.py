"""What `./tinyhil` says on a machine that lacks something that it can not install."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BASICS = ("sh", "dirname", "cat", "cksum", "mkdir", "rm", "tail", "id", "true")


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """Make a clone beside a folder `bin` with only what every system has; returns the clone."""
    clone, programs = tmp_path / "clone", tmp_path / "bin"
    programs.mkdir()
    for name in BASICS:
        (programs / name).symlink_to(shutil.which(name) or pytest.fail(f"this system has no {name}"))
    for name in ("requirements", "tools"):
        shutil.copytree(ROOT / name, clone / name)
    for name in ("tinyhil", "pyproject.toml"):
        shutil.copy(ROOT / name, clone / name)
    return clone


def have(machine: Path, **programs: str) -> None:
    """Install shell programs, each name with its script; an underscore stands for a dash."""
    for name, script in programs.items():
        path = machine.parent / "bin" / name.replace("_", "-")
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)


def start(machine: Path) -> subprocess.CompletedProcess[str]:
    """Run `./tinyhil setup` with nothing but that machine's programs, in a home beside the clone."""
    environment = {**os.environ, "PATH": str(machine.parent / "bin"), "HOME": str(machine.parent / "home")}
    command = [machine / "tinyhil", "setup"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=False)


WHOLE_COMPILER = {"arm_none_eabi_gcc": "echo /lib/nano.specs", "arduino_ctags": ":"}


def test_names_the_packages_that_are_missing_where_there_is_no_apt(machine: Path) -> None:
    """Another package manager's user learns all that is needed at once."""
    done = start(machine)
    assert done.returncode == 3
    for package in ("gcc-arm-none-eabi", "libnewlib-arm-none-eabi", "arduino-ctags"):
        assert package in done.stderr
    assert "brew install --cask gcc-arm-embedded" in done.stderr


@pytest.mark.parametrize("data", [".arduino15", "Library/Arduino15"], ids=["Linux", "macOS"])
def test_takes_the_ctags_that_arduino_cli_has_downloaded(machine: Path, data: str) -> None:
    """Other systems than Debian have no package of it."""
    ctags = machine.parent / "home" / data / "packages" / "builtin" / "tools" / "ctags" / "5.8-arduino11" / "ctags"
    ctags.parent.mkdir(parents=True)
    ctags.touch()
    done = start(machine)
    assert done.returncode == 3
    assert "this system has no apt-get to get them: gcc-arm-none-eabi libnewlib-arm-none-eabi;" in done.stderr


def test_takes_the_oldest_python_of_those_that_are_new_enough(machine: Path) -> None:
    """The versions that were tried come before whatever is called python3."""
    have(machine, **WHOLE_COMPILER, arduino_cli=":", python3="exit 0")
    (machine.parent / "bin" / "python3.13").symlink_to(machine.parent / "bin" / "python3")
    assert "making a virtual environment with python3.13" in start(machine).stderr
    (machine.parent / "bin" / "python3.12").symlink_to(machine.parent / "bin" / "python3")
    assert "making a virtual environment with python3.12" in start(machine).stderr


def test_names_only_what_is_missing(machine: Path) -> None:
    """A compiler without its C library answers with a bare file name."""
    have(machine, arm_none_eabi_gcc="echo nano.specs", arduino_ctags=":")
    done = start(machine)
    assert done.returncode == 3
    assert "libnewlib-arm-none-eabi" in done.stderr
    assert "gcc-arm-none-eabi" not in done.stderr
    assert "arduino-ctags" not in done.stderr


def test_says_which_command_it_runs_before_it_installs_and_which_to_try_when_that_fails(machine: Path) -> None:
    """What is installed on a machine is no secret, and a failure shows apt's own last words."""
    have(machine, apt_get='echo "no such archive" >&2; exit 100', sudo='[ "$1" = -n ] && exit 0; "$@"')
    done = start(machine)
    assert done.returncode == 3
    says, *_, ends = [line for line in done.stderr.splitlines() if line.startswith("tinyhil:")]
    assert "apt-get install" in says
    assert "no such archive" in done.stderr
    assert "sudo apt-get update" in ends


def test_names_go_where_arduino_cli_is_missing_too(machine: Path) -> None:
    """Without Go there is no way to build arduino-cli."""
    have(machine, **WHOLE_COMPILER)
    done = start(machine)
    assert done.returncode == 3
    assert "Go" in done.stderr
    assert "arduino-cli" in done.stderr


def test_names_python_where_it_is_missing_or_too_old(machine: Path) -> None:
    """A Python that is too old counts as none."""
    have(machine, **WHOLE_COMPILER, arduino_cli=":", python3="exit 1")
    done = start(machine)
    assert done.returncode == 3
    assert "Python 3.11 to 3.13" in done.stderr
    assert "apt-get install python3" in done.stderr


def test_leaves_no_half_environment_where_venv_is_missing(machine: Path) -> None:
    """Debian's Python comes without venv; the next start must not take the half-made folder for a whole one."""
    have(machine, **WHOLE_COMPILER, arduino_cli=":", python3='[ "$1" = -m ] && mkdir -p "$3" && exit 1; exit 0')
    done = start(machine)
    assert done.returncode == 3
    assert "python3-venv" in done.stderr
    assert not (machine / ".tinyhil" / "venv").exists()
