"""What a run appends as answers come, and how a later one goes on from it, on a board in Python."""

from __future__ import annotations

import json
import math
import os
import signal
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from harness import execution
from harness.boards.file_lock import file_lock
from harness.deadline import Deadline
from harness.errors import BoardError, DataError, MisuseError
from harness.journal import journal, lines
from harness.report import results
from host_models import golden
from host_models.voice import silent
from tests.harness.conftest import comparable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.device import Result
    from tests.harness.conftest import Execute, GoldenBoard, NoCompiler

LEVELS = "fp32,int8-tflite"


def interrupted_after(board: GoldenBoard, answers: int, error: BaseException | None = None) -> None:
    """Let a board give some answers, then have the run end as by ctrl-C or by an error."""

    def ending() -> None:
        raise error or KeyboardInterrupt

    board.answers_left, board.ending = answers, ending


def healed(board: GoldenBoard) -> None:
    """Let the board answer as often as it is asked."""
    board.answers_left = 1_000_000


def answered(folder: Path) -> list[tuple[str, int]]:
    """List level and place of each answer in the journal, in its order."""
    records, _ = lines.read(folder / "answers.jsonl")
    return [(each["level"], each["clip"]) for each in records if "answer" in each]


SHORT: dict[str, Any] = dict.fromkeys(
    ("clip", "label", "input_crc", "features_crc", "nn_cycles", "postprocess_cycles"), 0
) | {"logits": [1], "probabilities": [1], "slice_cycles": []}
"""An answer with a single logit."""
EVERY_ANSWER = [(level, clip) for level in LEVELS.split(",") for clip in range(4)]


@pytest.mark.parametrize("answers", range(9))
def test_a_campaign_that_was_interrupted_anywhere_goes_on_to_the_results_of_a_whole_one(
    execute: Execute, board: GoldenBoard, tmp_path: Path, answers: int
) -> None:
    """No clip is asked twice, none is left out, and the report is that of a run without interruption."""
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    execute(levels=LEVELS, out=whole)
    interrupted_after(board, answers)
    code = execute(levels=LEVELS, out=broken).code
    assert code == (130 if answers < 8 else 0)
    assert answered(broken) == EVERY_ANSWER[:answers]
    healed(board)
    board.answers_left = 8 - answers
    assert execute(levels=LEVELS, out=broken, resume=True).code == 0
    assert answered(broken) == EVERY_ANSWER
    assert comparable(broken) == comparable(whole)
    resumed = [level["resumed"] for level in results.read(broken / "results.json")["levels"]]
    assert resumed == [min(answers, 4), max(answers - 4, 0)]


def test_a_report_tells_what_was_resumed(execute: Execute, board: GoldenBoard, tmp_path: Path) -> None:
    """Times of an attached board were then taken in two sessions."""
    interrupted_after(board, 3)
    assert "Resumed" not in execute(out=tmp_path).out
    healed(board)
    assert "Resumed  3 of 4 answers are from an earlier session" in execute(out=tmp_path, resume=True).out


def test_a_finished_level_is_neither_built_nor_uploaded_again(
    execute: Execute, board: GoldenBoard, tmp_path: Path
) -> None:
    """Only the second one is."""
    interrupted_after(board, 5)
    execute(levels=LEVELS, out=tmp_path)
    healed(board)
    board.uploads.clear()
    execute(levels=LEVELS, out=tmp_path, resume=True)
    assert [build.elf.parent.name for build in board.uploads] == ["int8-tflite"]


def test_levels_may_be_added_to_a_finished_campaign(execute: Execute, board: GoldenBoard, tmp_path: Path) -> None:
    """Only the new one is run, and the report has both."""
    execute(out=tmp_path)
    board.uploads.clear()
    assert execute(levels=LEVELS, out=tmp_path, resume=True).code == 0
    assert [build.elf.parent.name for build in board.uploads] == ["fp32"]
    assert [level["id"] for level in results.read(tmp_path / "results.json")["levels"]] == LEVELS.split(",")


def test_a_cable_that_was_pulled_leaves_what_was_measured_and_the_way_to_go_on(
    execute: Execute, board: GoldenBoard, tmp_path: Path
) -> None:
    """Exit code 3, partial results, and a hint."""
    interrupted_after(board, 2, BoardError("/dev/ttyACM0 could not be read: gone"))
    done = execute(out=tmp_path)
    assert done.code == 3
    assert results.read(tmp_path / "results.json")["levels"][0]["clips"] == 2
    assert done.err.endswith(f"Results are in {tmp_path}; the same command with --resume goes on from there\n")
    healed(board)
    assert execute(out=tmp_path, resume=True).code == 0


