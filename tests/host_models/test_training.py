"""Made audio, and the road from clips to a zoo in its brief form."""

from __future__ import annotations

import io
import signal
import subprocess
import sys
import zlib
from typing import TYPE_CHECKING

import numpy as np
import pytest

from host_models import dataset, matrix, zoo
from host_models.errors import DataError
from host_models.training import augmentation, noise
from host_models.training.corpus import corpus, is_held_out
from host_models.training.progress import Progress
from host_models.training.recipe import BRIEF

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def speech() -> np.ndarray:
    """Twenty shipped clips of words, int16 (20, 16000)."""
    return dataset.shipped().samples()[20:]


@pytest.mark.parametrize("maker", sorted({*noise.BEHIND_SPEECH, *noise.AS_SILENCE}, key=lambda maker: maker.__name__))
def test_noise_lasts_a_second_at_one_level(maker: noise.Maker, speech: np.ndarray) -> None:
    """Every kind has an RMS of 1, but for digital silence, and no two are alike."""
    first, second = (maker(np.random.default_rng(seed), speech) for seed in (0, 1))
    assert first.shape == (16_000,)
    assert np.isfinite(first).all()
    if maker is noise.nothing:
        assert not first.any()
    else:
        assert np.sqrt(np.mean(first**2)) == pytest.approx(1)
        assert not np.array_equal(first, second)


def test_mixtures_are_probabilities() -> None:
    """They sum to 1."""
    for mixture in (noise.BEHIND_SPEECH, noise.AS_SILENCE):
        assert sum(mixture.values()) == pytest.approx(1)


def test_the_same_seed_makes_the_same_copy(speech: np.ndarray) -> None:
    """A copy depends on its generator alone."""
    copies = [augmentation.heavy(np.random.default_rng(seed), speech[0], speech) for seed in (5, 5, 6)]
    assert np.array_equal(copies[0], copies[1])
    assert not np.array_equal(copies[0], copies[2])
    assert copies[0].dtype == np.int16


def test_a_light_copy_is_the_clip_moved_and_scaled(speech: np.ndarray) -> None:
    """Its best correlation with the clip is near 1, within 100 ms."""
    clip = speech[3].astype(float)
    copy = augmentation.light(np.random.default_rng(1), speech[3]).astype(float)
    correlation = np.fft.irfft(np.fft.rfft(copy, 32_000) * np.conj(np.fft.rfft(clip, 32_000)))
    lag = int((correlation.argmax() + 16_000) % 32_000 - 16_000)
    assert abs(lag) <= 1600
    assert correlation.max() / np.linalg.norm(clip) / np.linalg.norm(copy) > 0.95


def test_loud_copies_are_clipped_not_wrapped() -> None:
    """A sum beyond int16 stays at its end."""
    assert augmentation.to_int16(np.array([1e6, -1e6, 0.4, -0.6])).tolist() == [32_767, -32_768, 0, -1]


def _words(folder: Path) -> Path:
    """Write a small data set in both layouts from the shipped clips; the speakers are numbered, so all splits occur."""
    clips = dataset.shipped().clips
    for index, clip in enumerate(clip for clip in clips if clip.label):
        for copy in range(2):
            path = (
                folder / "speech_commands" / clip.path.parent.name.strip("_") / f"{2 * index + copy:08x}_nohash_0.wav"
            )
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(clip.path.read_bytes())
    for clip in clips:
        path = folder / "speech_commands_test" / clip.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(clip.path.read_bytes())
    return folder


def test_held_out_speakers_are_kept_apart(tmp_path: Path) -> None:
    """No copy of their clips is among those of the training speakers."""
    clips = dataset.load(_words(tmp_path), dataset.Split.TRAINING)
    made = corpus(clips, BRIEF, 0, Progress(io.StringIO()))
    held_out = sum(is_held_out(clip) for clip in clips.clips)
    copies = 1 + BRIEF.light_copies + BRIEF.heavy_copies
    assert 0 < held_out < len(clips)
    assert len(made.held_out) == held_out * copies
    assert len(made.training()) == (len(clips) - held_out) * copies + BRIEF.silence_clips
    assert len(made.validation) == held_out + BRIEF.validation_silence_clips


def test_clips_of_one_speaker_are_too_few(tmp_path: Path) -> None:
    """Nobody could be held out; the sentence says so before any work is done."""
    clips = dataset.load(_words(tmp_path), dataset.Split.TRAINING)
    with pytest.raises(DataError, match="too few speakers"):
        corpus(dataset.Dataset(clips.clips[:1], "one clip"), BRIEF, 0, Progress(io.StringIO()))


def _train(folder: Path, *options: str, seed: int = 7) -> subprocess.CompletedProcess[str]:
    """Run the command with the brief recipe on the small data set in `folder`; its zoo is `folder`/zoo.

    It is a process of its own: PyTorch's optimizers load Triton, which aborts where TensorFlow was loaded before.
    """
    command = [sys.executable, "-m", "host_models.training", "--recipe", "brief", "--seed", str(seed), *options]
    where = ["--data", str(folder), "--out", str(folder / "zoo")]
    return subprocess.run([*command, *where], check=True, capture_output=True, text=True, timeout=300)


