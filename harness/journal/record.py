"""How a level's hello, build and answers are written as records, and read back."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from harness.boards.build import BuildFigures
from harness.comparison import Difference, Stage
from harness.wire.replies import Cache, Hello, LogitKind, Result

if TYPE_CHECKING:
    from harness.campaign import LevelRun
    from harness.journal.lines import Record


@dataclass
class Recorded:
    """What earlier sessions of a campaign gave for one level."""

    build_id: int
    hello: Hello
    build: BuildFigures | None
    answers: list[Result] = field(default_factory=list)
    differing: dict[int, Difference] = field(default_factory=dict)
    stack_bytes: int | None = None
    """Told with the last clip's answer."""

    def take(self, record: Record) -> None:
        """Add the answer that `answer_record` wrote. Raises ValueError, KeyError or TypeError where it is none."""
        index = record["clip"]
        if index != len(self.answers):
            raise ValueError(f"clip {index} follows {len(self.answers)} answers")
        told = record["answer"].items()
        fields: dict[str, Any] = {name: tuple(each) if isinstance(each, list) else each for name, each in told}
        self.answers.append(Result(**fields))
        if (found := record["difference"]) is not None:
            place = {"stage": Stage(found["stage"]), "position": tuple(found["position"])}
            self.differing[index] = Difference(**found | place)
        self.stack_bytes = record["stack"]


def level_record(run: LevelRun) -> Record:
    """Write which firmware answers for a level."""
    if run.hello is None:
        raise ValueError(f"{run.level} has answers of a board that said nothing of itself")
    figures = [each.name for each in dataclasses.fields(BuildFigures)]
    return {
        "level": run.level,
        "build_id": run.build_id,
        "hello": dataclasses.asdict(run.hello),
        "build": {name: getattr(run.build, name) for name in figures} if run.build else None,
    }


def read_level(record: Record) -> Recorded:
    """Read what `level_record` wrote. Raises ValueError, KeyError or TypeError where it is not that."""
    told = record["hello"]
    kinds = {"cache": Cache(told["cache"]), "logits": LogitKind(told["logits"]), "labels": tuple(told["labels"])}
    build = record["build"]
    return Recorded(record["build_id"], Hello(**told | kinds), None if build is None else BuildFigures(**build))


def answer_record(run: LevelRun) -> Record:
    """Write the last answer of a run, and what came with it."""
    index = len(run.answers) - 1
    difference = run.differing.get(index)
    return {
        "level": run.level,
        "clip": index,
        "answer": dataclasses.asdict(run.answers[index]),
        "difference": None if difference is None else dataclasses.asdict(difference),
        "stack": run.stack_bytes,
    }