def test_differences_are_kept_with_the_stage_that_shows_them(
    execute: Execute, board: GoldenBoard, tmp_path: Path
) -> None:
    """The board is not there any more to be asked for its intermediates."""
    board.broken_stage = "convolution"
    board.spoil = lambda answer: replace(answer, logits=tuple(each + 3 for each in answer.logits))
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    execute(out=whole)
    interrupted_after(board, 2)
    execute(out=broken)
    healed(board)
    assert execute(out=broken, resume=True).code == 1
    assert comparable(broken) == comparable(whole)
    assert comparable(broken)["levels"][0]["differing"][0]["stage"] == "convolution"


def test_answers_that_are_no_numbers_are_kept_too(execute: Execute, board: GoldenBoard, tmp_path: Path) -> None:
    """A broken kernel may make NaN and infinity of a float level's logits."""

    def spoiled(answer: Result) -> Result:
        return replace(answer, probabilities=(math.nan, math.inf, 0.25, 0.1))

    board.spoil = spoiled
    interrupted_after(board, 2)
    execute(levels="fp32", out=tmp_path)
    healed(board)
    assert execute(levels="fp32", out=tmp_path, resume=True).code == 1


def test_what_a_killed_write_left_at_the_end_is_no_answer(execute: Execute, board: GoldenBoard, tmp_path: Path) -> None:
    """The journal is cut after its last whole line, wherever the write ended, and the clip is asked again."""
    execute(out=tmp_path / "whole")
    data = (tmp_path / "whole" / "answers.jsonl").read_bytes()
    last = data[: data.rindex(b"\n", 0, -1) + 1]
    for cut in range(len(last), len(data)):
        assert lines.read(_written(tmp_path / "cut", data[:cut]))[1] == len(last)
    broken = tmp_path / "broken"
    broken.mkdir()
    _written(broken / "answers.jsonl", data[:-20])
    board.answers_left = 1
    assert execute(out=broken, resume=True).code == 0
    assert answered(broken) == [("int8-tflite", clip) for clip in range(4)]


def _written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("place", [0.3, 0.5, 0.7])
def test_a_damaged_line_before_the_end_is_named_and_nothing_is_thrown_away(
    execute: Execute, tmp_path: Path, place: float
) -> None:
    """One flipped bit."""
    execute(out=tmp_path)
    path = tmp_path / "answers.jsonl"
    data = bytearray(path.read_bytes())
    data[int(place * len(data))] ^= 1
    path.write_bytes(data)
    with pytest.raises(DataError, match=r"answers\.jsonl is damaged in line \d; leave --resume out to begin anew"):
        execute(out=tmp_path, resume=True)
    assert path.read_bytes() == data


def test_a_campaign_that_had_not_begun_begins(execute: Execute, tmp_path: Path) -> None:
    """So a script may always say --resume."""
    assert execute(out=tmp_path, resume=True).code == 0
    (tmp_path / "answers.jsonl").write_bytes(b'{"journal_vers')
    assert execute(out=tmp_path, resume=True).code == 0
    assert len(answered(tmp_path)) == 4


