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
#: Bands that say nothing: not an employer, or unknown.
SILENT = ("NN",)


def expression(table: ir.Table, where: str) -> ir.Table:
    """Bring the file to the contract's columns, one row an establishment.

    Returns
    -------
    Table
        Text, null where nothing is said: ``siret, siren, ouvert`` (boolean),
        ``statut_etablissement, date_creation, tranche_effectifs`` (null for ``NN``),
        ``tranche_dite`` (as written), ``annee_effectifs, est_siege`` (``true`` or ``false``),
        ``code_commune, activite_principale`` (NAF rev. 2 only), ``hors_naf`` (boolean: of another
        nomenclature), ``caractere_employeur, depuis`` (start of the present state),
        ``lambert_x, lambert_y`` (metres in the legal projection of the territory, as text:
        ``[ND]`` when masked).
    """
    raw = picked(table, KIND, where)
    band = text(raw.trancheEffectifsEtablissement)
    activity = text(raw.activitePrincipaleEtablissement)
    other = text(raw.nomenclatureActivitePrincipaleEtablissement).fill_null(NAF) != NAF
    return raw.select(
        siret=code(raw.siret, 14),
        siren=code(raw.siren, 9),
        ouvert=raw.etatAdministratifEtablissement == "A",
        statut_etablissement=text(raw.statutDiffusionEtablissement),
        date_creation=text(raw.dateCreationEtablissement),
        tranche_effectifs=ibis.cases((~band.isin(SILENT), band)),
        tranche_dite=band,
        annee_effectifs=text(raw.anneeEffectifsEtablissement),
        est_siege=text(raw.etablissementSiege).lower(),
        code_commune=text(raw.codeCommuneEtablissement),
        activite_principale=ibis.cases((~other, activity)),
        hors_naf=other & activity.notnull(),
        caractere_employeur=text(raw.caractereEmployeurEtablissement),
        depuis=text(raw.dateDebut),
        lambert_x=text(raw.coordonneeLambertAbscisseEtablissement),
        lambert_y=text(raw.coordonneeLambertOrdonneeEtablissement),
    )
