"""Objects written one per line."""

from dataclasses import dataclass

from lso.datasets._text import canonicalise, check_limit, draw_subset, read_text


@dataclass(frozen=True)
class TextLines:
    """The lines of one file without blanks; empty lines are skipped. Gzip is recognised.

    Args:
        limit: size of a random subset in file order; all lines if `None`.
        seed: seed of the subset.
        canonical: whether lines are SMILES to be made canonical and stripped of
            stereochemistry; invalid ones are dropped.
    """

    limit: int | None = None
    seed: int = 0
    canonical: bool = False

    def __post_init__(self):
        check_limit(self.limit)

    def objects(self, files: dict[str, bytes]) -> list[str]:
        """Read the objects.

        Raises:
            ValueError: where there is not one file, or it cannot be read as text.
        """
        lines = ("".join(line.split()) for line in read_text(files).splitlines())
        chosen = draw_subset(filter(None, lines), self.limit, self.seed)
        return canonicalise(chosen) if self.canonical else chosen
