"""The work on official files, as one expression that any engine of Ibis runs.

Nothing here is computed: tables in, tables out, in the operations that DuckDB and Spark share.
Text is null where nothing is said.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from essgeo.sources import etablissements, geolocalisation, unites_legales
from essgeo.sources.columns import text

#: Days between the closing of an establishment and the opening of the seat that takes its place,
#: beyond which the two have nothing to do with each other. An assumption: a move is registered
#: with one date for both, at a few weeks' distance when it is done in two acts.
MOVED_WITHIN_DAYS = 92

#: Why a unit belongs to the ESS, in the order in which reasons are written.
REASONS = {
    "dans_liste": "liste d'ESS France",
    "dit_ess": "indicateur ESS de Sirene (Insee)",
    "dans_esus": "agrément ESUS",
}

Keep = Callable[[ir.Table], ir.Table]


@dataclass(frozen=True)
class Sources:
    """The official files, as the modules of :mod:`essgeo.sources` open them.

    Parameters
    ----------
    etablissements, unites, positions
        See the module of each.
    liste, esus
        ``siren`` (may be null or there several times), None without the file.
    """

    etablissements: ir.Table
    unites: ir.Table
    positions: ir.Table
    liste: ir.Table | None
    esus: ir.Table | None


@dataclass(frozen=True)
class Work:
    """Tables that the work gives, each computed when it is read.

    Parameters
    ----------
    membres
        One row a SIREN of the ESS: ``siren`` and the reasons (booleans, keys of `REASONS`).
    retenus
        One row an open establishment that is of the ESS or employs, before its position is known.
    lignes
        ``retenus`` with its position and what is said of its unit, in no order.
    """

    membres: ir.Table
    retenus: ir.Table
    lignes: ir.Table


def work(sources: Sources, keep: Keep) -> Work:
    """Express the whole work.

    Columns are rewritten after rows are chosen: of the country's rows most are left out.

    Parameters
    ----------
    sources
        The official files.
    keep
        Has the engine compute a table once, for what is read several times.
    """
    membres = keep(members(sources))
    retenus = keep(kept(sources.etablissements, membres, keep))
    chosen = sources.unites.semi_join(retenus, "siren")
    unites = keep(chosen.select(**unites_legales.columns(chosen)))
    near = sources.positions.semi_join(retenus, "siret")
    positions = keep(near.select("siret", **geolocalisation.columns(near)))
    lines = retenus.left_join(unites, "siren").drop("siren_right")
    return Work(membres, retenus, lines.left_join(positions, "siret").drop("siret_right"))


def members(sources: Sources) -> ir.Table:
    """Say which units are of the ESS, and why: one row a SIREN."""
    parts = [("dit_ess", sources.unites.filter(unites_legales.said_ess(sources.unites)))]
    for reason, table in (("dans_liste", sources.liste), ("dans_esus", sources.esus)):
        if table is not None:
            parts.append((reason, table.filter(table.siren.notnull())))
    flagged = [
        part.select("siren", **{name: ibis.literal(name == reason) for name in REASONS})
        for reason, part in parts
    ]
    everything = ibis.union(*flagged) if len(flagged) > 1 else flagged[0]
    return everything.group_by("siren").agg(**{name: everything[name].any() for name in REASONS})


def kept(raw: ir.Table, membres: ir.Table, keep: Keep) -> ir.Table:
    """Keep the open establishments of the ESS, and all those that employ.

    The latter are what the weight of the ESS is measured against.
    """
    opened = raw.filter(etablissements.is_open(raw))
    found = opened.mutate(emploie=etablissements.employs(opened))
    found = found.left_join(membres, "siren").drop("siren_right")
    found = found.mutate(ess=found[next(iter(REASONS))].notnull())
    found = found.filter(found.ess | found.emploie)
    chosen = keep(
        found.select(
            **etablissements.columns(found),
            emploie=found.emploie,
            ess=found.ess,
            **{name: found[name].fill_null(False) for name in REASONS},
        )
    )
    return chosen.left_join(keep(carried(raw, chosen)), "siret").drop("siret_right")


def carried(raw: ir.Table, chosen: ir.Table) -> ir.Table:
    """Find the band that a moved seat left at its former address.

    A SIRET dies at each move, and with it the band that Insee had computed: the new seat has none
    for two or three years. It takes that of the establishment of the same unit closed when it
    opened (within `MOVED_WITHIN_DAYS`), the latest one of several.

    Parameters
    ----------
    raw
        Every establishment.
    chosen
        Those that are kept, with the contract's columns.

    Returns
    -------
    Table
        One row a seat: ``siret, tranche_reportee, annee_reportee, reportee_de`` (SIRET).
    """
    seats = chosen.filter(
        chosen.est_siege == "true",
        chosen.tranche_effectifs.isnull(),
        chosen.caractere_employeur.fill_null("") != "N",
    ).select("siret", "siren", opened=chosen.date_creation.try_cast("date"))
    shut = raw.filter(~etablissements.is_open(raw), etablissements.band(raw).notnull())
    closed = shut.select(
        "siren",
        reportee_de=shut.siret,
        tranche_reportee=etablissements.band(shut),
        annee_reportee=text(shut.anneeEffectifsEtablissement),
        fin=text(shut.dateDebut),
    )
    pairs = closed.join(seats, "siren")
    pairs = pairs.mutate(fin=pairs.fin.try_cast("date"))
    pairs = pairs.filter(pairs.opened.delta(pairs.fin, unit="day").abs() <= MOVED_WITHIN_DAYS)
    last_first = ibis.row_number().over(
        group_by="siret", order_by=[ibis.desc("fin"), ibis.desc("reportee_de")]
    )
    ranked = pairs.mutate(rang=last_first)
    return ranked.filter(ranked.rang == 0).select(
        "siret", "tranche_reportee", "annee_reportee", "reportee_de"
    )
