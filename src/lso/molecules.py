"""Reading and writing SMILES: silent, and never raising for what a decoder may emit."""

from rdkit import Chem, rdBase

LONGEST = 1000  # characters; beyond it RDKit may exhaust its stack, so it counts as invalid


def parse(smiles: str) -> Chem.Mol | None:
    """Read one SMILES.

    Args:
        smiles: any string; what follows a blank would be a name and makes it invalid.

    Returns:
        The sanitised molecule of at least one atom, or `None` where invalid.
    """
    if not smiles.isascii() or not smiles.isprintable() or " " in smiles or len(smiles) > LONGEST:
        return None
    with rdBase.BlockLogs():
        molecule = Chem.MolFromSmiles(smiles)
    return molecule if molecule is not None and molecule.GetNumAtoms() else None


def canonical(smiles: str, isomeric: bool = True) -> str | None:
    """Rewrite a SMILES canonically.

    Args:
        smiles: any string.
        isomeric: whether stereochemistry and isotopes are kept.

    Returns:
        The canonical SMILES, or `None` where invalid.
    """
    molecule = parse(smiles)
    if molecule is None:
        return None
    written = Chem.MolToSmiles(molecule, isomericSmiles=isomeric)
    return written if len(written) <= LONGEST else None  # so that it can be read again
