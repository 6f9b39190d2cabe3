"""Liste des entreprises de l'ESS, ESS France: units of the ESS by law or by declaration."""

from __future__ import annotations

import ibis.expr.types as ir

from essgeo.sources.columns import Kind, picked, siren, text

KIND = Kind(
    id="ess-france",
    libelle="liste des entreprises de l'ESS",
    needed=("SIREN",),
    optional=("Famille juridique de l'entreprise",),
    known=("Nom ou raison sociale de l'entreprise", "Famille juridique de l'entreprise"),
)

#: Words of the list -> families of the nomenclature, where Sirene gives no legal category.
FAMILIES = {
    "Associations": "association",
    "Coopératives": "cooperative",
    "Mutuelles": "mutuelle",
    "Fondations": "fondation",
}


def expression(table: ir.Table, where: str) -> ir.Table:
    """Bring the list to ``siren`` (its lost zeros restored, null when unreadable) and its words.

    Returns
    -------
    Table
        ``siren``, ``famille_liste``.
    """
    raw = picked(table, KIND, where)
    return raw.select(
        siren=siren(raw["SIREN"]), famille_liste=text(raw["Famille juridique de l'entreprise"])
    )
