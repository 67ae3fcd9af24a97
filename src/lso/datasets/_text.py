"""What sources share: decoding, random subsets, canonical molecules."""

import gzip
import logging
import zlib
from collections.abc import Iterable
from typing import TypeVar

import numpy as np

from lso.molecules import canonical

Item = TypeVar("Item", str, bytes)

logger = logging.getLogger(__name__)


def read_text(files: dict[str, bytes]) -> str:
    """Decode the only file of a data set, decompressing it if need be.

    Raises:
        ValueError: where there is not one file, or it is truncated, empty or no UTF-8.
    """
    if len(files) != 1:
        raise ValueError(f"expected one file, got {sorted(files) or 'none'}")
    [(name, content)] = files.items()
    if content.startswith(b"\x1f\x8b"):
        try:
            content = gzip.decompress(content)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise ValueError(f"{name}: damaged gzip file: {error}") from error
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{name}: expected UTF-8 text: {error}") from error
    if not text.strip():
        raise ValueError(f"{name}: empty file")
    return text


def check_limit(limit: int | None) -> None:
    """Raise ValueError unless a subset size is positive or `None`."""
    if limit is not None and limit < 1:
        raise ValueError(f"limit must be at least 1 or null, got {limit}")


def draw_subset(items: Iterable[Item], limit: int | None, seed: int) -> list[Item]:
    """Draw `limit` items without replacement, in their order; all where there are no more."""
    items = list(items)
    if limit is None or limit >= len(items):
        return items
    chosen = np.random.default_rng(seed).choice(len(items), size=limit, replace=False)
    return [items[i] for i in np.sort(chosen)]


def canonicalise(smiles: Iterable[str]) -> list[str]:
    """Rewrite molecules as canonical SMILES without stereochemistry; drop those invalid."""
    rewritten = [canonical(item, isomeric=False) for item in smiles]
    molecules = [item for item in rewritten if item is not None]
    if dropped := len(rewritten) - len(molecules):
        logger.warning("dropped %d of %d molecules: invalid SMILES", dropped, len(rewritten))
    return molecules
