"""StockEtablissement, Insee: every establishment, open or closed."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from essgeo.sources.columns import Kind, code, picked, text

KIND = Kind(
    id="stock-etablissement",
    libelle="stock des établissements de Sirene",
    needed=(
        "siren",
        "siret",
        "statutDiffusionEtablissement",
        "dateCreationEtablissement",
        "trancheEffectifsEtablissement",
        "anneeEffectifsEtablissement",
        "etablissementSiege",
        "codeCommuneEtablissement",
        "etatAdministratifEtablissement",
        "activitePrincipaleEtablissement",
        "caractereEmployeurEtablissement",
    ),
    optional=(
        "nomenclatureActivitePrincipaleEtablissement",
        "coordonneeLambertAbscisseEtablissement",
        "coordonneeLambertOrdonneeEtablissement",
        "dateDebut",
    ),
)

#: The only nomenclature that sectors are read from.
NAF = "NAFRev2"
#: The band that says nothing: not an employer, or unknown.
SILENT = "NN"


def opened(table: ir.Table, where: str) -> ir.Table:
    """Take the columns of the file that are read, under their official names."""
    raw = picked(table, KIND, where)
    return raw.mutate(siret=code(raw.siret, 14), siren=code(raw.siren, 9))


def is_open(raw: ir.Table) -> ir.BooleanValue:
    """Say which establishments are active, as Insee writes it."""
    return raw.etatAdministratifEtablissement == "A"


def band(raw: ir.Table) -> ir.StringValue:
    """Return the band of employees, null where it says nothing (``NN`` too)."""
    return text(raw.trancheEffectifsEtablissement).nullif(SILENT)


def employs(raw: ir.Table) -> ir.BooleanValue:
    """Say which establishments have employees, their number known or not."""
    said = text(raw.caractereEmployeurEtablissement)
    return ((said == "O") | (said.isnull() & band(raw).notnull())).fill_null(False)


def columns(raw: ir.Table) -> dict[str, ir.Value]:
    """Express the contract's columns.

    Parameters
    ----------
    raw
        What `opened` gives, or some rows of it.

    Returns
    -------
    dict
        Text, null where nothing is said: ``siret, siren, statut_etablissement, date_creation,
        tranche_effectifs`` (null for ``NN``), ``tranche_dite`` (as written),
        ``annee_effectifs, est_siege`` (``true`` or ``false``), ``code_commune,
        activite_principale`` (NAF rev. 2 only), ``hors_naf`` (boolean: of another nomenclature),
        ``caractere_employeur``, ``lambert_x, lambert_y`` (metres in the legal projection of the
        territory, as text: ``[ND]`` when masked).
    """
    activity = text(raw.activitePrincipaleEtablissement)
    other = text(raw.nomenclatureActivitePrincipaleEtablissement).fill_null(NAF) != NAF
    return {
        "siret": raw.siret,
        "siren": raw.siren,
        "statut_etablissement": text(raw.statutDiffusionEtablissement),
        "date_creation": text(raw.dateCreationEtablissement),
        "tranche_effectifs": band(raw),
        "tranche_dite": text(raw.trancheEffectifsEtablissement),
        "annee_effectifs": text(raw.anneeEffectifsEtablissement),
        "est_siege": text(raw.etablissementSiege).lower(),
        "code_commune": text(raw.codeCommuneEtablissement),
        "activite_principale": ibis.cases((~other, activity)),
        "hors_naf": other & activity.notnull(),
        "caractere_employeur": text(raw.caractereEmployeurEtablissement),
        "lambert_x": text(raw.coordonneeLambertAbscisseEtablissement),
        "lambert_y": text(raw.coordonneeLambertOrdonneeEtablissement),
    }
