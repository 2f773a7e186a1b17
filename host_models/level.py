"""What a level is and how its id reads: which arithmetic the network runs in, and what was pruned from it.

The ids follow one grammar (EBNF):

    level    = "fp32" [pruning] | "int8-tflite" | "w" bits "a" bits "-" scheme "-" method [pruning] ;
    bits     = "2" | "3" | "4" | "5" | "6" | "7" | "8" ;
    scheme   = "asym" | "sym" | "symw" ;
    method   = "ptq" | "qat" ;
    pruning  = ("-ch" filters | "-un" percent) ["-ft"] ;
    filters  = "1" | ... | "7" ;
    percent  = digits ["." digits] ;  (* above 0, below 100 *)
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from host_models.errors import LevelError


class Scheme(StrEnum):
    """How codes stand for real values."""

    ASYMMETRIC = "asym"
    SYMMETRIC = "sym"
    SYMMETRIC_WEIGHTS = "symw"


class Method(StrEnum):
    """When the network learned that it would be quantized: after training, or while it was trained."""

    POST_TRAINING = "ptq"
    QUANTIZATION_AWARE = "qat"


@dataclass(frozen=True)
class Quantization:
    """Integer arithmetic of our own: widths from 2 to 8 bits, scheme, method."""

    weight_bits: int
    activation_bits: int
    scheme: Scheme
    method: Method

    def __str__(self) -> str:
        """Return the part of a level's id that stands for it."""
        return f"w{self.weight_bits}a{self.activation_bits}-{self.scheme}-{self.method}"


class Fixed(StrEnum):
    """Arithmetic that has no parameters: float, and TensorFlow Lite's int8."""

    FLOAT = "fp32"
    TFLITE_INT8 = "int8-tflite"


@dataclass(frozen=True)
class Pruning:
    """What was removed: `filters` of the 8 filters, or `percent` of the convolution's weights; the other is 0."""

    filters: int = 0
    percent: float = 0.0
    fine_tuned: bool = False

    def __str__(self) -> str:
        """Return the part of a level's id that stands for it."""
        what = f"-ch{self.filters}" if self.filters else f"-un{self.percent:g}"
        return what + ("-ft" if self.fine_tuned else "")


@dataclass(frozen=True)
class Level:
    """One variant of the network; `str` gives its canonical id, which `parse` reads back."""

    arithmetic: Fixed | Quantization
    pruning: Pruning | None = None

    def __str__(self) -> str:
        """Return the canonical id."""
        return f"{self.arithmetic}{self.pruning or ''}"


_ID = re.compile(
    r"(?:(?P<fixed>fp32|int8-tflite)|w(?P<weight>[2-8])a(?P<activation>[2-8])-(?P<scheme>asym|symw|sym)-(?P<method>ptq|qat))"
    r"(?:-ch(?P<filters>[1-7])|-un(?P<percent>\d{1,2}(?:\.\d{1,4})?))?(?P<tuned>-ft)?"
)


def parse(text: str) -> Level:
    """Read a level's id. Raises LevelError, which shows the form, where the text is no id."""
    match = _ID.fullmatch(text)
    if match is None:
        raise LevelError(
            f"{text!r} is no level; levels read fp32, int8-tflite or w<bits>a<bits>-<asym|sym|symw>-<ptq|qat> "
            "with bits from 2 to 8, and may end in -ch<filters> or -un<percent>, then -ft"
        )
    pruning = _pruning(text, match)
    if match["fixed"] is not None:
        if pruning is not None and match["fixed"] == Fixed.TFLITE_INT8:
            raise LevelError(f"{text!r} is no level: int8-tflite is not pruned; prune w8a8-sym-ptq instead")
        return Level(Fixed(match["fixed"]), pruning)
    quantization = Quantization(
        int(match["weight"]), int(match["activation"]), Scheme(match["scheme"]), Method(match["method"])
    )
    return Level(quantization, pruning)


def _pruning(text: str, match: re.Match[str]) -> Pruning | None:
    """Read what stands after the arithmetic. Raises LevelError where it says nothing is pruned."""
    fine_tuned = match["tuned"] is not None
    if match["filters"] is not None:
        return Pruning(filters=int(match["filters"]), fine_tuned=fine_tuned)
    if match["percent"] is not None:
        if float(match["percent"]) == 0:
            raise LevelError(f"{text!r} is no level: at 0 percent nothing is pruned; leave -un0 out")
        return Pruning(percent=float(match["percent"]), fine_tuned=fine_tuned)
    if fine_tuned:
        raise LevelError(f"{text!r} is no level: -ft stands after -ch<filters> or -un<percent> only")
    return None
