"""The zoo's files: what ships, and what is wrong with one that can't be used."""

from __future__ import annotations

import hashlib
import re
import shutil
import zipfile
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from host_models import matrix, zoo
from host_models.errors import HostModelError, LevelError
from host_models.zoo import checksums

if TYPE_CHECKING:
    from collections.abc import Callable

    from host_models.model import QuantizedModel


@pytest.fixture
def shipped_copy(tmp_path: Path) -> Path:
    """Copy the shipped zoo to a folder in which it may be damaged."""
    folder = tmp_path / "zoo"
    shutil.copytree(Path(zoo.__file__).parent, folder, ignore=shutil.ignore_patterns("__pycache__", "*.py"))
    return folder


def write(folder: Path, **arrays: np.ndarray) -> None:
    """Write a file of the level fp32 with its checksum."""
    np.savez(folder / "fp32.npz", **arrays)
    checksums.record(folder / "fp32.npz")


def test_the_zoo_holds_the_matrix_and_its_floats() -> None:
    """All 62 levels, then the 28 pruned floats, in that order."""
    assert zoo.levels() == tuple(str(level) for level in (*matrix.levels(), *matrix.float_levels()))


def test_a_level_s_file_is_small() -> None:
    """Some 20 KB for integers; no file is above 4 MB, nor all together."""
    sizes = {level: (Path(zoo.__file__).parent / f"{level}.npz").stat().st_size for level in zoo.levels()}
    assert max(size for level, size in sizes.items() if not level.startswith("fp32")) < 20_000
    assert sum(sizes.values()) < 4_000_000


@pytest.mark.parametrize("level", zoo.levels())
def test_every_level_loads_and_knows_its_name(level: str) -> None:
    """The id inside the file is that of its name."""
    model = zoo.load(level)
    assert model.level == level
    assert model.labels == ("silence", "unknown", "yes", "no")


def test_a_model_comes_back_as_it_was_saved(make_random_model: Callable[..., QuantizedModel], tmp_path: Path) -> None:
    """Every field, with its type; the same model makes the same bytes."""
    model = make_random_model(1, bits=5)
    path = zoo.save(model, tmp_path)
    first = path.read_bytes()
    back = zoo.load(model.level, tmp_path)
    for field in fields(model):
        was, is_ = getattr(model, field.name), getattr(back, field.name)
        assert type(is_) is type(was), field.name
        assert np.array_equal(is_, was), field.name
    assert zoo.save(model, tmp_path).read_bytes() == first


def test_a_level_that_is_not_there_is_told_from_one_that_is_none() -> None:
    """Both sentences help: one lists the zoo, the other the form of an id."""
    with pytest.raises(
        LevelError,
        match=r"level w7a3-sym-qat is not in the zoo, which has fp32, int8-tflite, w8a8-asym-ptq and \d+ more; ",
    ):
        zoo.load("w7a3-sym-qat")
    with pytest.raises(LevelError, match=r"'\.\./fp32' is no level"):
        zoo.load("../fp32")


def test_a_file_of_another_version_is_refused(tmp_path: Path) -> None:
    """The sentence tells both versions."""
    write(tmp_path, format_version=np.asarray(99), kind=np.asarray("float"))
    with pytest.raises(HostModelError, match="has format version 99, this program reads 1"):
        zoo.load("fp32", tmp_path)


def test_a_file_with_other_fields_is_refused(tmp_path: Path) -> None:
    """A field that is missing or unknown is named."""
    write(tmp_path, format_version=np.asarray(1), kind=np.asarray("float"), weights=np.zeros(3))
    with pytest.raises(HostModelError, match=r"conv_bias.*weights"):
        zoo.load("fp32", tmp_path)


