"""How what earlier sessions of a campaign recorded becomes a level's run again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.campaign import LevelRun
from harness.comparison import answer_difference
from harness.errors import MisuseError
from harness.identity import Identity
from host_models import export

if TYPE_CHECKING:
    from harness.expectation import Expectation
    from harness.journal.record import Recorded


def resume(recorded: Recorded, expectation: Expectation) -> LevelRun:
    """Make the run of one level with the answers that there are.

    Raises MisuseError where the golden model judges them otherwise by now.
    """
    model = expectation.model
    for index, answer in enumerate(recorded.answers):
        if bool(answer_difference(answer, expectation.clip(index))) != (index in recorded.differing):
            raise MisuseError(
                f"the host's model of {model.level} is not the one that the recorded answers were held against; leave "
                "--resume out to begin anew"
            )
    identity = Identity(recorded.build_id, model.level, model.labels, export.model_hash(model))
    return LevelRun(
        expectation,
        recorded.build_id,
        build=recorded.build,
        hello=recorded.hello,
        model_difference=identity.model_difference(recorded.hello),
        answers=list(recorded.answers),
        differing=dict(recorded.differing),
        stack_bytes=recorded.stack_bytes,
        resumed=len(recorded.answers),
    )
