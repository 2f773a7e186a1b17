"""The command `tinyhil`: its verbs, and how an error reaches people."""

from __future__ import annotations

import importlib
import sys
from contextlib import redirect_stderr, suppress
from typing import TYPE_CHECKING, Any, TextIO, cast

import click

from harness import errors, output
from harness.errors import TinyhilError, from_host_models
from harness.run_command import run
from host_models.errors import HostModelError

if TYPE_CHECKING:
    from collections.abc import Sequence

_INTERRUPTED = 130
_LATE = {
    "boards": "harness.boards.list_command",
    "doctor": "harness.doctor.command",
    "plots": "harness.plots.plots_command",
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
    with redirect_stderr(cast("TextIO", _Forgiving(sys.stderr)) if sys.stderr else None):
        code = _run(arguments)
    sys.exit(code)


def _run(arguments: Sequence[str] | None) -> int:
    """Run the command line; returns the exit code."""
    try:
        code = int(tinyhil.main(arguments, prog_name="tinyhil", standalone_mode=False) or 0)
        if sys.stdout:
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
        with suppress(AttributeError, OSError):  # where there is no standard output
            output.give_up(sys.stdout)  # Python flushes it once more at its end
        code = _tell(errors.of_disk(error))
    except Exception:  # noqa: BLE001 - the last resort: nobody is to be shown a traceback
        code = _tell(errors.unforeseen())
    return code


def _tell(error: TinyhilError) -> int:
    """Show an error's sentence; returns its exit code."""
    click.echo(f"tinyhil: {error}", err=True)
    return error.exit_code


class _Forgiving:
    """Standard error, for which a full disk or a reader that is gone is no reason to end a campaign."""

    def __init__(self, stream: TextIO) -> None:
        """Write to `stream` as long as that works."""
        self._stream = stream

    def write(self, text: str) -> int:
        """Write what can be written."""
        with suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush what can be flushed."""
        with suppress(OSError):
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the stream has
        """Be the stream in all else."""
        return getattr(self._stream, name)
