"""Objects in one column of a table."""

from dataclasses import dataclass
from io import StringIO

import pandas as pd

from lso.datasets._text import canonicalise, check_limit, draw_subset, read_text


@dataclass(frozen=True)
class CsvColumn:
    """The cells of one column of one comma-separated file, stripped. Gzip is recognised.

    Args:
        column: its name in the first row.
        limit: size of a random subset in file order; all rows if `None`.
        seed: seed of the subset.
        canonical: whether cells are SMILES to be made canonical and stripped of
            stereochemistry; invalid ones are dropped.
    """

    column: str
    limit: int | None = None
    seed: int = 0
    canonical: bool = False

    def __post_init__(self):
        check_limit(self.limit)

    def objects(self, files: dict[str, bytes]) -> list[str]:
        """Read the objects; empty cells are skipped.

        Raises:
            ValueError: where there is not one file, it is no such table or lacks the column.
        """
        text = StringIO(read_text(files))
        try:
            table = pd.read_csv(text, dtype=str, keep_default_na=False)
        except pd.errors.ParserError as error:
            raise ValueError(f"{', '.join(files)}: expected a table: {error}") from error
        if self.column not in table:
            raise ValueError(f"no column {self.column!r}; known: {', '.join(table.columns)}")
        cells = (cell.strip() for cell in table[self.column])
        chosen = draw_subset(filter(None, cells), self.limit, self.seed)
        return canonicalise(chosen) if self.canonical else chosen
