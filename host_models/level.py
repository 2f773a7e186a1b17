"""What a level is and how its id reads: which arithmetic the network runs in, and what was pruned from it.

The ids follow one grammar (EBNF):

    level    = "fp32" [pruning] | "int8-tflite" | weights "a" bits "-" scheme "-" method [pruning] ;
    weights  = "w" bits | "f" bits "e" exponent "m" mantissa ;  (* bits = 1 + exponent + mantissa; never with asym *)
    bits     = "2" | "3" | "4" | "5" | "6" | "7" | "8" ;
    exponent = "1" | "2" | "3" | "4" | "5" ;
    mantissa = "0" | "1" | "2" | "3" | "4" | "5" | "6" ;
    scheme   = "asym" | "sym" | "symw" ;
    method   = "ptq" | "qat" ;
    pruning  = ("-ch" filters ["-" ranking] | "-un" percent) ["-ft"] ;
    filters  = "1" | "2" | "3" | "4" | "5" | "6" | "7" ;
    ranking  = "l1" | "l2" | "linf" | "spread" ;  (* l1 where none is named; canonical ids don't name it *)
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
class Minifloat:
    """A floating-point format of a few bits: a sign, an exponent, and a mantissa, which may have no bits."""

    exponent_bits: int
    mantissa_bits: int

    @property
    def bits(self) -> int:
        """How wide a number is, its sign included."""
        return 1 + self.exponent_bits + self.mantissa_bits

    def __str__(self) -> str:
        """Return the part of a level's id that stands for it."""
        return f"f{self.bits}e{self.exponent_bits}m{self.mantissa_bits}"


@dataclass(frozen=True)
class Quantization:
    """Integer arithmetic of our own: widths from 2 to 8 bits, scheme, method.

    Weights are codes at even steps, or numbers of a minifloat format, which is then as wide as `weight_bits`.
    """

    weight_bits: int
    activation_bits: int
    scheme: Scheme
    method: Method
    minifloat: Minifloat | None = None

    def __str__(self) -> str:
        """Return the part of a level's id that stands for it."""
        weights = self.minifloat or f"w{self.weight_bits}"
        return f"{weights}a{self.activation_bits}-{self.scheme}-{self.method}"


class Fixed(StrEnum):
    """Arithmetic that has no parameters: float, and TensorFlow Lite's int8."""

    FLOAT = "fp32"
    TFLITE_INT8 = "int8-tflite"


class Ranking(StrEnum):
    """By what filters are ranked before the least of them are removed."""

    L1 = "l1"
    L2 = "l2"
    MAXIMUM = "linf"
    SPREAD = "spread"


@dataclass(frozen=True)
class Pruning:
    """What was removed: `filters` of the 8 filters, or `percent` of the convolution's weights; the other is 0."""

    filters: int = 0
    percent: float = 0.0
    fine_tuned: bool = False
    ranking: Ranking = Ranking.L1
    """Of the filters; every norm ranks single weights alike, by their magnitude."""

    def __str__(self) -> str:
        """Return the part of a level's id that stands for it."""
        what = f"-ch{self.filters}" if self.filters else f"-un{self.percent:g}"
        ranking = "" if self.ranking is Ranking.L1 else f"-{self.ranking}"
        return what + ranking + ("-ft" if self.fine_tuned else "")


@dataclass(frozen=True)
class Level:
    """One variant of the network; `str` gives its canonical id, which `parse` reads back."""

    arithmetic: Fixed | Quantization
    pruning: Pruning | None = None

    def __str__(self) -> str:
        """Return the canonical id."""
        return f"{self.arithmetic}{self.pruning or ''}"


_ID = re.compile(
    r"(?:(?P<fixed>fp32|int8-tflite)"
    r"|(?:w(?P<weight>[2-8])|f(?P<width>[2-8])e(?P<exponent>[1-5])m(?P<mantissa>[0-6]))"
    r"a(?P<activation>[2-8])-(?P<scheme>asym|symw|sym)-(?P<method>ptq|qat))"
    r"(?:-ch(?P<filters>[1-7])(?:-(?P<ranking>l1|l2|linf|spread))?|-un(?P<percent>\d{1,2}(?:\.\d{1,4})?))?(?P<tuned>-ft)?"
)


def parse(text: str) -> Level:
    """Read a level's id. Raises LevelError, which shows the form, where the text is no id."""
    match = _ID.fullmatch(text)
    if match is None:
        raise LevelError(
            f"{text!r} is no level; levels read fp32, int8-tflite or w<bits>a<bits>-<asym|sym|symw>-<ptq|qat> "
            "with bits from 2 to 8 (or f<bits>e<bits>m<bits> in place of w<bits>), and may end in "
            "-ch<filters>[-<l1|l2|linf|spread>] or -un<percent>, then -ft"
        )
    pruning = _pruning(text, match)
    if match["fixed"] is not None:
        if pruning is not None and match["fixed"] == Fixed.TFLITE_INT8:
            raise LevelError(f"{text!r} is no level: int8-tflite is not pruned; prune w8a8-sym-ptq instead")
        return Level(Fixed(match["fixed"]), pruning)
    return Level(_quantization(text, match), pruning)


def _quantization(text: str, match: re.Match[str]) -> Quantization:
    """Read widths, scheme and method. Raises LevelError where a minifloat format does not add up."""
    activation_bits, scheme, method = int(match["activation"]), Scheme(match["scheme"]), Method(match["method"])
    if match["weight"] is not None:
        return Quantization(int(match["weight"]), activation_bits, scheme, method)
    minifloat = Minifloat(int(match["exponent"]), int(match["mantissa"]))
    if minifloat.bits != int(match["width"]):
        raise LevelError(
            f"{text!r} is no level: a sign, {minifloat.exponent_bits} exponent and {minifloat.mantissa_bits} mantissa "
            f"bits are {minifloat.bits} bits, not {match['width']}"
        )
    if scheme is Scheme.ASYMMETRIC:
        raise LevelError(f"{text!r} is no level: minifloat weights have a sign, so their scheme is sym or symw")
    return Quantization(minifloat.bits, activation_bits, scheme, method, minifloat)


def _pruning(text: str, match: re.Match[str]) -> Pruning | None:
    """Read what stands after the arithmetic. Raises LevelError where it says nothing is pruned."""
    fine_tuned = match["tuned"] is not None
    if match["filters"] is not None:
        return Pruning(int(match["filters"]), fine_tuned=fine_tuned, ranking=Ranking(match["ranking"] or Ranking.L1))
    if match["percent"] is not None:
        if float(match["percent"]) == 0:
            raise LevelError(f"{text!r} is no level: at 0 percent nothing is pruned; leave -un0 out")
        return Pruning(percent=float(match["percent"]), fine_tuned=fine_tuned)
    if fine_tuned:
        raise LevelError(f"{text!r} is no level: -ft stands after -ch<filters> or -un<percent> only")
    return None
