"""The pytest plugin in suites of its users: each test here writes one, runs pytest on it and reads what it said."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias
from xml.etree import ElementTree as ET

import pytest

from harness import pytest_plugin

if TYPE_CHECKING:
    from collections.abc import Callable

    Suite: TypeAlias = Callable[..., subprocess.CompletedProcess[str]]

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "pytest.md").read_text(encoding="utf-8")
EXAMPLES = [
    pytest.param(example, id=f"{page} {number}")
    for page in ("README.md", "docs/pytest.md")
    for number, example in enumerate(re.findall(r"```python\n(.*?)```", (ROOT / page).read_text("utf-8"), re.DOTALL))
]
OTHERS = ("benchmark", "labgrid", "pytest_embedded")
ONE = ("--hil-levels", "int8-tflite", "--hil-clips", "2")
MOCK = ("--hil-board", "mock", *ONE)


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    """Run pytest on a suite of one file, with a configuration of its own and strict markers."""
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --strict-markers --strict-config -ra\n")

    def run(source: str, *arguments: str, others: bool = False) -> subprocess.CompletedProcess[str]:
        (tmp_path / "test_users.py").write_text(source)
        shut = [] if others else [word for name in OTHERS for word in ("-p", f"no:{name}")]
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *shut, *arguments],
            cwd=tmp_path,
            env={name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "TINYHIL_DATA"))},
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )

    return run


def outcomes(done: subprocess.CompletedProcess[str], **wanted: int) -> None:
    """Check the numbers in pytest's last line, such as `2 passed, 1 skipped in 0.03s`; warnings are others' own."""
    last = done.stdout.strip().splitlines()[-1]
    found = {word.rstrip("s"): int(number) for number, word in re.findall(r"(\d+) (\w+)", last.partition(" in ")[0])}
    found.pop("warning", None)
    assert found == {word.rstrip("s"): number for word, number in wanted.items()}, done.stdout + done.stderr


@pytest.mark.parametrize("board", ["sim", "mock"])
@pytest.mark.parametrize("example", EXAMPLES)
def test_a_user_s_test_of_four_lines_passes_for_each_level(suite: Suite, example: str, board: str) -> None:
    """As it stands in the documents, without a line of configuration."""
    assert len(example.splitlines()) == 4
    done = suite(example, "--hil-board", board, "--hil-levels", "int8-tflite,fp32", "--hil-clips", "4")
    outcomes(done, passed=2)


def test_a_suite_without_a_board_imports_only_the_plugin(suite: Suite) -> None:
    """Neither numpy nor pyserial, nor anything else of tinyhil."""
    source = """
import sys

def test_nothing():
    ours = {name for name in sys.modules if name.partition(".")[0] in ("harness", "host_models")}
    assert ours == {"harness", "harness.pytest_plugin"}
    assert not {"numpy", "serial", "click", "rich", "numba"} & sys.modules.keys()
"""
    outcomes(suite(source, "-W", "error"), passed=1)


def test_each_xdist_worker_has_a_simulated_board_of_its_own(suite: Suite, tmp_path: Path) -> None:
    """Two workers, two names, the same answers."""
    source = """
import os
from pathlib import Path

def test_board(hil_board, hil_campaign):
    assert hil_campaign.difference is None
    Path(os.environ["PYTEST_XDIST_WORKER"] + ".name").write_text(hil_board.name)
"""
    done = suite(source, "-n", "2", "--dist", "each", *ONE)
    outcomes(done, passed=2)
    assert len({(tmp_path / f"{worker}.name").read_text() for worker in ("gw0", "gw1")}) == 2


def test_one_board_is_not_shared_by_workers(suite: Suite) -> None:
    """It has one port; one worker may have it."""
    source = "def test(hil_device): assert hil_device.hello().level == 'int8-tflite'"
    several = suite(source, "-n", "2", "--hil-port", "mock://int8-tflite", *ONE)
    assert several.returncode == pytest.ExitCode.USAGE_ERROR
    assert "2 workers can't share the board mock://int8-tflite; use -n 1, or leave -n out" in several.stderr
    outcomes(suite(source, "-n", "1", "--hil-port", "mock://int8-tflite", *ONE), passed=1)


@pytest.mark.extras
def test_works_beside_pytest_embedded_pytest_benchmark_and_labgrid(suite: Suite, tmp_path: Path) -> None:
    """All active in one test, with options and fixtures whose names are alike."""
    source = """
