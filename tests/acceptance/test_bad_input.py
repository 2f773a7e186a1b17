"""Bad input as people meet it: the command, a sentence that names the thing and what to do, its code, nothing lost."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import struct
import subprocess
import sys
import threading
import tty
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias
from xml.etree import ElementTree as ET

import numpy as np
import pytest

import host_models
from harness.boards import possession, registry, toolchain
from harness.boards.attached import AttachedBoard
from harness.boards.mock_device import MockDevice
from harness.report import results
from harness.wire.board_session import BoardSession
from harness.wire.frame import Frame, encode
from harness.wire.replies import Reply
from harness.wire.requests import VERSION
from host_models import zoo
from host_models.zoo import checksums

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Done: TypeAlias = subprocess.CompletedProcess[str]
    Tinyhil: TypeAlias = Callable[..., Done]

TINYHIL = Path(sys.executable).parent / "tinyhil"
MOCK = ("--board", "mock", "--levels", "int8-tflite")
ATTACHED = ("--fqbn", "vendor:core:board", "--no-upload", "--levels", "int8-tflite")
SECOND = np.arange(16_000, dtype="<i2").tobytes()

pytestmark = pytest.mark.usefixtures("own_registry")


@pytest.fixture
def tinyhil(tmp_path: Path) -> Tinyhil:
    """Run `tinyhil run` to its end: `through` a line of shell, environment variables by name."""

    def command(*arguments: str | Path, through: str = 'exec "$@"', **variables: str) -> Done:
        environment = {name: value for name, value in os.environ.items() if name != "TINYHIL_DATA"}
        return subprocess.run(
            ["/bin/sh", "-c", through, "sh", TINYHIL, "run", *arguments],
            cwd=tmp_path,
            env=environment | variables,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )

    return command


def told(done: Done) -> str:
    """Give what was said on standard error, whose last lines are one sentence and no traceback."""
    assert "Traceback" not in done.stderr + done.stdout
    assert "an error of tinyhil itself" not in done.stderr
    return " ".join(done.stderr.split())


def cases(folder: Path) -> list[ET.Element]:
    """Read the cases of junit.xml."""
    return list(ET.parse(folder / "junit.xml").getroot().iter("testcase"))  # noqa: S314 - our own file


def wav(samples: bytes, *, number: int = 1, channels: int = 1, rate_hz: int = 16_000, bits: int = 16) -> bytes:
    """Write a WAV file whose header says what a test wants."""
    block = channels * bits // 8
    header = struct.pack("<4sIHHIIHH", b"fmt ", 16, number, channels, rate_hz, rate_hz * block, block, bits)
    chunks = header + struct.pack("<4sI", b"data", len(samples)) + samples
    return struct.pack("<4sI4s", b"RIFF", 4 + len(chunks), b"WAVE") + chunks


def clips(folder: Path, *files: bytes) -> Path:
    """Make a folder of clips of `yes`."""
    (folder / "_silence_").mkdir(parents=True)
    (folder / "yes").mkdir()
    for number, file in enumerate(files):
        (folder / "yes" / f"{number}.wav").write_bytes(file)
    return folder


BAD_CLIPS = {
    "another rate": (wav(SECOND, rate_hz=44_100), "has a sample rate of 44100 Hz where 16000 Hz is needed; convert"),
    "another width": (wav(SECOND, bits=8), "has a sample width of 8 bits where 16 bits is needed; convert it"),
    "two channels": (wav(SECOND, channels=2), "has a channel count of 2 where 1 is needed; convert it"),
    "floats": (
        wav(SECOND, number=3, bits=32),
        "is not a PCM WAV file (unknown format: 3); convert it to 16 kHz",
    ),
    "truncated": (wav(SECOND)[:10_000], "is truncated: its header tells 16000 samples, 4978 are there; get the file"),
    "empty": (b"", "is empty; get the file again"),
    "no audio": (wav(b""), "holds no audio; remove it or get it again"),
    "not WAV": (b"ID3\x04" + bytes(400), "is not a PCM WAV file (file does not start with RIFF id); convert it"),
    "longer": (wav(SECOND + SECOND[:16_000]), "lasts 1.5 s; a clip is at most 1 s long (16000 samples): cut it"),
}


@pytest.mark.parametrize("what", BAD_CLIPS)
def test_a_clip_that_can_t_be_used_is_named_before_anything_is_touched(
    tinyhil: Tinyhil, tmp_path: Path, what: str
) -> None:
    """Code 4; the results of an earlier run are where they were."""
    file, words = BAD_CLIPS[what]
    earlier = tmp_path / "out" / "results.json"
    earlier.parent.mkdir()
    earlier.write_text("what an earlier run found")
    done = tinyhil(*MOCK, "--data", clips(tmp_path / "data", wav(SECOND), file), "--out", "out")
    assert (done.returncode, done.stdout) == (4, "")
    assert f"tinyhil: {tmp_path}/data/yes/1.wav {words}" in told(done)
    assert earlier.read_text() == "what an earlier run found"


def test_the_sentences_stand_in_the_page() -> None:
    """As far as they are the same everywhere."""
    page = (Path(__file__).parents[2] / "docs" / "results.md").read_text(encoding="utf-8")
    assert [what for what, (_, words) in BAD_CLIPS.items() if f"| `{words}" not in page] == []


def test_shorter_clips_are_padded_with_a_note(tinyhil: Tinyhil, tmp_path: Path) -> None:
    """In the report, in results.json, in junit.xml; a whole second is not mentioned."""
    data = clips(tmp_path / "data", wav(SECOND[:20_000]), wav(SECOND), wav(SECOND[:2]))
    done = tinyhil(*MOCK, "--data", data, "--out", "out")
    assert done.returncode == 0, told(done)
    note = "2 clips are shorter than a second and padded with silence: yes/0.wav by 375 ms, yes/2.wav by 999.9 ms"
    assert note in " ".join(done.stdout.split())
    assert results.read(tmp_path / "out" / "results.json")["data"]["padded"] == [
        {"clip": "yes/0.wav", "missing_samples": 6_000},
        {"clip": "yes/2.wav", "missing_samples": 15_999},
    ]
    assert {case.get("name"): case.findtext("system-out") for case in cases(tmp_path / "out")} == {
        "model": None,
        "yes/0.wav": "padded with 375 ms of silence to a second",
        "yes/1.wav": None,
        "yes/2.wav": "padded with 999.9 ms of silence to a second",
    }


def test_a_clip_s_name_may_be_anything(tinyhil: Tinyhil, tmp_path: Path) -> None:
    """No UTF-8, and a character that steers a terminal; files and report show escapes."""
    data = clips(tmp_path / "data", wav(SECOND))
    (data / "yes" / "0.wav").rename(data / "yes" / os.fsdecode(b"\xff\x1b[2J.wav"))
    done = tinyhil(*MOCK, "--data", data, "--out", "out", "--save-baseline", "base.json")
    assert done.returncode == 0, told(done)
    (clip,) = results.read(tmp_path / "out" / "results.json")["data"]["clips"]
    assert clip["name"] == cases(tmp_path / "out")[1].get("name") == r"yes/\xff\x1b[2J.wav"
    assert tinyhil(*MOCK, "--data", data, "--baseline", "base.json").returncode == 0


def cut(folder: Path) -> None:
    """Leave half a download."""
    path = folder / "int8-tflite.npz"
    path.write_bytes(path.read_bytes()[:9_000])


def altered(folder: Path) -> None:
    """Change one weight, with the right CRC beside it."""
    with np.load(folder / "int8-tflite.npz") as file:
        arrays = {name: file[name] for name in file.files}
    arrays["dense_weights"].flat[0] ^= 1
    np.savez(folder / "int8-tflite.npz", **arrays)


def altered_tflite(folder: Path) -> None:
    """Flip one bit."""
    data = bytearray((folder / "int8-tflite.tflite").read_bytes())
    data[9_000] ^= 1
    (folder / "int8-tflite.tflite").write_bytes(data)


def of_another_version(folder: Path) -> None:
    """Write a whole file, as a program of another version does."""
    with np.load(folder / "int8-tflite.npz") as file:
        arrays = {name: file[name] for name in file.files}
    np.savez(folder / "int8-tflite.npz", **arrays | {"format_version": np.asarray(2)})
    checksums.record(folder / "int8-tflite.npz")


def without_checksums(folder: Path) -> None:
    """Leave them behind, as who copies by hand may."""
    (folder / checksums.FILE).unlink()


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (
            cut,
            "int8-tflite.npz is cut short or was altered: its SHA-256 is not the one in SHA256SUMS beside it; get the",
        ),
        (altered, "int8-tflite.npz is cut short or was altered: its SHA-256"),
        (altered_tflite, "int8-tflite.tflite is cut short or was altered: its SHA-256"),
        (of_another_version, "int8-tflite.npz has format version 2, this program reads 1; make it again"),
        (
            without_checksums,
            "SHA256SUMS, the checksums of the zoo, can't be read: No such file or directory; get the zoo",
        ),
    ],
)
def test_a_zoo_file_that_is_not_as_it_was_made_is_named(
    tinyhil: Tinyhil, tmp_path: Path, damage: Callable[[Path], None], words: str
) -> None:
    """Code 4, before a board is touched."""
    copy = tmp_path / "package" / "host_models"
    shutil.copytree(Path(host_models.__file__).parent, copy, ignore=shutil.ignore_patterns("__pycache__"))
    damage(copy / "zoo")
    path = os.pathsep.join([str(copy.parent), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = tinyhil(*MOCK, "--clips", "1", PYTHONPATH=path)
    assert (done.returncode, done.stdout) == (4, "")
    assert f"tinyhil: {copy}/zoo/{words}" in told(done)


class Attached:
    """A board at a pseudo-terminal: a mock device, or what else answers, until some of the audio has come."""

    def __init__(self, answer: Callable[[bytes], bytes], cut_after_bytes: int | None = None) -> None:
        """Answer in a thread of its own; hang up when `cut_after_bytes` have come."""
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.port = os.ttyname(self._slave)
        self._answer = answer
        self._left = cut_after_bytes
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while self._left is None or self._left > 0:
                data = os.read(self._master, 4096)
                self._left = None if self._left is None else self._left - len(data)
                os.write(self._master, self._answer(data))
            self.close()

    def close(self) -> None:
        """Pull the cable."""
        for descriptor in (self._slave, self._master):
            with contextlib.suppress(OSError):
                os.close(descriptor)


@pytest.fixture
def attach() -> Iterator[Callable[..., Attached]]:
    """Attach boards that are gone after the test."""
    boards: list[Attached] = []

    def attached(answer: Callable[[bytes], bytes], **options: int) -> Attached:
        boards.append(Attached(answer, **options))
        return boards[-1]

    yield attached
    for board in boards:
        board.close()


def bench(build_id: int = 0) -> Callable[[bytes], bytes]:
    """Answer as a board does that runs int8-tflite; build 0 is a sketch that was built by hand."""
    return BoardSession(MockDevice(zoo.load("int8-tflite"), build_id)).receive


def test_a_board_of_another_build_is_named(tinyhil: Tinyhil, attach: Callable[..., Attached]) -> None:
    """With both numbers, and the way to the right one."""
    done = tinyhil("--board", attach(bench(0xBAD)).port, *ATTACHED, "--clips", "1")
    assert done.returncode == 3
    assert "runs build 0x00000bad, expected was 0x" in told(done)
    assert "upload it again (leave --no-upload out)" in told(done)


def test_a_board_of_another_protocol_version_is_named(tinyhil: Tinyhil, attach: Callable[..., Attached]) -> None:
    """With both versions."""
    reply = encode(Frame(Reply.HELLO_REPLY, 0, bytes([9]) + bytes(40)), 0)
    board = attach(lambda _: reply)
    done = tinyhil("--board", board.port, *ATTACHED, "--clips", "1")
    assert done.returncode == 3
    assert f"tinyhil: {board.port}: the board speaks protocol version 9, this host version {VERSION}: " in told(done)


def test_a_board_that_says_nothing_is_named(tinyhil: Tinyhil, attach: Callable[..., Attached]) -> None:
    """After ten seconds, not for ever."""
    board = attach(lambda _: b"")
    done = tinyhil("--board", board.port, *ATTACHED, "--clips", "1")
    assert done.returncode == 3
    assert f"tinyhil: {board.port}: no answer to hello in 10 s and not a byte came; press the board's reset" in told(
        done
    )


@pytest.mark.parametrize("seed", range(3))
def test_a_board_that_goes_away_in_mid_clip_leaves_what_it_answered(
    tinyhil: Tinyhil, attach: Callable[..., Attached], tmp_path: Path, seed: int
) -> None:
    """At a moment of chance: the clips until then are in both files, with the sentence."""
    whole = random.Random(seed).randint(1, 6)  # noqa: S311 - not for secrets
    board = attach(bench(), cut_after_bytes=whole * 32_600 + 16_000)
    done = tinyhil("--board", board.port, *ATTACHED, "--warm-up", "0", "--out", "out")
    assert done.returncode == 3
    assert f"{board.port} could not be " in " ".join(done.stdout.split()) + told(done)
    document = results.read(tmp_path / "out" / "results.json")
    assert document["verdict"]["code"] == 3
    assert "see to its cable, plug it in again and repeat the run" in document["verdict"]["text"]
    (level,) = document["levels"]
    assert not level["complete"]
    assert whole - 1 <= level["clips"] <= whole
    assert len([case for case in cases(tmp_path / "out") if case.get("name") != "campaign"]) == level["clips"] + 1
    assert [case.find("error") is not None for case in cases(tmp_path / "out") if case.get("name") == "campaign"] == [
        True
    ]


def test_a_board_that_another_run_has_is_not_taken_from_it(tinyhil: Tinyhil, attach: Callable[..., Attached]) -> None:
    """A second one says so after ten seconds; when the first is done the board is free."""
    board = attach(bench())
    arguments = ("--board", board.port, *ATTACHED, "--clips", "1")
    with possession.held(AttachedBoard(board.port, "vendor:core:board")):
        done = tinyhil(*arguments)
    assert done.returncode == 3
    assert f"tinyhil: another run on the board {board.port} has held {registry.directory()}/.in-use-" in told(done)
    assert "for 10 s; wait for it or end it" in told(done)
    assert tinyhil(*arguments).returncode == 0


def test_a_full_standard_output_is_told_and_the_files_are_whole(tinyhil: Tinyhil, tmp_path: Path) -> None:
    """Code 4; results, and the baseline too."""
    done = tinyhil(*MOCK, "--clips", "2", "--out", "out", "--save-baseline", "b.json", through='exec "$@" >/dev/full')
    assert done.returncode == 4
    assert "tinyhil: the disk or standard output failed: No space left on device; make room" in told(done)
    assert results.read(tmp_path / "out" / "results.json")["verdict"]["code"] == 0
    assert (tmp_path / "b.json").exists()


@pytest.mark.parametrize("shell", ['exec "$@" 2>/dev/full', 'exec "$@" 2>&-', 'exec "$@" >&- <&-'])
def test_other_streams_may_be_full_or_closed(tinyhil: Tinyhil, tmp_path: Path, shell: str) -> None:
    """Nobody wanted what would have been there; the exit code is the verdict's."""
    done = tinyhil(*MOCK, "--clips", "2", "--out", "out", through=shell)
    assert done.returncode == 0, told(done)
    assert results.read(tmp_path / "out" / "results.json")["verdict"]["code"] == 0


