"""What a build counts of its sources: rows read, kept, left out and why."""

from __future__ import annotations

from collections.abc import Callable

import ibis.expr.types as ir

from essgeo.build.engines import Engine, rows
from essgeo.build.pipeline import REASONS, Sources, Work
from essgeo.build.report import Report
from essgeo.sources import ess_france, etablissements, geolocalisation, unites_legales
from essgeo.sources.recognise import ESUS

#: Steps that a build goes through before rows come: six tables kept, eight counts.
STEPS = 14


def write(
    report: Report, sources: Sources, work: Work, engine: Engine, step: Callable[[], None]
) -> int:
    """Count the sources into a report.

    Returns
    -------
    int
        Rows that ``work.lignes`` must have.
    """

    def counted(table: ir.Table, part: str, measures: dict[str, ir.Value]) -> dict[str, int]:
        step()
        names = [f"m{place}" for place in range(len(measures))]
        found = rows(engine, table.agg(**dict(zip(names, measures.values(), strict=True))))[0]
        values = {title: int(found[name] or 0) for name, title in zip(names, measures, strict=True)}
        report.add_all(part, values)
        return values

    every = sources.etablissements
    counted(
        every,
        etablissements.KIND.id,
        {
            "lignes": every.count(),
            "ouverts": every.count(where=etablissements.is_open(every)),
            "laissés : fermés": every.count(where=~etablissements.is_open(every)),
        },
    )
    kept = work.retenus
    found = counted(
        kept,
        etablissements.KIND.id,
        {
            "retenus (ESS, ou employeurs)": kept.count(),
            "retenus : de l'ESS": kept.count(where=kept.ess),
            "retenus : employeurs hors ESS, pour les dénominateurs": kept.count(where=~kept.ess),
            "de l'ESS : activité d'une autre nomenclature que la NAF rév. 2, écartée": kept.count(
                where=kept.ess & kept.hors_naf
            ),
            "de l'ESS : sans commune française": kept.count(
                where=kept.ess & kept.code_commune.isnull()
            ),
            "de l'ESS : effectif repris de l'établissement fermé": kept.count(
                where=kept.ess & kept.reportee_de.notnull()
            ),
        },
    )
    units = sources.unites
    counted(
        units,
        unites_legales.KIND.id,
        {
            "lignes": units.count(),
            "actives": units.count(where=unites_legales.is_active(units)),
            "dites de l'ESS": units.count(where=unites_legales.said_ess(units)),
        },
    )
    places = sources.positions
    counted(
        places,
        geolocalisation.KIND.id,
        {
            "lignes": places.count(),
            "au hasard dans la commune (33)": places.count(where=places.qualite_xy == "33"),
        },
    )
    for part, table in ((ess_france.KIND.id, sources.liste), (ESUS, sources.esus)):
        if table is not None:
            counted(
                table,
                part,
                {
                    "lignes": table.count(),
                    "SIREN illisibles": table.count(where=table.siren.isnull()),
                    "SIREN distincts": table.siren.nunique(),
                },
            )
    members = work.membres
    opened = kept.filter(kept.ess).select("siren").distinct()
    members = members.left_join(opened.mutate(la=True), "siren")
    measures = {"unités": members.count()}
    for reason, title in REASONS.items():
        measures[f"motif : {title}"] = members.count(where=members[reason])
    measures["sans établissement ouvert"] = members.count(where=members.la.isnull())
    counted(members, "ESS", measures)
    return found["retenus (ESS, ou employeurs)"]
