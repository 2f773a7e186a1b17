"""The audio that tests run on: Speech Commands clips of the folder that TINYHIL_DATA names.

Boards for tests come from harness.pytest_plugin, which pytest finds by its entry point wherever tinyhil is installed.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from host_models import dataset


@pytest.fixture(scope="session")
def speech_commands() -> Path:
    """Folder of Speech Commands clips. A test that needs all of them is skipped where there is none."""
    folder = os.environ.get("TINYHIL_DATA")
    if not folder:
        pytest.skip("TINYHIL_DATA names no folder of Speech Commands clips; the clips that ship do not suffice")
    return Path(folder)


@pytest.fixture(scope="session")
def test_clips(speech_commands: Path) -> dataset.Dataset:
    """All test clips of that folder."""
    return dataset.load(speech_commands)
