"""How a class of annotations becomes the memory layout that native code and Python share."""

from __future__ import annotations

from typing import Annotated, Any, cast, get_type_hints

import numpy as np
from numpy.typing import NDArray

Int = Annotated[int, np.int64]
Words = NDArray[np.uint32]
Integers = NDArray[np.int64]
Bytes = NDArray[np.uint8]


def scalars_of(record: NDArray[np.void]) -> object:
    """Return an object whose attributes are the integers of the one-element `record`, as Python's own.

    The record's own attributes are the same memory, but take ten times as long, and are the way to its arrays.
    """
    structure = np.ctypeslib.as_ctypes_type(cast("Any", record.dtype))
    return cast("Any", structure).from_buffer(record)


def dtype_of(layout: type) -> np.dtype[np.void]:
    """Return the numpy record type of `layout`, whose annotations are `Int` or `Annotated[array, scalar, shape]`."""
    fields = []
    for name, hint in get_type_hints(layout, include_extras=True).items():
        scalar, *shape = hint.__metadata__
        fields.append((name, scalar, shape[0] if shape else ()))
    return np.dtype(fields, align=True)
