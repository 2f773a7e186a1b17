"""Made audio, and the road from clips to a zoo in its brief form."""

from __future__ import annotations

import io
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from host_models import dataset, zoo
from host_models.errors import DataError
from host_models.training import augmentation, noise
from host_models.training.corpus import corpus, is_held_out
from host_models.training.evaluation import Accuracy
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


@pytest.mark.parametrize(
    ("right", "clips", "low", "high"), [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (81, 263, 0.2553, 0.3662)]
)
def test_the_interval_is_wilsons(right: int, clips: int, low: float, high: float) -> None:
    """Known values, the last from R. G. Newcombe, Statistics in Medicine 17 (1998) 857-872, table I."""
    assert Accuracy(right, clips).interval() == pytest.approx((low, high), abs=5e-5)


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


TRAIN_THREE = """
import io, sys, zlib
import torch
from pathlib import Path
from host_models import dataset
from host_models.training.corpus import corpus, training_clips
from host_models.training.pipeline import train
from host_models.training.progress import Progress
from host_models.training.recipe import BRIEF

torch.set_num_threads(1)
quiet = Progress(io.StringIO())
made = corpus(training_clips(Path(sys.argv[1]), BRIEF.clip_limit, 0), BRIEF, 0, quiet)
for seed in (1, 1, 2):
    weights = train(made.copies, BRIEF, seed, quiet).state_dict().values()
    print(zlib.crc32(b"".join(tensor.numpy().tobytes() for tensor in weights)))
"""
"""In a process of its own: PyTorch's optimizers load Triton, which aborts where TensorFlow was loaded before."""


@pytest.mark.extras
def test_the_same_seed_trains_the_same_network(tmp_path: Path) -> None:
    """Weights are equal to the last bit; another seed gives others."""
    command = [sys.executable, "-c", TRAIN_THREE, str(_words(tmp_path))]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=110)
    first, second, third = done.stdout.split()
    assert first == second
    assert first != third


@pytest.mark.extras
def test_the_command_makes_a_zoo_with_its_card(tmp_path: Path) -> None:
    """Every level of the shipped zoo, the TensorFlow Lite files, and a card that names recipe, seed and data."""
    folder = tmp_path / "zoo"
    command = [sys.executable, "-m", "host_models.training", "--recipe", "brief", "--seed", "7", "--out", str(folder)]
    subprocess.run([*command, "--data", str(_words(tmp_path))], check=True, capture_output=True, timeout=110)
    assert zoo.levels(folder) == zoo.levels()
    assert all(zoo.tflite_path(level, folder) for level in ("fp32", "int8-tflite"))
    assert [zoo.load(level, folder).level for level in zoo.levels(folder)] == list(zoo.levels())
    card = (folder / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "--recipe brief --seed 7" in card
    assert "40 of the official test set (silence 10, unknown 10, yes 10, no 10)" in card


@pytest.mark.extras
def test_training_without_a_folder_of_clips_ends_with_one_sentence(tmp_path: Path) -> None:
    """The folder is named, and no hours are spent."""
    command = [sys.executable, "-m", "host_models.training", "--data", str(tmp_path / "no"), "--out", str(tmp_path)]
    ended = subprocess.run(command, check=False, capture_output=True, text=True, timeout=100)
    assert ended.returncode == 2
    assert "is no folder; name one that holds Speech Commands clips" in ended.stderr
    assert "Traceback" not in ended.stderr