def test_resuming_needs_a_folder(execute: Execute) -> None:
    """Where else would the answers be."""
    with pytest.raises(MisuseError, match="--resume goes on with the campaign in a folder; name it with --out"):
        execute(resume=True)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"clips": 8}, r"jsonl can't be gone on with: clips 4 -> 8; leave --resume out to begin anew, or go on as"),
        ({"input": "features"}, r"can't be gone on with: input audio -> features; leave --resume out"),
        ({"warm_up": 3}, r"can't be gone on with: --warm-up 0 -> 3; leave --resume out"),
        ({"seed": 1}, r"can't be gone on with: 4 clips as before, other ones; leave --resume out"),
        ({"upload": False}, r"can't be gone on with: upload True -> False; leave --resume out"),
        ({"baud": 115_200}, r"answers for int8-tflite in .* are of build 0x\w+, these sources make 0x\w+; leave"),
    ],
)
def test_other_clips_or_sources_are_refused_before_the_board_is_touched(
    execute: Execute, board: GoldenBoard, tmp_path: Path, options: dict[str, object], words: str
) -> None:
    """A campaign has one data set and one build a level; its results stay as they are."""
    execute(out=tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    board.uploads.clear()
    with pytest.raises(MisuseError, match=words):
        execute(**({"out": tmp_path, "resume": True, "board": "golden"} | options))
    assert not board.uploads
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_another_kind_of_board_is_refused(execute: Execute, board: GoldenBoard, tmp_path: Path) -> None:
    """Both are named."""
    execute(out=tmp_path)
    board.fqbn = "arduino:mbed_nano:nano33ble"
    with pytest.raises(MisuseError, match="gone on with: FQBN tinyhil:nrf52:nano33ble -> arduino:mbed_nano"):
        execute(out=tmp_path, resume=True)


def test_another_compiler_is_refused_though_the_sources_are_the_same(
    execute: Execute, board: GoldenBoard, toolchain: NoCompiler, tmp_path: Path
) -> None:
    """Its cycles would be others."""
    interrupted_after(board, 2)
    execute(out=tmp_path)
    healed(board)
    toolchain.flags = "-O2"
    done = execute(out=tmp_path, resume=True)
    assert done.code == 2
    sentence = "the recorded answers for int8-tflite are of another build: flags -O9 -> -O2; leave --resume out"
    assert sentence in " ".join(done.out.split())
    assert len(answered(tmp_path)) == 2


def test_a_board_that_says_something_else_of_itself_is_refused(
    execute: Execute, board: GoldenBoard, tmp_path: Path
) -> None:
    """The other one has its cache on."""
    interrupted_after(board, 2)
    execute(out=tmp_path)
    healed(board)
    board.lies = {"clock_hz": 128_000_000}
    done = execute(out=tmp_path, resume=True)
    assert done.code == 2
    assert "is not the board that gave the recorded answers for int8-tflite: clock_hz 64000000 -> 128000000" in (
        " ".join(done.out.split())
    )


def test_answers_are_refused_where_the_host_s_model_judges_them_otherwise(
    execute: Execute, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The golden model was changed meanwhile, the firmware was not."""
    execute(out=tmp_path)
    right = golden.infer

    def changed(*values: Any) -> golden.Activations:  # noqa: ANN401 - whatever it takes
        activations = right(*values)
        return replace(activations, logits=activations.logits + 1)

    before = (tmp_path / "results.json").read_bytes()
    monkeypatch.setattr(golden, "infer", changed)
    with pytest.raises(MisuseError, match="the host's model of int8-tflite is not the one that the recorded answers"):
        execute(out=tmp_path, resume=True)
    assert (tmp_path / "results.json").read_bytes() == before


def test_a_journal_of_another_version_is_refused(execute: Execute, tmp_path: Path) -> None:
    """Both versions are named."""
    (tmp_path / "answers.jsonl").write_bytes(lines.seal({"journal_version": 99}))
    with pytest.raises(DataError, match="is a journal of version 99, this program reads 2; leave --resume out"):
        execute(out=tmp_path, resume=True)


@pytest.mark.parametrize(
    "record",
    [
        {"level": "x", "clip": 0},
        {"level": "fp32", "hello": {}},
        {"level": "fp32", "hello": 3},
        {"level": "int8-tflite", "hello": {}},
        {"level": "int8-tflite", "clip": 0, "answer": [1, 2]},
        {"level": "int8-tflite", "clip": 7, "answer": {}},
        {"level": "int8-tflite", "clip": 0, "difference": None, "stack": None, "answer": SHORT},
    ],
)
def test_a_line_that_makes_no_sense_is_named(execute: Execute, tmp_path: Path, record: dict[str, object]) -> None:
    """Its checksum is right, so nobody damaged it."""
    execute(out=tmp_path)
    path = tmp_path / "answers.jsonl"
    head = path.read_bytes().splitlines(keepends=True)[:2]
    path.write_bytes(b"".join(head) + lines.seal(record))
    with pytest.raises(DataError, match=r"answers\.jsonl makes no sense in line 3 \("):
        execute(out=tmp_path, resume=True)


def test_a_resumed_run_that_fails_at_its_first_level_reports_those_that_were_done(
    execute: Execute, board: GoldenBoard, tmp_path: Path
) -> None:
    """What an earlier session got is in the results, whichever level ends this one."""
    execute(out=tmp_path)
    interrupted_after(board, 0, BoardError("gone"))
    done = execute(levels="fp32,int8-tflite", out=tmp_path, resume=True)
    assert done.code == 3
    levels = results.read(tmp_path / "results.json")["levels"]
    assert [(level["id"], level["clips"], level["resumed"]) for level in levels] == [("int8-tflite", 4, 4)]
    assert "the same command with --resume goes on from there" in done.err


def test_runs_that_fail_before_an_answer_leave_the_campaign_before_them_where_it_is(
    execute: Execute, board: GoldenBoard, tmp_path: Path
) -> None:
    """However often: a compile error is mended in several tries."""
    execute(out=tmp_path)
    kept = (tmp_path / "answers.jsonl").read_bytes()
    interrupted_after(board, 0, BoardError("gone"))
    for _ in range(3):
        assert execute(out=tmp_path).code == 3
    assert (tmp_path / "previous" / "answers.jsonl").read_bytes() == kept
    assert results.read(tmp_path / "previous" / "results.json")["verdict"]["code"] == 0


@pytest.mark.timeout(20)
def test_what_is_no_journal_is_not_touched(execute: Execute, tmp_path: Path) -> None:
    """A file of the user's own, and a pipe that would be waited for."""
    path = tmp_path / "answers.jsonl"
    path.write_text("my precious notes")
    with pytest.raises(DataError, match=r"answers\.jsonl is no journal of tinyhil; choose another --out"):
        execute(out=tmp_path, resume=True)
    assert path.read_text() == "my precious notes"
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(DataError, match=r"answers\.jsonl can't be written: it is a device or a pipe"):
        execute(out=tmp_path, resume=True)


def test_another_run_in_the_same_folder_is_told(
    execute: Execute, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a while, in which it may end."""
    monkeypatch.setattr(journal, "_OTHER_RUN_S", 0.1)
    with (
        file_lock(tmp_path / ".lock", Deadline(1.0), "run"),
        pytest.raises(DataError, match=f"another run writes into {tmp_path}; wait for it, or choose another --out"),
    ):
        execute(out=tmp_path)


def test_a_host_model_that_is_slow_does_not_hold_up_an_interruption(
    execute: Execute, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The board is done, TensorFlow Lite is not, and somebody presses ctrl-C: what was measured is written."""
    slow = threading.Event()
    monkeypatch.setattr(execution.tflite, "infer", lambda *_: slow.wait(20) and silent("late"))
    monkeypatch.setattr(execution._Asked, "heard", _interrupted_while_it_waits(execution._Asked.heard))
    begin = time.monotonic()
    assert execute(out=tmp_path).code == 130
    assert time.monotonic() - begin < 10
    slow.set()
    level = results.read(tmp_path / "results.json")["levels"][0]
    assert level["complete"]
    assert "interrupted before this model had answered" in level["reasons"]["accuracy.tflite"]


def _interrupted_while_it_waits(heard: Callable[..., object]) -> Callable[..., object]:
    def interrupted(asked: object, *, wait: bool) -> object:
        threading.Timer(0.5, lambda: signal.raise_signal(signal.SIGINT)).start()
        return heard(asked, wait=wait)

    return interrupted


def test_a_new_campaign_moves_the_files_of_the_one_before_aside(execute: Execute, tmp_path: Path) -> None:
    """So nobody takes old results for those of a campaign that was killed, and a forgotten option loses nothing."""
    for _ in range(2):
        execute(out=tmp_path, clips=8)
        (tmp_path / "plots").mkdir()
        (tmp_path / "plots" / "pareto.png").touch()
    kept = {name: (tmp_path / name).read_bytes() for name in ("answers.jsonl", "results.json", "junit.xml")}
    done = execute(out=tmp_path)
    assert f"The files of an earlier run are in {tmp_path}/previous now\n" in done.err
    previous = tmp_path / "previous"
    assert {path.name: path.read_bytes() for path in previous.iterdir() if path.is_file()} == kept
    assert (previous / "plots" / "pareto.png").exists()
    assert not (tmp_path / "plots").exists()
    assert len(results.read(tmp_path / "results.json")["data"]["clips"]) == 4


def test_a_full_disk_ends_the_campaign_and_keeps_what_was_written(
    execute: Execute, board: GoldenBoard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The report is printed, and after room was made the campaign goes on."""
    real = lines.Appender.sync

    def full(_: lines.Appender) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(lines, "_SYNC_EVERY_S", 0.0)

    def spoil(answer: Result) -> Result:
        if board.answers_left == 1_000_000 - 3:
            monkeypatch.setattr(lines.Appender, "sync", full)
        return answer

    board.spoil = spoil
    board.answers_left = 1_000_000
    done = execute(out=tmp_path)
    assert done.code == 4
    sentence = "answers.jsonl can't be written: No space left on device; make room and repeat the command"
    assert sentence.replace(" ", "") in "".join(done.out.split()), "wherever the terminal's lines end"
    monkeypatch.setattr(lines.Appender, "sync", real)
    assert execute(out=tmp_path, resume=True).code == 0
    assert answered(tmp_path) == [("int8-tflite", clip) for clip in range(4)]


def test_a_sealed_line_is_plain_json() -> None:
    """Other programs read the journal line by line, and whoever wants to checks the last field."""
    record = {"level": "fp32", "text": 'quotes " and ümläute', "values": [1.5, None]}
    line = lines.seal(record)
    parsed = json.loads(line)
    assert len(parsed.pop("crc32")) == 8
    assert parsed == record
    assert lines.unseal(line[:-1]) == record
