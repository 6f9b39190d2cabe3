"""The work on official files, as one expression that any engine of Ibis runs.

Nothing here is computed: tables in, tables out, in the operations that DuckDB and Spark share.
Text is null where nothing is said.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

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
    """The official files, brought to common columns by the modules of :mod:`essgeo.sources`.

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
    unites
        What is said of the units of ``retenus``.
    lignes
        ``retenus`` with its position and what is said of its unit, in no order.
    """

    membres: ir.Table
    retenus: ir.Table
    unites: ir.Table
    lignes: ir.Table


def work(sources: Sources, keep: Keep) -> Work:
    """Express the whole work.

    Parameters
    ----------
    sources
        The official files.
    keep
        Has the engine compute a table once, for what is read several times.
    """
    membres = keep(members(sources))
    reports = keep(carried(sources.etablissements))
    retenus = keep(kept(sources.etablissements, membres, reports))
    wanted = sources.unites.semi_join(retenus, "siren").drop("dit_ess", "active")
    unites = keep(wanted)
    lines = retenus.left_join(unites, "siren").drop("siren_right")
    lines = lines.left_join(sources.positions, "siret").drop("siret_right")
    return Work(membres, retenus, unites, lines)


def members(sources: Sources) -> ir.Table:
    """Say which units are of the ESS, and why: one row a SIREN."""
    parts = [("dit_ess", sources.unites.filter(sources.unites.dit_ess).select("siren"))]
    for reason, table in (("dans_liste", sources.liste), ("dans_esus", sources.esus)):
        if table is not None:
            parts.append((reason, table.filter(table.siren.notnull()).select("siren")))
    flagged = [
        part.mutate(**{name: ibis.literal(name == reason) for name in REASONS})
        for reason, part in parts
    ]
    everything = ibis.union(*flagged) if len(flagged) > 1 else flagged[0]
    return everything.group_by("siren").agg(**{name: everything[name].any() for name in REASONS})


def carried(etablissements: ir.Table) -> ir.Table:
    """Find the band that a moved seat left at its former address.

    A SIRET dies at each move, and with it the band that Insee had computed: the new seat has none
    for two or three years. It takes that of the establishment of the same unit closed when it
    opened (within `MOVED_WITHIN_DAYS`), the latest one of several.

    Returns
    -------
    Table
        One row a seat: ``siret, tranche_reportee, annee_reportee, reportee_de`` (SIRET).
    """
    every = etablissements
    seats = every.filter(
        every.ouvert,
        every.est_siege == "true",
        every.tranche_effectifs.isnull(),
        every.caractere_employeur.fill_null("") != "N",
    ).select("siret", "siren", opened=every.date_creation.try_cast("date"))
    closed = every.filter(~every.ouvert, every.tranche_effectifs.notnull()).select(
        "siren",
        reportee_de=every.siret,
        tranche_reportee=every.tranche_effectifs,
        annee_reportee=every.annee_effectifs,
        shut=every.depuis.try_cast("date"),
    )
    pairs = closed.join(seats, "siren")
    pairs = pairs.filter(pairs.opened.delta(pairs.shut, unit="day").abs() <= MOVED_WITHIN_DAYS)
    last_first = ibis.row_number().over(
        group_by="siret", order_by=[ibis.desc("shut"), ibis.desc("reportee_de")]
    )
    ranked = pairs.mutate(rang=last_first)
    return ranked.filter(ranked.rang == 0).select(
        "siret", "tranche_reportee", "annee_reportee", "reportee_de"
    )


def kept(etablissements: ir.Table, membres: ir.Table, reports: ir.Table) -> ir.Table:
    """Keep the open establishments of the ESS, and all those that employ.

    The latter are what the weight of the ESS is measured against.
    """
    every = etablissements.filter(etablissements.ouvert)
    employs = (every.caractere_employeur == "O") | (
        every.caractere_employeur.isnull() & every.tranche_effectifs.notnull()
    )
    every = every.mutate(emploie=employs.fill_null(False))
    found = every.left_join(membres, "siren").drop("siren_right")
    flags = {name: found[name].fill_null(False) for name in REASONS}
    ess = flags["dans_liste"] | flags["dit_ess"] | flags["dans_esus"]
    found = found.mutate(ess=ess, **flags)
    found = found.filter(found.ess | found.emploie)
    return found.left_join(reports, "siret").drop("siret_right", "ouvert", "depuis")
