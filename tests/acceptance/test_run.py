"""`tinyhil run` as people run it: a process of its own, the real toolchain, the simulated board."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias
from xml.etree import ElementTree as ET

import pytest

from harness.boards import registry
from harness.report import results
from tests.harness.conftest import measured

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from host_models import dataset

    Run: TypeAlias = Callable[..., subprocess.CompletedProcess[str]]

TINYHIL = Path(sys.executable).parent / "tinyhil"
SHIPPED_LEVELS = ["fp32", "w8a8-asym-ptq", "int8-tflite"]
INTEGER_LEVELS = "w8a8-asym-ptq,int8-tflite"


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """Keep this test's boards apart from others; the clips are those that ship unless a test says more."""
    directory = tempfile.mkdtemp(prefix="thr")
    monkeypatch.setenv("XDG_RUNTIME_DIR", directory)
    yield {name: value for name, value in os.environ.items() if name != "TINYHIL_DATA"}
    shutil.rmtree(directory)


@pytest.fixture
def run(environment: dict[str, str]) -> Run:
    """Run `tinyhil run` to its end."""

    def command(*arguments: str, timeout_s: float = 110) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [TINYHIL, "run", *arguments],
            capture_output=True,
            text=True,
            env=environment,
            timeout=timeout_s,
            check=False,
        )

    return command


def test_the_default_levels_agree_and_are_reported(run: Run, tmp_path: Path) -> None:
    """Exit code 0, valid results, one line on the sentence, plain progress, no board left behind."""
    done = run("--clips", "4", "--out", str(tmp_path))
    assert done.returncode == 0, done.stderr + done.stdout
    document = results.read(tmp_path / "results.json")
    assert [level["id"] for level in document["levels"]] == SHIPPED_LEVELS
    for level in document["levels"]:
        assert (level["clips"], level["complete"], level["differ"]) == (4, True, 0)
        assert level["bit_exact"] is (None if level["id"] == "fp32" else True)
        assert all(level["stages"][stage]["cycles"]["min"] > 0 for stage in level["stages"])
        assert all(level["size"][name] > 0 for name in ("model", "flash", "ram", "stack"))
    assert document["board"]["clock_hz"] == 64_000_000
    assert document["board"]["memory_waits"] == "not modelled"
    assert "Agreement (exit code 0)." in done.stdout
    assert "fp32: building\n" in done.stderr
    assert "\x1b" not in done.stdout + done.stderr
    assert registry.running() == ()


def test_junit_is_what_ci_reads(run: Run, tmp_path: Path) -> None:
    """A suite a level, a case a clip."""
    assert run("--clips", "2", "--levels", "int8-tflite", "--out", str(tmp_path)).returncode == 0
    root = ET.parse(tmp_path / "junit.xml").getroot()  # noqa: S314 - our own file
    assert [(suite.get("name"), suite.get("tests"), suite.get("failures")) for suite in root] == [
        ("int8-tflite", "3", "0")
    ]


def test_json_is_all_that_is_on_standard_output(run: Run) -> None:
    """The results document, which passes the schema."""
    done = run("--clips", "2", "--levels", "int8-tflite", "--json")
    document = json.loads(done.stdout)
    results.check(document, "standard output")
    assert document["verdict"]["code"] == done.returncode == 0


def test_three_runs_are_identical(run: Run) -> None:
    """Cycles, bytes, predictions, build numbers: all but what the host's clocks say."""
    first, *others = (
        measured(json.loads(run("--clips", "2", "--levels", INTEGER_LEVELS, "--json").stdout)) for _ in range(3)
    )
    assert first["levels"][0]["stages"]["nn"]["cycles"]["median"] > 0
    assert others == [first, first]


def test_ctrl_c_keeps_what_there_is(environment: dict[str, str], tmp_path: Path) -> None:
    """Exit code 130, the clips so far in valid results, and none of the boards left behind."""
    with subprocess.Popen(
        [TINYHIL, "run", "--levels", "int8-tflite,fp32,w8a8-asym-ptq", "--jobs", "2", "--out", tmp_path],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr
        for line in process.stderr:
            if line.startswith("int8-tflite: 40 of 40 clips"):
                process.send_signal(signal.SIGINT)
                break
        output, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    document = results.read(tmp_path / "results.json")
    assert document["verdict"]["code"] == 130
    assert document["levels"][0]["complete"]
    assert "Traceback" not in output + errors
    assert registry.running() == ()


def test_a_board_that_runs_already_is_used_and_left_running(environment: dict[str, str], run: Run) -> None:
    """By its name, with what the last run uploaded."""
    subprocess.run([TINYHIL, "sim", "start"], env=environment, check=True, capture_output=True, timeout=60)
    try:
        assert run("--board", "nano33ble", "--levels", "int8-tflite", "--clips", "1").returncode == 0
        again = run("--board", "nano33ble", "--levels", "int8-tflite", "--clips", "1", "--no-upload")
        assert again.returncode == 0, again.stdout + again.stderr
        other = run("--board", "nano33ble", "--levels", "fp32", "--clips", "1", "--no-upload")
        assert other.returncode == 3
        assert "nano33ble runs level int8-tflite, expected was fp32" in other.stderr
        assert [board.name for board in registry.running()] == ["nano33ble"]
    finally:
        subprocess.run([TINYHIL, "sim", "stop"], env=environment, check=True, capture_output=True, timeout=60)


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("level", SHIPPED_LEVELS)
def test_the_board_agrees_on_every_test_clip(
    run: Run, speech_commands: Path, test_clips: dataset.Dataset, level: str
) -> None:
    """From audio, integer levels bit for bit; int8-tflite also with TensorFlow Lite's reference kernels."""
    done = run("--data", str(speech_commands), "--levels", level, "--json", timeout_s=1700)
    document = json.loads(done.stdout)
    assert document["verdict"]["code"] == 0, document["verdict"]["text"]
    (results_of_level,) = document["levels"]
    assert results_of_level["clips"] == len(test_clips)
    assert results_of_level["bit_exact"] is (None if level == "fp32" else True)
    if level == "int8-tflite":
        assert results_of_level["voices"]["tflite"] == {"agree": len(test_clips), "max_logit_difference": 0}