def test_together(request, hil_board, hil_device, hil_campaign, hil_clips, env, port, baud, dut, benchmark):
    for name in ("tinyhil", "pytest_embedded", "benchmark", "labgrid", "xdist"):
        assert request.config.pluginmanager.has_plugin(name)
    assert (port, baud) == ("/dev/elsewhere", "9600")
    assert list(env.config.get_targets()) == ["main"]
    assert hil_board.port != port
    assert hil_campaign.difference is None
    answer = benchmark(hil_device.infer, hil_clips[0].samples)
    labels = hil_campaign.run.expectation.model.labels
    assert labels[answer.label] == hil_campaign.predictions[0]
"""
    theirs = ("--port", "/dev/elsewhere", "--baud", "9600", "--lg-env", "lab.yaml", "--benchmark-max-time", "0.01")
    (tmp_path / "lab.yaml").write_text("targets: {main: {drivers: {}}}")
    outcomes(suite(source, *theirs, *MOCK, others=True), passed=1)


CHOOSING = """
import pytest

def test_any(hil_level):
    assert hil_level in ("fp32", "int8-tflite", "w8a8-asym-ptq")

@pytest.mark.hil_levels("fp32", "int8-tflite")
def test_some(hil_level):
    assert hil_level in ("fp32", "int8-tflite")

@pytest.mark.hil_requires("cycles")
def test_times(hil_board):
    raise AssertionError("a mock board has no cycles")

@pytest.mark.hil_requires("mock", "deterministic")
def test_mock(hil_board):
    assert hil_board.name == "mock"
"""


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        ((), {"passed": 6, "skipped": 1}),
        (("--hil-levels", "fp32"), {"passed": 3, "skipped": 1}),
        (("--hil-levels", "w8a8-asym-ptq"), {"passed": 2, "skipped": 2}),
    ],
)
def test_markers_choose_levels_and_require_features(
    suite: Suite, arguments: tuple[str, ...], wanted: dict[str, int]
) -> None:
    """A level counts where both the marker and the option name it; what is skipped says why."""
    done = suite(CHOOSING, "--hil-board", "mock", *arguments)
    outcomes(done, **wanted)
    assert "the board mock lacks cycles" in done.stdout


@pytest.mark.parametrize(
    ("source", "arguments", "words"),
    [
        ("def test(hil_level): pass", ("--hil-board", "mock", "--hil-port", "COM5"), "leave one of them out"),
        ("def test(hil_level): pass", ("--hil-clips", "0"), "--hil-clips must be greater than 0, not 0"),
        ("def test(hil_level): pass", ("--hil-timeout", "nan"), "--hil-timeout must be greater than 0, not nan"),
        ("def test(hil_level): pass", ("--hil-compare-fail", "nan"), "--hil-compare-fail must be 0 or more per cent"),
        (
            "import pytest\n@pytest.mark.hil_requires('wings')\ndef test(hil_board): pass",
            (),
            "test_users.py::test requires wings, which no board has; there are simulated, mock",
        ),
    ],
)
def test_misuse_is_told_before_a_board_is_touched(
    suite: Suite, source: str, arguments: tuple[str, ...], words: str
) -> None:
    """In one sentence, with pytest's exit code for misuse."""
    done = suite(source, *arguments)
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert words in done.stderr + done.stdout
    assert "Traceback" not in done.stderr + done.stdout


def test_an_unknown_level_is_told_before_a_board_is_touched(suite: Suite) -> None:
    """Where tests are collected, with what levels there could be."""
    done = suite("def test(hil_level): pass", "--hil-levels", "int9")
    assert done.returncode == pytest.ExitCode.INTERRUPTED
    assert "'int9' is no level; levels read fp32, int8-tflite or " in done.stdout
    assert "pytest_plugin.py" not in done.stdout


def test_a_board_that_can_t_be_used_is_told_in_a_sentence(suite: Suite) -> None:
    """Not in a traceback through our modules."""
    done = suite("def test(hil_campaign): pass", "--hil-port", "/dev/nowhere", *ONE)
    outcomes(done, error=1)
    assert "/dev/nowhere" in done.stdout
    assert "rig.py" not in done.stdout
    assert "another exception occurred" not in done.stdout


