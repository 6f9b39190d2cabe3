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


def opened(table: ir.Table, where: str) -> ir.Table:
    """Take the columns of the file that are read, under their official names."""
    raw = picked(table, KIND, where)
    return raw.mutate(siren=code(raw.siren, 9))


def said_ess(raw: ir.Table) -> ir.BooleanValue:
    """Say which units Insee counts in the ESS."""
    return raw.economieSocialeSolidaireUniteLegale == "O"


def is_active(raw: ir.Table) -> ir.BooleanValue:
    """Say which units are active."""
    return raw.etatAdministratifUniteLegale == "A"


def columns(raw: ir.Table) -> dict[str, ir.Value]:
    """Express the contract's columns.

    Parameters
    ----------
    raw
        What `opened` gives, or some rows of it.

    Returns
    -------
    dict
        Text, null where nothing is said: ``siren, statut_unite, denomination`` (that of a person
        is the first name and the name), ``categorie_juridique`` (four digits), ``publique``
        (boolean).
    """
    category = text(raw.categorieJuridiqueUniteLegale)
    first = ibis.coalesce(text(raw.prenomUsuelUniteLegale), text(raw.prenom1UniteLegale))
    last = ibis.coalesce(text(raw.nomUsageUniteLegale), text(raw.nomUniteLegale))
    person = ibis.cases((first.isnull(), last), else_=first + " " + last)
    return {
        "siren": raw.siren,
        "statut_unite": text(raw.statutDiffusionUniteLegale),
        "denomination": ibis.coalesce(
            text(raw.denominationUniteLegale),
            person,
            text(raw.denominationUsuelle1UniteLegale),
            text(raw.sigleUniteLegale),
        ),
        "categorie_juridique": category,
        "publique": category.startswith(PUBLIC).fill_null(False),
    }
