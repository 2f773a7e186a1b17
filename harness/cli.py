"""The command `tinyhil`: its verbs, and how an error reaches people."""

from __future__ import annotations

import importlib
import os
import sys
import tempfile
import traceback
from typing import TYPE_CHECKING

import click

from harness.errors import DataError, TinyhilError, from_host_models
from harness.run_command import run
from host_models.errors import HostModelError

if TYPE_CHECKING:
    from collections.abc import Sequence

_INTERRUPTED = 130
_LATE = {
    "boards": "harness.boards.list_command",
    "doctor": "harness.doctor.command",
    "sim": "harness.boards.sim_command",
}
"""Verbs whose modules are imported when they are used, so that the others start quickly."""


class _Verbs(click.Group):
    """A group that knows verbs before their modules are imported."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """List all verbs, for --help."""
        return sorted({*super().list_commands(ctx), *_LATE})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Find a verb; click's own message tells of an unknown one."""
        if cmd_name in _LATE:
            return getattr(importlib.import_module(_LATE[cmd_name]), cmd_name)  # type: ignore[no-any-return]
        return super().get_command(ctx, cmd_name)


@click.group(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="tinyhil", message="%(prog)s %(version)s")
def tinyhil() -> None:
    """Test keyword-spotting networks on Arduino boards, in the loop with their host models.

    \b
    tinyhil run            build, upload, stream clips, compare, report
    tinyhil run --help     all options, examples, exit codes
    tinyhil doctor         what is missing, and how to get it
    """  # noqa: D301 - \b is click's mark for a paragraph that it must not wrap


tinyhil.add_command(run)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit; an error is shown as its sentence and ends in its exit code."""
    try:
        code = tinyhil.main(arguments, prog_name="tinyhil", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("tinyhil: interrupted", err=True)
        code = _INTERRUPTED
    except TinyhilError as error:
        code = _tell(error)
    except HostModelError as error:
        code = _tell(from_host_models(error))
    except OSError as error:
        code = _tell(_of_output(error))
    except Exception:  # noqa: BLE001 - the last resort: nobody is to be shown a traceback
        code = _tell(_unforeseen(traceback.format_exc()))
    sys.exit(code)


def _tell(error: TinyhilError) -> int:
    """Show an error's sentence; returns its exit code."""
    click.echo(f"tinyhil: {error}", err=True)
    return error.exit_code


def _of_output(error: OSError) -> TinyhilError:
    """Tell of a file or pipe that failed where nobody expected it, standard output mostly."""
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123 - Python flushes standard output once more at its end
        os.dup2(nowhere.fileno(), sys.stdout.fileno())
    where = f" at {error.filename}" if error.filename else ""
    return DataError(f"the disk or standard output failed{where}: {error.strerror or error}")


def _unforeseen(report: str) -> TinyhilError:
    """Keep a traceback in a file and tell its name."""
    with tempfile.NamedTemporaryFile("w", prefix="tinyhil-", suffix=".log", delete=False, encoding="utf-8") as file:
        file.write(report)
    last = report.strip().splitlines()[-1]
    return TinyhilError(f"an error of tinyhil itself: {last}; please report it with {file.name}")