def test_a_difference_fails_with_its_sentence(suite: Suite) -> None:
    """Pytest shows what `difference` says."""
    source = """
import dataclasses
import pytest
from harness.device import Device

@pytest.fixture(autouse=True)
def lying_board(monkeypatch):
    honest = Device.infer
    def infer(device, samples):
        answer = honest(device, samples)
        return dataclasses.replace(answer, logits=tuple(each + 3 for each in answer.logits))
    monkeypatch.setattr(Device, "infer", infer)

def test(hil_campaign):
    assert hil_campaign.difference is None
"""
    done = suite(source, *MOCK)
    outcomes(done, failed=1)
    assert "int8-tflite: 2 of 2 clips differ from the golden model; first " in done.stdout


def test_firmware_that_stops_is_told_and_uploaded_anew_for_the_next_test(suite: Suite) -> None:
    """Its report is the tear-down's error; the test itself fails with what the device saw."""
    source = """
UNDEFINED = bytes.fromhex("de") * 0x4000

def test_first(hil_board, hil_device, hil_clips):
    with hil_board.control() as control:
        control.poke(0x1000, UNDEFINED)
    hil_device.infer(hil_clips[0].samples)

def test_second(hil_device, hil_clips):
    assert hil_device.infer(hil_clips[0].samples).nn_cycles > 0
"""
    done = suite(source, *ONE, "--hil-timeout", "5")
    outcomes(done, failed=1, error=1, passed=1)
    assert "the firmware of int8-tflite stopped on nano33ble" in done.stdout


def test_a_baseline_holds_a_campaign_and_names_what_has_changed(suite: Suite, tmp_path: Path) -> None:
    """The file is one of `tinyhil run`, of more levels; a figure of another level does not matter."""
    command = [Path(sys.executable).parent / "tinyhil", "run", "--clips", "2", "--levels", "int8-tflite,fp32"]
    clips = {name: value for name, value in os.environ.items() if name != "TINYHIL_DATA"}
    saved = [*command, "--save-baseline", tmp_path / "saved.json"]
    subprocess.run(saved, env=clips, capture_output=True, check=True, timeout=60)
    baseline = json.loads((tmp_path / "saved.json").read_text())
    baseline["levels"]["fp32"]["bytes"]["flash"] += 1
    (tmp_path / "saved.json").write_text(json.dumps(baseline))
    source = "def test(hil_campaign): pass"
    outcomes(suite(source, *ONE, "--hil-baseline", "saved.json"), passed=1)
    baseline["levels"]["int8-tflite"]["bytes"]["flash"] -= 16
    (tmp_path / "saved.json").write_text(json.dumps(baseline))
    changed = suite(source, *ONE, "--hil-baseline", "saved.json")
    outcomes(changed, error=1)
    assert re.search(r"flash of int8-tflite: ([\d,]+) -> ([\d,]+) bytes", changed.stdout), changed.stdout
    other = suite(source, *MOCK, "--hil-baseline", "saved.json")
    outcomes(other, error=1)
    assert "Not comparable with the baseline saved.json: " in other.stdout


def test_cycles_are_in_the_junit_file(suite: Suite, tmp_path: Path) -> None:
    """As properties of the test."""
    outcomes(suite("def test(hil_campaign): pass", *ONE, "--junitxml", str(tmp_path / "junit.xml")), passed=1)
    properties = ET.parse(tmp_path / "junit.xml").iter("property")  # noqa: S314 - our own file
    found = {each.get("name"): float(each.get("value") or 0) for each in properties}
    assert found.keys() == {f"hil_{stage}_cycles" for stage in ("preprocess_slice", "preprocess", "nn", "postprocess")}
    assert all(value > 0 for value in found.values())


def test_the_page_tells_all_options_fixtures_features_and_markers(pytestconfig: pytest.Config) -> None:
    """And none that is not there."""
    options = set(re.findall(r"^\| `(--hil-[a-z-]+)", PAGE, re.MULTILINE))
    group = pytestconfig._parser.getgroup("hil")
    assert options == {name for option in group.options for name in option.names()}
    fixtures = set(re.findall(r"^\| `(hil_[a-z]+)`", PAGE, re.MULTILINE))
    assert fixtures == {name for name in vars(pytest_plugin) if name.startswith("hil_")}
    features = {name for name in pytest_plugin._FEATURES if f"| `{name}` |" in PAGE}
    assert features == set(pytest_plugin._FEATURES)
    for marker in pytest_plugin._MARKERS:
        assert f"@pytest.mark.{marker.partition('(')[0]}(" in PAGE
