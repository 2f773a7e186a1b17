"""How Python source here becomes native code: the compiler's options, its cache, and raw addresses."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import llvmlite.binding  # type: ignore[import-untyped]
import numba
import numpy as np
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

if TYPE_CHECKING:
    from collections.abc import Iterator

Function = TypeVar("Function", bound=Callable[..., object])

POINTER = types.voidptr
I64 = types.int64
U64 = types.uint64
U32 = types.uint32
I32 = types.int32
U8 = types.uint8
VOID = types.void


def native(function: Function) -> Function:
    """Compile `function` when native code first calls it; division does not raise, array bounds are not checked."""
    compiled = numba.njit(function, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)
    return cast("Function", compiled)


@native
def signed(value: int) -> int:
    """Make any integer an int64: numba makes a float of a sum of signed and unsigned 64-bit integers."""
    return np.int64(value)  # type: ignore[return-value] # an int to the type checker, an int64 to native code


def callback(signature: object) -> Callable[[Callable[..., object]], int]:
    """Compile a function of C `signature` now (or load it from the cache) and return its address."""

    def compiled(function: Callable[..., object]) -> int:
        with _cache_directory():
            code = numba.cfunc(signature, cache=True, error_model="numpy")(function)
        _KEEP.append(code)
        return int(code.address)

    return compiled


def add_symbol(name: str, address: int) -> None:
    """Let native code call the function at `address` by `name`."""
    llvmlite.binding.add_symbol(name, address)


def exported(name: str, signature: Any) -> Callable[[Callable[..., object]], Any]:  # noqa: ANN401
    """Compile a function of C `signature` once, for other native code to call by `name` instead of taking it in."""

    def compiled(function: Callable[..., object]) -> object:
        add_symbol(name, callback(signature)(function))
        return types.ExternalFunction(name, signature)

    return compiled


_KEEP: list[object] = []
"""Compiled callbacks: the engine knows only their addresses, so something must hold them."""


@contextmanager
def _cache_directory() -> Iterator[None]:
    """Direct numba's cache to a directory named by a digest of this package's source.

    numba itself looks only at the file of the compiled function, not at the files of the functions it calls.
    """
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(CACHE)
    try:
        yield
    finally:
        numba.config.CACHE_DIR = before


def _cache_path() -> Path:
    digest = hashlib.sha256(numba.__version__.encode())
    for source in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(source.read_bytes())
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    path = Path(home) / "simulator-native" / digest.hexdigest()[:16]
    try:
        path.mkdir(parents=True, exist_ok=True)
        _forget_other_versions(path)
    except OSError:
        user = os.getuid() if hasattr(os, "getuid") else "own"  # on Windows each user has a temporary folder
        path = Path(tempfile.gettempdir()) / f"simulator-native-{user}" / path.name
        path.mkdir(parents=True, exist_ok=True)
    return path


def _forget_other_versions(path: Path) -> None:
    """Remove what sources that have changed since were compiled to, if nobody used it for a month."""
    path.touch()
    for other in path.parent.iterdir():
        if time.time() - other.stat().st_mtime > _KEEP_S:
            shutil.rmtree(other, ignore_errors=True)


_KEEP_S = 30 * 24 * 3600
CACHE = _cache_path()
"""Directory in which the compiled functions of this source are kept."""


@intrinsic  # type: ignore[untyped-decorator]
def pointer(_typing: object, _address: object) -> object:
    """Return the pointer whose numeric value is an int64, for `carray`."""

    def generate(_context: object, builder: Any, _signature: object, arguments: Any) -> object:  # noqa: ANN401
        return builder.inttoptr(arguments[0], cgutils.voidptr_t)

    return POINTER(I64), generate


@intrinsic  # type: ignore[untyped-decorator]
def load_byte(_typing: object, _address: object) -> object:
    """Return the byte at an address of this process."""

    def generate(_context: object, builder: Any, _signature: object, arguments: Any) -> object:  # noqa: ANN401
        return builder.load(builder.inttoptr(arguments[0], cgutils.voidptr_t))

    return U8(I64), generate


@intrinsic  # type: ignore[untyped-decorator]
def store_byte(_typing: object, _address: object, _value: object) -> object:
    """Put a byte at an address of this process."""

    def generate(context: Any, builder: Any, _signature: object, arguments: Any) -> object:  # noqa: ANN401
        builder.store(arguments[1], builder.inttoptr(arguments[0], cgutils.voidptr_t))
        return context.get_dummy_value()

    return types.void(I64, U8), generate
