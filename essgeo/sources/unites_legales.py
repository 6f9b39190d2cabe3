"""StockUniteLegale, Insee: every legal unit, active or not."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from essgeo.sources.columns import Kind, code, picked, text

KIND = Kind(
    id="stock-unite-legale",
    libelle="stock des unités légales de Sirene",
    needed=(
        "siren",
        "statutDiffusionUniteLegale",
        "denominationUniteLegale",
        "categorieJuridiqueUniteLegale",
        "economieSocialeSolidaireUniteLegale",
    ),
    optional=(
        "denominationUsuelle1UniteLegale",
        "sigleUniteLegale",
        "nomUniteLegale",
        "nomUsageUniteLegale",
        "prenom1UniteLegale",
        "prenomUsuelUniteLegale",
        "etatAdministratifUniteLegale",
    ),
)

#: First digit of the legal categories of public law (Insee, catégories juridiques, niveau I).
PUBLIC = "7"


def expression(table: ir.Table, where: str) -> ir.Table:
    """Bring the file to the contract's columns, one row a legal unit.

    Returns
    -------
    Table
        Text, null where nothing is said: ``siren, statut_unite, denomination`` (that of a person
        is the first name and the name), ``categorie_juridique`` (four digits), ``dit_ess``
        (boolean), ``publique`` (boolean), ``active`` (boolean).
    """
    raw = picked(table, KIND, where)
    category = text(raw.categorieJuridiqueUniteLegale)
    first = ibis.coalesce(text(raw.prenomUsuelUniteLegale), text(raw.prenom1UniteLegale))
    last = ibis.coalesce(text(raw.nomUsageUniteLegale), text(raw.nomUniteLegale))
    person = ibis.cases((first.isnull(), last), (first == last, last), else_=first + " " + last)
    return raw.select(
        siren=code(raw.siren, 9),
        statut_unite=text(raw.statutDiffusionUniteLegale),
        denomination=ibis.coalesce(
            text(raw.denominationUniteLegale),
            person,
            text(raw.denominationUsuelle1UniteLegale),
            text(raw.sigleUniteLegale),
        ),
        categorie_juridique=category,
        dit_ess=(raw.economieSocialeSolidaireUniteLegale == "O").fill_null(False),
        publique=category.startswith(PUBLIC).fill_null(False),
        active=(text(raw.etatAdministratifUniteLegale) == "A").fill_null(False),
    )
