"""The command that makes a zoo: `python -m host_models.training --data DIR --out DIR --seed N`."""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from host_models import matrix
from host_models.dataset import archive
from host_models.errors import HostModelError
from host_models.level import parse
from host_models.training import corpus, recipe
from host_models.training.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from host_models.level import Level

_RECIPES = {"thorough": recipe.THOROUGH, "brief": recipe.BRIEF}


def main(arguments: Sequence[str] | None = None) -> int:
    """Make a zoo; 2 where something it needs is missing, 130 where it was interrupted."""
    options = _parser().parse_args(arguments)
    progress = Progress(sys.stderr)
    try:
        _require("torch", "tensorflow")
        data = archive.public(progress.at) if options.data is None else options.data
        _make(data, options, progress)
    except HostModelError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("interrupted; the same command goes on with the stage that it was in\n")
        return 130
    return 0


def _make(data: Path, options: argparse.Namespace, progress: Progress) -> None:
    """Make the zoo, or the levels that were asked for."""
    recipe = _RECIPES[options.recipe]
    levels = _levels(options.levels)
    clips, test = corpus.training_clips(data, recipe.clip_limit, options.seed), corpus.test_clips(data)

    from host_models.training import pipeline  # noqa: PLC0415 - needs torch, an extra that is slow to import
    from host_models.training.card import About  # noqa: PLC0415 - beside pipeline

    order = pipeline.Order(levels, clips, test, recipe, options.seed, options.work or options.out / "work")
    pipeline.make_zoo(order, progress).write(options.out, About(clips, test, recipe, options.recipe, options.seed))
    progress.say(f"the zoo is in {options.out}")


def _levels(words: str | None) -> tuple[Level, ...]:
    """Read a comma-separated list of levels; the whole matrix where there is none. Raises LevelError."""
    if words is None:
        return (*matrix.levels(), *matrix.float_levels())
    return tuple(dict.fromkeys(parse(word.strip()) for word in words.split(",")))


def _parser() -> argparse.ArgumentParser:
    """Return the options of the command."""
    parser = argparse.ArgumentParser(
        prog="python -m host_models.training",
        description="Train TinyConv on Speech Commands and make the levels of the zoo of it.",
        epilog="With the thorough recipe it takes about an hour on two idle cores. Started again after "
        "it was ended, it goes on with the stage that it was in.",
    )
    there = os.environ.get("TINYHIL_DATA")
    parser.add_argument(
        "--data",
        type=Path,
        default=Path(there) if there else None,
        help="folder of clips (default: TINYHIL_DATA; without it the public archives are downloaded, 2.5 GB)",
    )
    parser.add_argument("--out", type=Path, required=True, help="folder that gets the zoo")
    parser.add_argument("--levels", metavar="A,B,...", help="levels to make (default: all of the matrix)")
    parser.add_argument("--seed", type=int, default=0, help="what all randomness comes from (default: 0)")
    parser.add_argument("--recipe", choices=_RECIPES, default="thorough", help="how much work (default: thorough)")
    parser.add_argument(
        "--work", type=Path, help="folder that keeps finished stages for a next run (default: OUT/work)"
    )
    return parser


def _require(*modules: str) -> None:
    """Raise HostModelError where an extra is not installed."""
    missing = [module for module in modules if importlib.util.find_spec(module) is None]
    if missing:
        raise HostModelError(f"training needs {' and '.join(missing)}; install tinyhil[torch,tensorflow]")


if __name__ == "__main__":
    sys.exit(main())