@pytest.mark.parametrize("data", [b"", b"not a zip file at all"])
def test_a_file_that_never_was_a_model_is_refused(tmp_path: Path, data: bytes) -> None:
    """Even with its checksum; the sentence names the file."""
    (tmp_path / "fp32.npz").write_bytes(data)
    checksums.record(tmp_path / "fp32.npz")
    with pytest.raises(HostModelError, match=r"fp32\.npz can't be read"):
        zoo.load("fp32", tmp_path)


def test_a_file_under_another_s_name_is_refused(
    make_random_model: Callable[..., QuantizedModel], tmp_path: Path
) -> None:
    """A level's numbers would be taken for those of another."""
    zoo.save(make_random_model(1, bits=5), tmp_path).rename(tmp_path / "fp32.npz")
    checksums.record(tmp_path / "fp32.npz")
    with pytest.raises(HostModelError, match=r"fp32\.npz holds the level w5a5-asym-ptq"):
        zoo.load("fp32", tmp_path)


def altered(path: Path) -> None:
    """Change one weight and write the right CRC beside it, as any program that saves arrays does."""
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files}
    arrays["dense_weights"].flat[0] += 1
    np.savez(path, **arrays)


def cut(path: Path) -> None:
    """Keep what half a download is."""
    path.write_bytes(path.read_bytes()[:5000])


def flipped(path: Path) -> None:
    """Flip one bit in the middle."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("name", "damage"),
    [(name, damage) for name in ("fp32.npz", "fp32.tflite") for damage in (cut, flipped)] + [("fp32.npz", altered)],
)
def test_a_file_that_is_not_as_it_was_made_is_named(
    shipped_copy: Path, name: str, damage: Callable[[Path], None]
) -> None:
    """The arrays or the file for TensorFlow Lite; other levels are whole."""
    damage(shipped_copy / name)
    with pytest.raises(HostModelError, match=rf"{re.escape(name)} is cut short or was altered.*get the zoo again"):
        zoo.load("fp32", shipped_copy)
    assert zoo.load("int8-tflite", shipped_copy).level == "int8-tflite"


def test_a_file_without_a_checksum_is_refused(shipped_copy: Path) -> None:
    """And so is a zoo without any: nobody could tell whether it is whole."""
    (shipped_copy / "w5a3-asym-ptq.npz").write_bytes((shipped_copy / "fp32.npz").read_bytes())
    with pytest.raises(HostModelError, match=r"w5a3-asym-ptq\.npz is not named in SHA256SUMS"):
        zoo.load("w5a3-asym-ptq", shipped_copy)
    (shipped_copy / "SHA256SUMS").unlink()
    with pytest.raises(HostModelError, match=r"SHA256SUMS, the checksums of the zoo, can't be read: No such file"):
        zoo.load("fp32", shipped_copy)


def test_the_checksums_are_those_that_sha256sum_reads(shipped_copy: Path) -> None:
    """Of all files of the shipped zoo, and no others."""
    lines = (shipped_copy / checksums.FILE).read_text().splitlines()
    assert [line.split("  ")[1] for line in lines] == sorted(
        path.name for path in shipped_copy.iterdir() if path.suffix in (".npz", ".tflite")
    )
    for line in lines:
        digest, name = line.split("  ")
        assert hashlib.sha256((shipped_copy / name).read_bytes()).hexdigest() == digest


def test_a_file_that_would_run_code_is_refused(tmp_path: Path) -> None:
    """Objects are pickled in an .npz; loading one must not unpickle."""
    write(tmp_path, format_version=np.asarray(1), kind=np.array([{}], dtype=object))
    with pytest.raises(HostModelError, match=r"can't be read.*allow_pickle"):
        zoo.load("fp32", tmp_path)


def test_the_shipped_files_hold_no_objects() -> None:
    """Their headers name plain types only."""
    for path in zoo.tflite_path("fp32").parent.glob("*.npz"):  # type: ignore[union-attr]
        with zipfile.ZipFile(path) as file:
            assert all(b"'|O'" not in file.read(name)[:256] for name in file.namelist())
