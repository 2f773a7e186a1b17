"""The pytest plugin: options, markers and fixtures by which a test suite reaches a board; it imports pytest alone.

All that is heavy is imported when the first test asks for a board, so that suites without one do not pay.
"""

from __future__ import annotations

import math
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.boards.board import Board
    from harness.device import Device
    from harness.level_results import LevelResults
    from harness.rig import Rig
    from host_models.dataset import Clip

_OWN_BOARDS = ("sim", "mock")
"""Words of --hil-board that start a board for each process, where others name one board that all would share."""

_FEATURES = {
    "simulated": "the firmware runs in a simulator",
    "mock": "a Python device answers from the golden model, without firmware",
    "attached": "the board is reached by its port",
    "cycles": "stages are timed in CPU cycles",
    "deterministic": "the same clip always gets the same answer and the same cycles",
}

_MARKERS = (
    "hil_levels(level, ...): run this test for these levels only, with --hil-levels for those of them that it names.",
    f"hil_requires(feature, ...): skip this test where the board lacks a feature; there are {', '.join(_FEATURES)}.",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options, all of which begin with `--hil-`."""
    group = parser.getgroup("hil", "hardware in the loop (tinyhil)")
    group.addoption(
        "--hil-board",
        metavar="sim|mock|NAME",
        help="`sim`, the default, starts a simulated board and `mock` makes a mock board, one for each xdist worker; "
        "else the name of a board, as `tinyhil run --board` takes it.",
    )
    group.addoption(
        "--hil-port", metavar="PORT", help="The board at this port: /dev/ttyACM0, COM5, or any pyserial URL."
    )
    group.addoption("--hil-fqbn", metavar="F", help="The board's kind for arduino-cli, where its port does not tell.")
    group.addoption("--hil-baud", metavar="B", type=int, help="Bits per second, as `tinyhil run --baud`.")
    group.addoption(
        "--hil-levels", metavar="A,B,...", help="Levels, separated by commas; default: those of `tinyhil run`."
    )
    group.addoption(
        "--hil-clips", metavar="N", type=int, default=8, help="Clips that a campaign streams for a level; default: 8."
    )
    group.addoption(
        "--hil-timeout",
        metavar="S",
        type=float,
        default=60.0,
        help="Seconds that the board may take for an answer; default: 60.",
    )
    group.addoption(
        "--hil-baseline",
        metavar="FILE",
        help="Hold campaigns against the figures that `tinyhil run --save-baseline` saved, with the same clips.",
    )
    group.addoption(
        "--hil-compare-fail",
        metavar="P",
        type=float,
        default=1.0,
        help="Per cent by which an attached board may be slower than its baseline; default: 1.",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers, and refuse options that contradict each other. Raises UsageError."""
    for marker in _MARKERS:
        config.addinivalue_line("markers", marker)
    options = config.option
    if options.hil_board and options.hil_port:
        raise pytest.UsageError("--hil-board and --hil-port both name a board; leave one of them out")
    for name in ("hil_baud", "hil_clips", "hil_timeout"):
        if (value := config.getoption(name)) is not None and not 0 < value < math.inf:
            raise pytest.UsageError(f"--{name.replace('_', '-')} must be greater than 0, not {value}")
    if not 0 <= options.hil_compare_fail < math.inf:
        raise pytest.UsageError(f"--hil-compare-fail must be 0 or more per cent, not {options.hil_compare_fail}")
    workers = len(getattr(options, "tx", None) or ())
    if workers > 1 and _word(config) not in _OWN_BOARDS:
        raise pytest.UsageError(f"{workers} workers can't share the board {_word(config)}; use -n 1, or leave -n out")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that uses `hil_level`, or a fixture that does, once for each level."""
    if "hil_level" not in metafunc.fixturenames:
        return
    chosen: str | None = metafunc.config.getoption("hil_levels")
    levels: list[object] = [*_levels(chosen)]
    marked = [str(name) for marker in metafunc.definition.iter_markers("hil_levels") for name in marker.args]
    if marked:
        own = _levels(",".join(marked))
        levels = [level for level in own if chosen is None or level in levels]
        none = pytest.mark.skip(reason=f"--hil-levels names none of this test's levels: {', '.join(own)}")
        levels = levels or [pytest.param(None, id="none", marks=none)]
    metafunc.parametrize("hil_level", levels, indirect=True, scope="session")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let tests that require a feature look for it before anything else is set up for them."""
    for item in items:
        if not isinstance(item, pytest.Function):
            continue
        wanted = _required(item)
        if unknown := [feature for feature in wanted if feature not in _FEATURES]:
            raise pytest.UsageError(
                f"{item.nodeid} requires {', '.join(unknown)}, which no board has; there are {', '.join(_FEATURES)}"
            )
        if wanted:
            item.fixturenames.insert(0, "_hil_requirements")


@pytest.fixture(scope="session")
def _hil_rig(pytestconfig: pytest.Config) -> Iterator[Rig]:
    """Take the session's board, and let go of it at the end."""
    from harness.rig import Rig, RigOptions  # noqa: PLC0415 - see the module's first lines

    options = pytestconfig.option
    wanted = RigOptions(
        board=_word(pytestconfig),
        fqbn=options.hil_fqbn,
        baud=options.hil_baud,
        clips=options.hil_clips,
        timeout_s=options.hil_timeout,
        baseline=Path(options.hil_baseline) if options.hil_baseline else None,
        compare_fail_percent=options.hil_compare_fail,
    )
    with _told_in_a_sentence():
        rig = Rig(wanted)
    with rig:
        yield rig


@pytest.fixture
def _hil_requirements(request: pytest.FixtureRequest, _hil_rig: Rig) -> None:
    """Skip a test that requires what the board has not."""
    if missing := [feature for feature in _required(request.node) if feature not in _hil_rig.features]:
        pytest.skip(f"the board {_hil_rig.board.name} lacks {', '.join(missing)}")


@pytest.fixture(scope="session")
def hil_board(_hil_rig: Rig) -> Board:
    """Return the board of this session, the same for all tests of a process; nothing is uploaded yet."""
    return _hil_rig.board


@pytest.fixture(scope="session")
def hil_clips(_hil_rig: Rig) -> tuple[Clip, ...]:
    """Return --hil-clips test clips, as many of each label as can be."""
    return _hil_rig.clips


@pytest.fixture(scope="session")
def hil_level(request: pytest.FixtureRequest) -> str:
    """Return the id of the level that a test runs for."""
    return str(request.param)


@pytest.fixture
def hil_device(request: pytest.FixtureRequest, _hil_rig: Rig, hil_level: str) -> Iterator[Device]:
    """Return the device to ask: the firmware of `hil_level` is on the board, which has been greeted."""
    if "hil_campaign" in request.fixturenames:
        request.getfixturevalue("hil_campaign")  # a campaign needs the port that stays open from here on
    with _told_in_a_sentence(), _hil_rig.device(hil_level) as device:
        yield device


@pytest.fixture
def hil_campaign(request: pytest.FixtureRequest, _hil_rig: Rig, hil_level: str) -> LevelResults:
    """Return what a campaign of `hil_level` came to: it is run once a process, for the first test that asks.

    With --hil-baseline it fails where a figure has changed or can't be compared. The medians of the cycles of all
    stages, and how many clips were padded to a second, become properties of the test, which JUnit files show.
    """
    with _told_in_a_sentence():
        results = _hil_rig.results(hil_level)
    if results.change is not None:
        pytest.fail(results.change, pytrace=False)
    if padded := sum(clip.missing_samples > 0 for clip in results.clips):
        request.node.user_properties.append(("hil_padded_clips", padded))
    for stage, cycles in results.cycles.items():
        request.node.user_properties.append((f"hil_{stage}_cycles", cycles.median))
    return results


@contextmanager
def _told_in_a_sentence() -> Iterator[None]:
    """Fail with an error's sentence alone, not with a traceback through our modules."""
    from harness.errors import TinyhilError  # noqa: PLC0415 - see the module's first lines
    from host_models.errors import HostModelError  # noqa: PLC0415

    try:
        yield
    except (TinyhilError, HostModelError) as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None


def _word(config: pytest.Config) -> str:
    """Return the word that names the board, as `tinyhil run --board` takes it."""
    return str(config.getoption("hil_port") or config.getoption("hil_board") or _OWN_BOARDS[0])


def _levels(words: str | None) -> list[str]:
    """Return the ids of a comma-separated list of levels; one that the zoo lacks fails the collection."""
    from harness import selection  # noqa: PLC0415 - see the module's first lines

    with _told_in_a_sentence():
        return [model.level for model in selection.levels(words)]


def _required(item: pytest.Item) -> Sequence[str]:
    """Return the features that a test's markers name."""
    return [str(feature) for marker in item.iter_markers("hil_requires") for feature in marker.args]
