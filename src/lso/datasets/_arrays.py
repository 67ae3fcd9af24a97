"""Pickled tuples of number arrays, read by an unpickler that cannot call anything else."""

import gzip
import io
import pickle
from typing import Any

import numpy as np

LARGEST = 2**29  # bytes after decompression; the digits take 220 MB
NUMBERS = ("f4", "f8", "i4", "i8", "u1")


def read_arrays(name: str, content: bytes) -> Any:
    """Read a pickle, gzip-compressed or not, of tuples of NumPy arrays.

    Every other class or function that the file asks for ends the reading before it is called.

    Args:
        name: of the file, for messages.
        content: its bytes.

    Raises:
        ValueError: it is damaged, too large, or asks for anything but arrays of numbers.
    """
    try:
        if content.startswith(b"\x1f\x8b"):
            content = gzip.GzipFile(fileobj=io.BytesIO(content)).read(LARGEST + 1)
        if len(content) > LARGEST:
            raise ValueError(f"larger than {LARGEST} bytes")
        return _ArrayUnpickler(io.BytesIO(content), encoding="latin1").load()
    except Exception as error:  # a damaged pickle may raise anything
        raise ValueError(
            f"{name}: expected a pickle of nothing but number arrays: {error or type(error)}"
        ) from None


def _empty(kind: str, shape: tuple, code: str | bytes) -> np.ndarray:
    """Stands for NumPy's function of this role: an array that the pickle fills next."""
    return np.empty(0, dtype="u1")


def _numbers(code: str, *flags: int) -> np.dtype:
    """Stands for `numpy.dtype`, without objects or records."""
    if code not in NUMBERS:
        raise pickle.UnpicklingError(f"arrays of {code!r}; known: {', '.join(NUMBERS)}")
    return np.dtype(code, copy=True)


# the names by which old and new NumPy pickle arrays
ADMITTED = {
    ("numpy.core.multiarray", "_reconstruct"): _empty,
    ("numpy._core.multiarray", "_reconstruct"): _empty,
    ("numpy", "ndarray"): "ndarray",
    ("numpy", "dtype"): _numbers,
}


class _ArrayUnpickler(pickle._Unpickler):
    """Knows the names of `ADMITTED` only.

    The unpickler written in Python: the other one sets aside memory for as many objects as a
    hostile file says it has.
    """

    def find_class(self, module: str, name: str) -> Any:
        """Look a name up; nothing is imported."""
        if (module, name) not in ADMITTED:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}")
        return ADMITTED[module, name]