@pytest.mark.parametrize(
    ("option", "name", "verdict"),
    [
        ("--out", "out/results.json", "Error (exit code 4). out/answers.jsonl can't be written: File too large; make"),
        ("--save-baseline", "base.json", "Agreement (exit code 0)."),
    ],
    ids=["out", "baseline"],
)
def test_a_disk_that_fills_up_is_told_and_the_report_is_printed(
    tinyhil: Tinyhil, tmp_path: Path, option: str, name: str, verdict: str
) -> None:
    """Code 4, no file that is cut short. The limit on files that a shell sets plays the full disk."""
    done = tinyhil(*MOCK, option, name.partition("/")[0], through='ulimit -f 2; exec "$@"')
    assert done.returncode == 4
    assert f"tinyhil: {name} can't be written: File too large; choose another place, or make room" in told(done)
    assert verdict in " ".join(done.stdout.split())
    assert not (tmp_path / name).exists()


@pytest.mark.parametrize(
    ("arguments", "variables", "words"),
    [
        ((*MOCK, "--out", "/proc/nowhere"), {}, "/proc/nowhere can't be written: No such file or directory; choose"),
        ((*MOCK, "--save-baseline", "/proc/b.json"), {}, "/proc can't be written: No such file or directory; choose"),
        ((*MOCK, "--save-baseline", "/dev/full"), {}, "/dev/full can't be written: it is a device or a pipe; choose"),
        ((*MOCK, "--baseline", "/dev/zero"), {}, "/dev/zero is no regular file; make one with --save-baseline"),
        (
            ("--levels", "int8-tflite"),
            {"TINYHIL_HOME": "/proc/home"},
            "can't be written: No such file or directory; set",
        ),
    ],
    ids=["out", "baseline", "device", "endless", "home"],
)
def test_a_folder_that_can_t_be_written_is_refused_first(
    tinyhil: Tinyhil, arguments: tuple[str, ...], variables: dict[str, str], words: str
) -> None:
    """Code 4, before a board is started. Not even root can write into /proc."""
    done = tinyhil(*arguments, "--clips", "1", **variables)
    assert (done.returncode, done.stdout) == (4, "")
    assert words in told(done)


