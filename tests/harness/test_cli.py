"""What the command line answers to people: help, sentences, exit codes."""

from __future__ import annotations

import os
import re
import signal
import time
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, TypeAlias

import pytest

from harness import cli, execution
from harness.errors import BoardError, ToolchainError
from host_models import errors as host_errors

if TYPE_CHECKING:
    from collections.abc import Callable

Tinyhil: TypeAlias = "Callable[..., SimpleNamespace]"
INTERRUPTED = 130


@pytest.fixture
def tinyhil(capsys: pytest.CaptureFixture[str]) -> Tinyhil:
    """Run the command line in this process; returns its exit code and what it printed."""

    def command(*arguments: str) -> SimpleNamespace:
        with pytest.raises(SystemExit) as end:
            cli.main(arguments)
        printed = capsys.readouterr()
        return SimpleNamespace(code=end.value.code or 0, out=printed.out, err=printed.err)

    return command


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException], None]:
    """Let `run` end in an error."""

    def plant(error: BaseException) -> None:
        def execute(_request: object) -> int:
            raise error

        monkeypatch.setattr(execution, "execute", execute)

    return plant


def test_help_names_the_verbs(tinyhil: Tinyhil) -> None:
    """Those whose modules are imported late as well."""
    done = tinyhil("--help")
    assert done.code == 0
    verbs = re.findall(r"^  (boards|doctor|run|sim) ", done.out, re.MULTILINE)
    assert verbs == ["boards", "doctor", "run", "sim"]


def test_help_of_run_teaches_by_examples_and_tells_all_exit_codes(tinyhil: Tinyhil) -> None:
    """With every option that there is."""
    out = tinyhil("run", "--help").out
    for option in ("board", "fqbn", "levels", "data", "clips", "seed", "baud", "no-upload", "out", "json"):
        assert f"--{option}" in out
    assert re.findall(r"^ +(\d+)  \w", out, re.MULTILINE) == ["0", "1", "2", "3", "4", "130"]
    assert out.count("  tinyhil run") >= 5


def test_help_is_quick(tinyhil: Tinyhil) -> None:
    """Nothing heavy is imported for it."""
    begin = time.monotonic()
    tinyhil("run", "--help")
    assert time.monotonic() - begin < 0.3


def test_the_version_is_the_distribution_s(tinyhil: Tinyhil) -> None:
    """In the form that other tools have."""
    assert re.fullmatch(r"tinyhil \d+\.\d+\.\d+\n", tinyhil("--version").out)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ("--levels w9a9", 2, "'w9a9' is no level"),
        ("--levels w2a2-sym-qat-ch7", 2, "is not in the zoo, which has fp32"),
        ("--levels ,", 2, "--levels names no level"),
        ("--clips 0", 2, "0 is not in the range"),
        ("--clips -3", 2, "-3 is not in the range"),
        ("--baseline-limit nan", 2, "nan is no number of per cent"),
        ("--baseline-limit inf", 2, "inf is no number of per cent"),
        ("--board=", 2, "--board names no board"),
        ("--clips 41", 4, "41 clips were asked for, but there are 40 in the shipped clips"),
        ("--seed -1", 2, "-1 is not in the range"),
        ("--baud 1", 2, "1 is not in the range"),
        ("--baud 1000000000", 2, "1000000000 is not in the range"),
        ("--no-upload --levels fp32", 2, "a simulated board starts without firmware"),
        ("--data no/such/folder", 4, "no/such/folder is no folder"),
        ("--board /dev/no-such-port --fqbn a:b:c", 3, "no board has the port, serial number or name /dev/no-such-port"),
        ("--fqbn arduino:avr:uno", 2, "runs builds for tinyhil:nrf52:nano33ble, not for arduino:avr:uno"),
        ("--no-upload", 2, "with --no-upload a board runs one level"),
        ("--bogus", 2, "No such option"),
    ],
)
def test_bad_input_ends_in_a_sentence_and_its_code(
    tinyhil: Tinyhil, monkeypatch: pytest.MonkeyPatch, arguments: str, code: int, words: str
) -> None:
    """Before anything is built, with nothing on standard output."""
    monkeypatch.delenv("TINYHIL_DATA", raising=False)
    done = tinyhil("run", *arguments.split())
    assert (done.code, done.out) == (code, "")
    assert words in done.err
    assert "Traceback" not in done.err


def test_a_folder_that_can_t_be_written_is_refused_first(tinyhil: Tinyhil, tmp_path: Path) -> None:
    """Results must not be lost at the end of a long run."""
    (tmp_path / "file").touch()
    done = tinyhil("run", "--out", str(tmp_path / "file" / "results"))
    assert done.code == 4
    assert "can't be written: Not a directory" in done.err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (BoardError("the board is gone"), 3),
        (ToolchainError("no compiler"), 3),
        (host_errors.LevelError("no such level"), 2),
        (host_errors.DataError("a bad clip"), 4),
        (host_errors.HostModelError("a bad zoo file"), 4),
        (KeyboardInterrupt(), INTERRUPTED),
    ],
)
def test_each_kind_of_error_has_its_exit_code(
    tinyhil: Tinyhil, failing: Callable[[BaseException], None], error: BaseException, code: int
) -> None:
    """And is shown as its sentence."""
    failing(error)
    done = tinyhil("run")
    assert done.code == code
    assert done.err.strip() == f"tinyhil: {error}" or code == INTERRUPTED


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_command_that_is_asked_to_end_does_so_as_after_ctrl_c(
    tinyhil: Tinyhil, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    """So that what it started ends with it; afterwards the signal means what it meant before."""

    def execute(_request: object) -> int:
        os.kill(os.getpid(), number)
        time.sleep(10)
        return 0

    monkeypatch.setattr(execution, "execute", execute)
    assert tinyhil("run").code == INTERRUPTED
    assert signal.getsignal(number) is signal.SIG_DFL


def test_nobody_is_shown_a_traceback(tinyhil: Tinyhil, failing: Callable[[BaseException], None]) -> None:
    """An error that nobody foresaw is kept in a file that the sentence names."""
    failing(ZeroDivisionError("division by zero"))
    done = tinyhil("run")
    assert done.code == 3
    found = re.fullmatch(
        r"tinyhil: an error of tinyhil itself: ZeroDivisionError: division by zero; please report it with (\S+)\n",
        done.err,
    )
    assert found
    log = Path(found[1])
    assert "Traceback" in log.read_text()
    log.unlink()
