"""Liste des entreprises de l'ESS, ESS France: units of the ESS by law or by declaration."""

from __future__ import annotations

import ibis.expr.types as ir

from essgeo.sources.columns import Kind, picked, siren

KIND = Kind(
    id="ess-france",
    libelle="liste des entreprises de l'ESS",
    needed=("SIREN",),
    known=("Nom ou raison sociale de l'entreprise", "Famille juridique de l'entreprise"),
)


def opened(table: ir.Table, where: str) -> ir.Table:
    """Bring the list to its ``siren``: lost zeros restored, null when unreadable."""
    return of_siren(picked(table, KIND, where).rename(siren="SIREN"))


def of_siren(table: ir.Table) -> ir.Table:
    """Bring any list with a column ``siren`` to the same."""
    return table.select(siren=siren(table.siren))
