"""Properties of molecules, and whether a chemist would look at them."""

import numpy as np
from rdkit import Chem, rdBase
from rdkit.Chem import QED, Crippen, Descriptors, Lipinski, rdMolDescriptors
from rdkit.Chem.FilterCatalog import FilterCatalog, FilterCatalogParams
from rdkit.Contrib.SA_Score import sascorer

from lso.molecules import parse

_ALERTS = FilterCatalog(FilterCatalogParams(FilterCatalogParams.FilterCatalogs.CHEMBL_Inpharmatica))


def passes_quality_filter(smiles: str) -> bool:
    """Tell whether a molecule has no structural alert and properties in the usual ranges.

    Source: ronen2024 (the authors' released code): alerts of Inpharmatica, molecular weight at
    most 500, logP in [-5, 5], at most 5 hydrogen bond donors and 10 acceptors, polar surface at
    most 200. They allow some alerts more than once; here every match fails.

    Returns:
        `False` also where the SMILES is invalid.
    """
    molecule = parse(smiles)
    return molecule is not None and has_quality(molecule)


def has_quality(molecule: Chem.Mol) -> bool:
    """Tell the same of a molecule that has been read."""
    return (
        Descriptors.MolWt(molecule) <= 500
        and abs(Crippen.MolLogP(molecule)) <= 5
        and Lipinski.NumHDonors(molecule) <= 5
        and Lipinski.NumHAcceptors(molecule) <= 10
        and rdMolDescriptors.CalcTPSA(molecule) <= 200
        and not _ALERTS.HasMatch(molecule)
    )


def properties(smiles: str) -> dict[str, float | int]:
    """Compute what tables of molecules show beside a score.

    Returns:
        `heavy_atoms`; `logp` (Crippen); `accessibility` in [1, 10], larger being harder to
        synthesise; `drug_likeness` in [0, 1] (QED), NaN where undefined; and
        `passes_quality_filter`. Of an invalid SMILES all are NaN but the last, which is `False`.
    """
    molecule = parse(smiles)
    numbers = dict.fromkeys(("heavy_atoms", "logp", "accessibility", "drug_likeness"), np.nan)
    if molecule is not None:
        numbers = {
            "heavy_atoms": molecule.GetNumHeavyAtoms(),
            "logp": Crippen.MolLogP(molecule),
            "accessibility": sascorer.calculateScore(molecule),
            "drug_likeness": _drug_likeness(molecule),
        }
    return numbers | {"passes_quality_filter": passes_quality_filter(smiles)}


def _drug_likeness(molecule: Chem.Mol) -> float:
    """QED; NaN where RDKit cannot rebuild the molecule, as with bonds of unspecified order."""
    with rdBase.BlockLogs():
        try:
            return QED.qed(molecule)
        except Chem.MolSanitizeException:
            return np.nan
