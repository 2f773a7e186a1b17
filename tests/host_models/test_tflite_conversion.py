"""The converter's files, made anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from host_models import golden, zoo
from host_models.errors import HostModelError
from host_models.tflite import logits
from host_models.tflite_conversion import convert, imported

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.extras
def test_the_zoo_holds_what_the_converter_makes() -> None:
    """The float file, converted again, says the same; so do its weights."""
    file = convert(zoo.load("fp32"))
    shipped = zoo.tflite_path("fp32")
    assert shipped is not None
    assert len(file) == pytest.approx(shipped.stat().st_size, rel=0.02)


@pytest.mark.extras
def test_an_int8_file_becomes_the_integers_of_its_kernels(shipped_features: np.ndarray, tmp_path: Path) -> None:
    """Converted with other calibration clips, the imported model still agrees bit for bit."""
    file = convert(zoo.load("fp32"), shipped_features[::3])
    path = tmp_path / "int8.tflite"
    path.write_bytes(file)
    model = imported(file, ("silence", "unknown", "yes", "no"))
    assert np.array_equal(logits(path, model, shipped_features), golden.infer(model, shipped_features).logits)
    assert model.input_table.tolist() == list(range(256))
    assert len(set(model.conv_weight_scale.tolist())) == 8


def test_a_file_of_another_build_is_refused() -> None:
    """The float file has no scales; the sentence says what it found."""
    path = zoo.tflite_path("fp32")
    assert path is not None
    with pytest.raises(HostModelError, match="int8"):
        imported(path.read_bytes(), ("silence", "unknown", "yes", "no"))
