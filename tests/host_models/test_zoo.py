"""The zoo's files: what ships, and what is wrong with one that can't be used."""

from __future__ import annotations

import zipfile
from dataclasses import fields
from typing import TYPE_CHECKING

import numpy as np
import pytest

from host_models import matrix, zoo
from host_models.errors import HostModelError, LevelError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from host_models.model import QuantizedModel


def test_levels_stand_in_the_order_of_the_matrix() -> None:
    """Float first, the pruned floats last."""
    order = [str(level) for level in (*matrix.levels(), *matrix.float_levels())]
    assert list(zoo.levels()) == sorted(zoo.levels(), key=order.index)


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
    np.savez(tmp_path / "fp32.npz", format_version=np.asarray(99), kind=np.asarray("float"))
    with pytest.raises(HostModelError, match="has format version 99, this program reads 1"):
        zoo.load("fp32", tmp_path)


def test_a_file_with_other_fields_is_refused(tmp_path: Path) -> None:
    """A field that is missing or unknown is named."""
    np.savez(tmp_path / "fp32.npz", format_version=np.asarray(1), kind=np.asarray("float"), weights=np.zeros(3))
    with pytest.raises(HostModelError, match=r"conv_bias.*weights"):
        zoo.load("fp32", tmp_path)


@pytest.mark.parametrize("data", [b"", b"not a zip file at all"])
def test_a_damaged_file_is_refused(tmp_path: Path, data: bytes) -> None:
    """The sentence names the file."""
    (tmp_path / "fp32.npz").write_bytes(data)
    with pytest.raises(HostModelError, match=r"fp32\.npz can't be read"):
        zoo.load("fp32", tmp_path)


def test_a_cut_file_is_refused(tmp_path: Path) -> None:
    """Half a download is no model."""
    (tmp_path / "fp32.npz").write_bytes((zoo.tflite_path("fp32").with_suffix(".npz")).read_bytes()[:5000])  # type: ignore[union-attr]
    with pytest.raises(HostModelError, match=r"fp32\.npz can't be read"):
        zoo.load("fp32", tmp_path)


def test_a_file_that_would_run_code_is_refused(tmp_path: Path) -> None:
    """Objects are pickled in an .npz; loading one must not unpickle."""
    np.savez(tmp_path / "fp32.npz", format_version=np.asarray(1), kind=np.array([{}], dtype=object))
    with pytest.raises(HostModelError, match=r"can't be read.*allow_pickle"):
        zoo.load("fp32", tmp_path)


def test_the_shipped_files_hold_no_objects() -> None:
    """Their headers name plain types only."""
    for path in zoo.tflite_path("fp32").parent.glob("*.npz"):  # type: ignore[union-attr]
        with zipfile.ZipFile(path) as file:
            assert all(b"'|O'" not in file.read(name)[:256] for name in file.namelist())
