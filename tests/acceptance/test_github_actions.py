"""The example workflow for GitHub Actions: its commands, run one after the other in a clone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from harness.report import results

ROOT = Path(__file__).parents[2]
WORKFLOW = yaml.safe_load((ROOT / "docs" / "github-actions.yml").read_text(encoding="utf-8"))
STEPS = WORKFLOW["jobs"]["simulated"]["steps"]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Copy the files that git knows, with the set-up that these tests run in as that of the clone."""
    place = tmp_path / "clone"
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    for name in listed.stdout.decode().rstrip("\0").split("\0"):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, place / name, follow_symlinks=False)
    state = place / ".tinyhil"
    (state / "bin").mkdir(parents=True)
    (state / "venv").symlink_to(sys.prefix)
    stamp = "cat requirements/core.txt pyproject.toml tools/go.mod | cksum > .tinyhil/core.stamp"
    subprocess.run(["sh", "-c", stamp], cwd=place, check=True)
    return place


@pytest.mark.timeout(400)
def test_the_commands_of_the_workflow_work_in_a_clone(clone: Path, tmp_path: Path) -> None:
    """Each in a shell of its own, with what the ones before added to the path; the results are where it takes them."""
    added = tmp_path / "github_path"
    added.touch()
    for command in (step["run"] for step in STEPS if "run" in step):
        path = os.pathsep.join([*reversed(added.read_text().splitlines()), os.environ["PATH"]])
        apart = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "TINYHIL_"))}
        done = subprocess.run(
            ["bash", "-e", "-c", command],
            cwd=clone,
            env=apart | {"GITHUB_PATH": str(added), "PATH": path},
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    (upload,) = (step for step in STEPS if step.get("uses", "").startswith("actions/upload-artifact@"))
    folder = clone / upload["with"]["path"]
    assert results.read(folder / "results.json")["verdict"]["code"] == 0
    assert {path.name for path in folder.glob("*.xml")} == {"junit.xml", "pytest.xml"}