def _hashes(folder: Path) -> dict[str, int]:
    """CRC-32 of each level's file, which is the same for the same model."""
    return {level: zlib.crc32((folder / f"{level}.npz").read_bytes()) for level in zoo.levels(folder)}


@pytest.mark.extras
@pytest.mark.timeout(320)
def test_the_command_makes_a_zoo_with_its_card(tmp_path: Path) -> None:
    """Every level of the matrix and its floats, the TensorFlow Lite files, and a card with recipe, seed and data."""
    _train(_words(tmp_path))
    folder = tmp_path / "zoo"
    assert zoo.levels(folder) == tuple(str(level) for level in (*matrix.levels(), *matrix.float_levels()))
    assert all(zoo.tflite_path(level, folder) for level in ("fp32", "int8-tflite"))
    assert [zoo.load(level, folder).level for level in zoo.levels(folder)] == list(zoo.levels())
    card = (folder / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "--recipe brief --seed 7" in card
    assert "40 of the official test set (silence 10, unknown 10, yes 10, no 10)" in card
    assert all(f"| `{level}` |" in card for level in zoo.levels(folder))


ODD_LEVELS = "w4a4-asym-qat-un50-ft,w3a8-sym-ptq-ch2-spread,f4e2m1a8-symw-qat"
"""None of the matrix: one that is trained three times, one that is trained once, one with minifloat weights."""


@pytest.fixture(scope="module")
def odd_levels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, int]:
    """Train them from seed 7, and give their hashes."""
    folder = _words(tmp_path_factory.mktemp("odd"))
    _train(folder, "--levels", ODD_LEVELS)
    return _hashes(folder / "zoo")


@pytest.mark.extras
@pytest.mark.timeout(320)
def test_a_seed_makes_one_zoo(odd_levels: dict[str, int], tmp_path: Path) -> None:
    """Levels are equal to the last bit, whatever else is made beside them; another seed gives others."""
    assert set(odd_levels) == set(ODD_LEVELS.split(","))
    _train(_words(tmp_path), "--levels", f"fp32-ch1-ft,{ODD_LEVELS}")
    assert odd_levels.items() <= _hashes(tmp_path / "zoo").items()
    _train(tmp_path, "--levels", ODD_LEVELS, seed=8)
    assert not odd_levels.items() & _hashes(tmp_path / "zoo").items()


@pytest.mark.extras
@pytest.mark.timeout(320)
def test_a_training_goes_on_after_it_was_killed(odd_levels: dict[str, int], tmp_path: Path) -> None:
    """What was finished is not done again, and the zoo is that of a run that nobody ended."""
    _words(tmp_path)
    command = [sys.executable, "-m", "host_models.training", "--recipe", "brief", "--seed", "7", "--levels", ODD_LEVELS]
    where = ["--data", str(tmp_path), "--out", str(tmp_path / "zoo")]
    with subprocess.Popen([*command, *where], stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        before = ""
        for line in running.stderr:
            before += line
            if "] student: " in line:
                break
        running.kill()
    assert "features of clips" in before
    assert not zoo.levels(tmp_path / "zoo")

    after = _train(tmp_path, "--levels", ODD_LEVELS).stderr
    assert "features of" not in after
    assert "] teacher" not in after
    assert "] quantization-aware" in after
    assert _hashes(tmp_path / "zoo") == odd_levels


@pytest.mark.extras
@pytest.mark.parametrize("ended_by", [signal.SIGKILL, signal.SIGINT])
def test_the_rehearsal_ends_with_the_training(tmp_path: Path, ended_by: signal.Signals) -> None:
    """Neither a kill nor an interrupt leaves a process behind; an interrupt is answered by a sentence."""
    _words(tmp_path)
    command = [sys.executable, "-m", "host_models.training", "--data", str(tmp_path), "--out", str(tmp_path / "zoo")]
    with subprocess.Popen([*command, "--recipe", "brief"], stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        assert any("] rehearsal: " in line for line in running.stderr)
        running.send_signal(ended_by)
        rest = running.stderr.read()  # ends once no process is left that could write
    assert "rehearsal: levels: 90/90" not in rest
    if ended_by is signal.SIGINT:
        assert running.returncode == 130
        assert rest.splitlines()[-1] == "interrupted; the same command goes on with the stage that it was in"
    assert "Traceback" not in rest


@pytest.mark.extras
def test_training_without_a_folder_of_clips_ends_with_one_sentence(tmp_path: Path) -> None:
    """The folder is named, and no hours are spent."""
    command = [sys.executable, "-m", "host_models.training", "--data", str(tmp_path / "no"), "--out", str(tmp_path)]
    ended = subprocess.run(command, check=False, capture_output=True, text=True, timeout=100)
    assert ended.returncode == 2
    assert "is no folder; name one that holds Speech Commands clips" in ended.stderr
    assert "Traceback" not in ended.stderr
