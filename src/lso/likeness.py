"""How objects compare with the data: new or not, realistic or not, how far from the nearest.

Objects are sets of features, and the distance of two is that of Tanimoto (Jaccard),
1 - |A ∩ B| / |A ∪ B|, in [0, 1], so that one number serves molecules, texts and images.
"""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float
from rdkit.Chem.rdFingerprintGenerator import GetMorganGenerator
from scipy.sparse import csr_array
from sklearn.feature_extraction.text import HashingVectorizer

from lso.molecules import canonical, parse
from lso.objectives._quality import passes_quality_filter

BITS, RADIUS = 2048, 2  # of Morgan fingerprints
CHUNK = 64  # objects that are compared with all data at once


@runtime_checkable
class _ObjectKind(Protocol):
    def keys(self, objects: Sequence) -> list:
        """Return what is equal for equal objects, such as canonical SMILES."""

    def features(self, objects: Sequence) -> csr_array:
        """Return (n, f) sets of features, 1 where an object has one."""

    def realistic(self, objects: Sequence) -> Bool[np.ndarray, "n"] | None:
        """Tell which an expert would look at; None where nothing is known of that."""


class Molecules:
    """SMILES: Morgan fingerprints of radius 2, and the quality filter of ronen2024."""

    def keys(self, objects: Sequence[str]) -> list[str | None]:
        """Return canonical SMILES; stereochemistry does not count."""
        return [canonical(smiles, isomeric=False) for smiles in objects]

    def features(self, objects: Sequence[str]) -> csr_array:
        """Return substructures around every atom, hashed to 2,048 bits."""
        generator = GetMorganGenerator(radius=RADIUS, fpSize=BITS)
        bits = [list(generator.GetFingerprint(parse(smiles)).GetOnBits()) for smiles in objects]
        ends = np.cumsum([0, *map(len, bits)])
        index = np.concatenate(bits) if bits else np.empty(0, int)
        return csr_array((np.ones(len(index)), index, ends), shape=(len(bits), BITS))

    def realistic(self, objects: Sequence[str]) -> Bool[np.ndarray, "n"]:
        """Apply the quality filter."""
        return np.array([passes_quality_filter(smiles) for smiles in objects], dtype=bool)


class Texts:
    """Strings: the sets of their pieces of three characters, ends included."""

    def keys(self, objects: Sequence[str]) -> list[str]:
        """Return the strings themselves."""
        return list(objects)

    def features(self, objects: Sequence[str]) -> csr_array:
        """Return pieces of three characters, hashed to 2^20."""
        pieces = HashingVectorizer(
            analyzer="char",
            ngram_range=(3, 3),
            lowercase=False,
            binary=True,
            norm=None,
            alternate_sign=False,
        )
        # the library would shorten blanks
        return csr_array(pieces.transform([f"\x02\x02{text}\x03\x03" for text in objects]))

    def realistic(self, objects: Sequence[str]) -> None:
        """Nothing is known."""


class Images:
    """Packed binary images: the sets of their pixels that are on."""

    def keys(self, objects: Sequence[bytes]) -> list[bytes]:
        """Return the images themselves."""
        return list(objects)

    def features(self, objects: Sequence[bytes]) -> csr_array:
        """Return pixels."""
        packed = np.frombuffer(b"".join(objects), np.uint8).reshape(len(objects), -1)
        return csr_array(np.unpackbits(packed, axis=1).astype(float))

    def realistic(self, objects: Sequence[bytes]) -> None:
        """Nothing is known."""


def compare_with_data(kind: _ObjectKind, objects: Sequence, data: Sequence) -> pd.DataFrame:
    """One row per object.

    Args:
        kind: of objects.
        objects: null where the decode was invalid.
        data: the objects known before the first query, held-out ones too.

    Returns:
        Columns novel (valid and not in the data), realistic (valid and so found; null where the
        kind knows nothing of that) and distance (to the nearest of the data, in [0, 1]; NaN where
        invalid).

    Raises:
        ValueError: there are no data.
    """
    objects = [None if pd.isna(item) else item for item in objects]
    distinct = [item for item in dict.fromkeys(objects) if item is not None]
    known, realistic = set(kind.keys(data)), kind.realistic(distinct)
    keys = kind.keys(distinct)
    novel = {item for item, key in zip(distinct, keys, strict=True) if key not in known}
    distances = nearest_distance(kind.features(distinct), kind.features(data)) if distinct else []
    distance_of = dict(zip(distinct, distances, strict=True))
    passes = None if realistic is None else dict(zip(distinct, realistic, strict=True))
    found = [pd.NA if passes is None else bool(passes.get(item, False)) for item in objects]
    return pd.DataFrame(
        {
            "novel": [item in novel for item in objects],
            "realistic": pd.array(found, "boolean"),
            "distance": [float(distance_of.get(item, np.nan)) for item in objects],
        }
    )


def nearest_distance(objects: csr_array, data: csr_array) -> Float[np.ndarray, "n"]:
    """Tanimoto distance of every set to the nearest of the data; 0 between two empty sets.

    Raises:
        ValueError: there are no data.
    """
    if not data.shape[0]:
        raise ValueError("expected data to compare with, came none")
    sizes, turned = data.sum(axis=1), data.T.tocsr()
    nearest = []
    for start in range(0, objects.shape[0], CHUNK):
        part = objects[start : start + CHUNK]
        common = (part @ turned).toarray()
        union = part.sum(axis=1)[:, None] + sizes - common
        nearest.append(1 - np.where(union > 0, common / np.maximum(union, 1), 1).max(axis=1))
    return np.concatenate(nearest) if nearest else np.empty(0)
