"""How `tinyhil run` carries out a request, on a board in Python."""

from __future__ import annotations

import errno
import json
from typing import TYPE_CHECKING

import pytest

from harness import execution, selection
from harness.report import results
from host_models.errors import HostModelError

if TYPE_CHECKING:
    from pathlib import Path

    from harness.device import Result
    from tests.harness.conftest import Execute, GoldenBoard


def test_files_report_and_code_say_the_same(execute: Execute, tmp_path: Path) -> None:
    """One document feeds them all."""
    done = execute(out=tmp_path)
    document = results.read(tmp_path / "results.json")
    assert done.code == document["verdict"]["code"] == 0
    assert " ".join(document["verdict"]["text"].split()) in " ".join(done.out.split())
    assert (tmp_path / "junit.xml").exists()
    assert done.err.endswith(f"Results are in {tmp_path}\n")


def test_results_do_not_tell_where_things_lie_on_this_machine(execute: Execute, tmp_path: Path) -> None:
    """A folder has its name only."""
    clips = tmp_path / "somewhere" / "my_clips"
    clips.mkdir(parents=True)
    for label in ("yes", "no", "_silence_", "_unknown_"):
        (clips / label).symlink_to(selection.dataset.shipped().clips[0].path.parents[1] / label)
    document = json.loads(execute(data=clips, as_json=True).out)
    assert document["data"]["source"] == "my_clips"
    assert str(tmp_path) not in json.dumps(document)


def test_an_error_of_the_host_models_in_mid_campaign_has_its_own_code(execute: Execute, board: GoldenBoard) -> None:
    """It is no interruption, and the clips so far are reported."""

    def ending() -> None:
        raise HostModelError("the level is damaged; get the zoo again")

    board.answers_left, board.ending = 2, ending
    done = execute()
    assert done.code == 4
    assert "Error (exit code 4). the level is damaged" in done.out


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "/var/x"), 4, "/var/x failed: No space left on device; make"),
        (ZeroDivisionError("division by zero"), 3, "an error of tinyhil itself: ZeroDivisionError: division by zero"),
    ],
    ids=["a full disk", "what nobody foresaw"],
)
def test_whatever_ends_a_campaign_the_clips_so_far_are_reported(
    execute: Execute, board: GoldenBoard, tmp_path: Path, error: Exception, code: int, words: str
) -> None:
    """In the files, with the sentence and the code."""

    def ending() -> None:
        raise error

    board.answers_left, board.ending = 2, ending
    assert execute(out=tmp_path).code == code
    document = results.read(tmp_path / "results.json")
    assert document["verdict"]["code"] == code
    assert words in document["verdict"]["text"]
    assert document["levels"][0]["clips"] == 2
    assert words in (tmp_path / "junit.xml").read_text()


def test_a_host_model_that_only_is_shown_may_fail(execute: Execute, monkeypatch: pytest.MonkeyPatch) -> None:
    """A broken installation, say: the board was asked nevertheless, and the report tells."""

    def broken(_level: str, _rows: object) -> None:
        raise OSError("libtorch.so: cannot open shared object file")

    monkeypatch.setattr(execution.pytorch, "infer", broken)
    done = execute()
    assert done.code == 0
    assert "it failed with OSError: libtorch.so: cannot open shared object" in " ".join(done.out.split())


def test_json_of_a_failed_campaign_is_still_a_document(execute: Execute, board: GoldenBoard) -> None:
    """And the sentence is on standard error too."""
    board.lies = {"level": "fp32"}
    done = execute(as_json=True)
    document = json.loads(done.out)
    assert document["levels"] == []
    assert document["verdict"]["code"] == done.code == 3
    assert f"tinyhil: {document['verdict']['text']}" in done.err


def test_an_interrupted_run_writes_what_it_has(execute: Execute, board: GoldenBoard, tmp_path: Path) -> None:
    """Two of four clips."""

    def ending() -> None:
        raise KeyboardInterrupt

    board.answers_left, board.ending = 2, ending
    assert execute(out=tmp_path).code == 130
    level = results.read(tmp_path / "results.json")["levels"][0]
    assert (level["clips"], level["complete"], level["reasons"]["size.stack"]) == (
        2,
        False,
        "the campaign ended before it was asked",
    )


def test_a_report_is_printed_even_where_the_files_can_t_be_written(
    execute: Execute, board: GoldenBoard, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was measured is not lost with the disk, which goes while clips stream."""

    def spoil(answer: Result) -> Result:
        (tmp_path / "results.json" / "in the way").mkdir(parents=True, exist_ok=True)
        return answer

    board.spoil = spoil
    with pytest.raises(execution.TinyhilError, match=r"results\.json can't be written"):
        execute(out=tmp_path)
    assert "Agreement (exit code 0)." in capsys.readouterr().out