def test_a_disk_that_is_full_during_a_build_is_no_fault_of_the_toolchain(tinyhil: Tinyhil, tmp_path: Path) -> None:
    """Code 4, with the tool's own line; the files tell it too."""
    tool = tmp_path / "bin" / "arduino-cli"
    tool.parent.mkdir()
    said = "cc1plus: fatal error: error writing to /builds/x.o: No space left on device"
    failure = json.dumps({"compiler_err": f"In file x:\n{said}\ncompilation terminated.", "error": "exit status 1"})
    (tmp_path / "failure.json").write_text(failure)
    real = shutil.which("arduino-cli", path=toolchain.search_path())
    tool.write_text(f"""#!/bin/sh
case "$*" in
    *compile*) cat {tmp_path}/failure.json; exit 1 ;;
    *) exec {real} "$@" ;;
esac
""")
    tool.chmod(0o755)
    home = Path(sys.executable).parent / "arduino-cli"
    assert not home.exists(), f"{home} would be taken before the one that this test makes"
    done = tinyhil(
        "--levels", "int8-tflite", "--clips", "1", "--out", "out", PATH=f"{tool.parent}{os.pathsep}{os.environ['PATH']}"
    )
    assert done.returncode == 4
    assert f"the disk failed during arduino-cli compile ({said}); make room, or set TINYHIL_HOME and TMPDIR" in told(
        done
    )
    assert results.read(tmp_path / "out" / "results.json")["verdict"]["code"] == 4
    assert [case.get("name") for case in cases(tmp_path / "out")] == ["campaign"]


def test_a_build_folder_that_fills_up_is_named(tinyhil: Tinyhil, tmp_path: Path) -> None:
    """Code 4, before the compiler is started: a copy of the sketch has no room."""
    done = tinyhil("--levels", "int8-tflite", "--clips", "1", through='ulimit -f 20; exec "$@"', TINYHIL_HOME="home")
    assert done.returncode == 4
    assert f"tinyhil: {tmp_path}/home/arduino-" in told(done)
    assert "can't be written: File too large; make room, or set TINYHIL_HOME to another folder" in told(done)
