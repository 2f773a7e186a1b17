"""The proof that all works together: a `tinyhil run` of one level and one clip, as a user starts it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

from harness.doctor.finding import Finding, fail, ok

if TYPE_CHECKING:
    from collections.abc import Sequence

LEVEL = "int8-tflite"
LIMIT_S = 240.0
"""Longer than all that a run waits for where it goes well, on a machine that compiles everything for the first time."""
_END_S = 15.0
"""How long a run that is asked to end may take for that."""
NAME = "proof"


def prove() -> Finding:
    """Run one clip of those that ship, in a process of its own that ends with this call."""
    begin = time.monotonic()
    program = "from harness.cli import main; main()"
    options = ("run", "--levels", LEVEL, "--clips", "1", "--json")
    environment = {name: value for name, value in os.environ.items() if name != "TINYHIL_DATA"}
    out, err = _ask([sys.executable, "-P", "-c", program, *options], environment)
    return _judge(_verdict(out), err, time.monotonic() - begin)


def _ask(command: Sequence[str], environment: dict[str, str]) -> tuple[str, str]:
    """Return what a command prints; it is asked to end where it is late, or where we are interrupted."""
    with subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    ) as process:
        try:
            return process.communicate(timeout=LIMIT_S)
        except subprocess.TimeoutExpired:
            return "", f"it was not done within {LIMIT_S:.0f} s"
        finally:
            if process.poll() is None:
                process.terminate()
                try:
                    process.communicate(timeout=_END_S)
                except subprocess.TimeoutExpired:
                    process.kill()


def _verdict(out: str) -> dict[str, Any] | None:
    """Return the verdict of the results that a run printed, None where it printed none."""
    try:
        verdict: dict[str, Any] = json.loads(out)["verdict"]
    except (ValueError, KeyError):
        return None
    return verdict


def _judge(verdict: dict[str, Any] | None, err: str, seconds: float) -> Finding:
    if verdict is not None and verdict["code"] == 0:
        return ok(NAME, f"built, uploaded to a simulated board, one clip of {LEVEL} bit for bit, in {seconds:.0f} s")
    told = verdict["text"] if verdict is not None else _last_words(err)
    return fail(NAME, told, f"see the whole of it: `tinyhil run --levels {LEVEL} --clips 1`")


def _last_words(err: str) -> str:
    """Find what a command said when it ended, without the steps before it."""
    _, found, told = f"\n{err}".rpartition("\ntinyhil: ")
    return told.strip() if found else (err.strip().splitlines() or ["it said nothing"])[-1]
