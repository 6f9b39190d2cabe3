"""The steps of a story, one function each: what a room is shown of a selection, and told.

A step that has nothing to show says so in one sentence: a story never loses a step in silence.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from essgeo.atlas import Atlas
from essgeo.figures.views import MapKind, Values
from essgeo.indicators import summary
from essgeo.indicators.missing import missing
from essgeo.indicators.presence import presence
from essgeo.indicators.references import reference
from essgeo.indicators.similar import similar
from essgeo.indicators.statistics import VERDICTS
from essgeo.indicators.structure import classed
from essgeo.secrecy import REFUSED
from essgeo.selection import TERRITORIES, Selection
from essgeo.story.model import (
    Block,
    Chart,
    Figure,
    Figures,
    MapView,
    Note,
    Paragraph,
    Points,
    Series,
    Step,
    Table,
)
from essgeo.story.real import published, rennes, strasbourg
from essgeo.story.scope import Scope
from essgeo.text import NBSP, listing, number
from essgeo.words import figures as words
from essgeo.words import levers as lever_words
from essgeo.words import quartier as sheet_words
from essgeo.words import sectors as sector_words
from essgeo.words.sources import LICENCE, METHOD, SIMULATED_NOTICE

#: What a speaker must not let figures say (published readings and their limits).
LOCATED = "Ces emplois sont situés dans le quartier : ce ne sont pas les emplois de ses habitants."
_BAND = (
    "La bande de 300 m est à vol d'oiseau : ce n'est pas le quartier vécu, et sa surface est de "
    "plusieurs fois celle du quartier."
)
_CHANCE = (
    "« Pas de différence établie » ne veut pas dire « égal » : les nombres sont trop petits pour "
    "conclure."
)
_LEAD = (
    "Une piste se discute avec les habitants et les structures : un chiffre n'est jamais une "
    "décision."
)

TITLES = {
    "france": "En France",
    "region": "Dans la région",
    "ville": "Dans la ville",
    "quartier": "Dans le quartier",
    "secteurs": "Dans quels secteurs ?",
    "comparaison": "Beaucoup ou peu ?",
    "manques": "Qu'est-ce qui manque ?",
    "leviers": "Que peut-on faire ?",
    "sources": "D'où viennent ces chiffres",
}


#: What differs in a story of a visitor's own zones.
OWN_TITLES = {"france": "Vos zones", "quartier": "Dans la zone"}


def france(scope: Scope) -> Step:
    """Tell the national picture, with the same filters on establishments.

    A visitor's own zones, all together, stand in its place.
    """
    kind: MapKind = "zone" if scope.own_zones else "france"
    return picture(scope, "france", scope.selection.without(*TERRITORIES), kind)


def region(scope: Scope) -> Step:
    """Tell the region that holds the selection."""
    wider = scope.wider("region")
    if wider is None:
        return _nothing(scope, "region", "La sélection n'est pas dans une seule région.")
    return picture(scope, "region", wider, "zone")


def ville(scope: Scope) -> Step:
    """Tell the commune that holds the selection, or its EPCI when it lies over several."""
    wider = scope.wider("commune") or scope.wider("epci")
    if wider is None:
        return _nothing(
            scope, "ville", "La sélection n'est ni dans une seule commune, ni dans une seule EPCI."
        )
    return picture(scope, "ville", wider, "zone")


def quartier(scope: Scope) -> Step:
    """Tell the neighbourhood, when only one is selected."""
    if len(scope.codes) != 1:
        return _nothing(
            scope,
            "quartier",
            "Choisissez un seul quartier dans la sélection pour le montrer ici.",
        )
    return picture(scope, "quartier", scope.selection, "quartier")


def picture(scope: Scope, key: str, selection: Selection, kind: MapKind) -> Step:
    """Tell one territory: its sentence, its figures, its map.

    Parameters
    ----------
    scope
        Data folder and selection of the story.
    key
        Of the step.
    selection
        The territory told, with the filters of the story.
    kind
        Of its map.
    """
    here = Scope(scope.atlas, scope.atlas.resolve(selection))
    strong, rest = words.headline(here.resolved, here.row)
    shown = Figures(
        tuple(Figure(*one) for one in words.figures(scope.atlas, here.resolved, here.row))
    )
    where = here.resolved.sentence
    view = MapView(
        kind=kind,
        title=OWN_TITLES.get(key, TITLES.get(key, "")) if here.own_zones else TITLES.get(key, ""),
        alt=f"Carte. {where}",
        selection=here.selection,
        quartiers=here.codes if kind == "quartier" else (),
    )
    left_out = f"{NBSP}; ".join(words.left_out(scope.atlas, here.resolved))
    notes = [LOCATED, _BAND] if kind == "quartier" else [LOCATED]
    if left_out:
        notes.append(f"À savoir{NBSP}: {left_out}.")
    return Step(
        key,
        _titled(scope.atlas, here),
        f"{strong}{rest}",
        (shown, view),
        here.source,
        scope.atlas.manifest.nature,
        "\n".join(notes),
    )


def _titled(atlas: Atlas, here: Scope) -> str:
    """Name the territory of a step."""
    for one in reversed(TERRITORIES):
        values = here.selection.get(one)
        if len(values) == 1:
            return atlas.label(one, values[0], here.resolved.generation) or values[0]
        if values:
            return listing(
                [atlas.label(one, value, here.resolved.generation) for value in values], 3
            )
    return (OWN_TITLES if here.own_zones else TITLES)["france"]


def secteurs(scope: Scope) -> Step:
    """Tell in which sectors: ranked bars of establishments, jobs beside."""
    selection = scope.selection.without("secteur", "reference")
    table = classed(summary(scope.atlas, selection, ("secteur",)))
    if (table["etat"] == "secret").any():
        # Shares of what is left would be shares of nothing that anyone knows.
        return _nothing(scope, "secteurs", f"{REFUSED}.")
    if table.empty:
        known = not np.isnan(float(scope.row["etablissements"])) and scope.row["etablissements"] > 0
        why = (
            "Ces données ne disent pas le secteur des établissements."
            if known
            else "Aucun établissement dans cette sélection."
        )
        return _nothing(scope, "secteurs", why)
    table = table.sort_values("etablissements", ascending=False, kind="stable", na_position="last")
    labels = tuple(table["libelle"])
    series = [_shares("Établissements", table["part"])]
    jobs = bool((table["effectif_estime"] > 0).any())
    if jobs:
        series.append(_shares("Emplois situés là (estimation)", table["part_emplois"]))
    said = sector_words.weight(scope.resolved, table.iloc[0], measure="etablissements")
    chart = Chart(
        kind="paires" if jobs else "barres",
        title="Part de chaque secteur",
        sentence=said,
        unit="% de l'ESS de la sélection",
        labels=labels,
        series=tuple(series),
        alt=said,
    )
    gap = sector_words.gap(table) if jobs else ""
    blocks: tuple[Block, ...] = (chart, Paragraph(gap)) if gap else (chart,)
    return _step(scope, "secteurs", said, blocks, LOCATED)


def _shares(name: str, parts: pd.Series) -> Series:
    values = parts.to_numpy(np.float64)
    return Series(
        name,
        tuple(None if math.isnan(value) else round(float(value) * 100, 4) for value in values),
        texts=tuple(sector_words.share(float(value)) for value in values),
    )


def comparaison(scope: Scope) -> Step:
    """Tell how present sectors are against the reference, and the two readings."""
    found = reference(scope.atlas, scope.selection)
    if found.problem:
        return _nothing(scope, "comparaison", found.problem)
    table = presence(scope.atlas, scope.selection, "secteur")
    known = table[table["verdict"] != ""]
    said = sector_words.presence_said(known, found.label)
    drawn = known[np.isfinite(known["quotient_max"].to_numpy(np.float64))]
    blocks: list[Block] = []
    bounds: dict[str, Values] = {
        name: tuple(float(value) for value in drawn[name])
        for name in ("quotient", "quotient_min", "quotient_max")
    }
    if len(drawn):
        blocks.append(
            Chart(
                kind="quotients",
                title=f"Part ici, rapportée à la part dans {found.label}",
                sentence=said,
                unit="fois la part de la référence (intervalle à 95 %)",
                labels=tuple(drawn["libelle"]),
                series=(
                    Series(
                        "Ici, par rapport à la référence",
                        values=bounds["quotient"],
                        low=bounds["quotient_min"],
                        high=bounds["quotient_max"],
                        texts=tuple(VERDICTS[slug] for slug in drawn["verdict"]),
                    ),
                ),
                alt=said,
                log=True,
            )
        )
    both = sector_words.two_readings_here(scope.resolved, scope.row)
    if both:
        blocks.append(Paragraph(both))
    return _step(scope, "comparaison", said, tuple(blocks), f"{_CHANCE}\n{found.note}".strip())


def manques(scope: Scope) -> Step:
    """Tell what is missing in a neighbourhood; several are compared with similar ones."""
    if scope.atlas.manifest.secret:
        return _nothing(scope, "manques", f"{REFUSED}.")
    if len(scope.codes) != 1:
        found = reference(scope.atlas, scope.selection, "semblables")
        if found.problem:
            return _nothing(scope, "manques", found.problem)
        table = presence(scope.atlas, scope.selection, "secteur", "semblables")
        few = table[table["verdict"] == "moins"]["libelle"].tolist()
        said = (
            f"Moins présents ici que dans {found.label}{NBSP}: {listing(few, limit=9)}."
            if few
            else f"Aucun secteur n'est nettement moins présent ici que dans {found.label}."
        )
        return _step(scope, "manques", said, (), f"{_CHANCE}\n{found.note}".strip())
    code, generation = scope.codes[0], scope.resolved.generation.name
    like = similar(scope.atlas, generation, [code])
    table = missing(scope.atlas, code, generation, like)
    said = sheet_words.lacking(table)
    rows = tuple(
        (
            row["libelle"],
            number(row["etablissements"]),
            number(row["proches"]),
            sheet_words.expected(row),
            sheet_words.sector_verdict(row),
        )
        for row in table.to_dict(orient="records")
        if row["verdict"]
    )
    blocks: tuple[Block, ...] = ()
    if rows:
        blocks = (
            Table(
                "Employeurs par secteur, et ce que laissent attendre les quartiers semblables",
                (
                    "Secteur",
                    "Ici",
                    f"À moins de {words.BAND}",
                    "Attendu (95 %)",
                    "Au regard des semblables",
                ),
                rows,
                (False, True, True, True, False),
            ),
        )
    return _step(scope, "manques", said, blocks, f"{_CHANCE}\n{like.rule}".strip())


def leviers(scope: Scope) -> Step:
    """Tell the leads to discuss, each with its reason."""
    catalogue, problem = scope.levers
    found = scope.diagnosis
    leads = (
        found.leads(scope.codes[0])
        if len(scope.codes) == 1
        else found.leads_of(scope.resolved.quartiers)
    )
    said = lever_words.leads(
        leads, len(scope.codes), scope.lacking, len(found.silent()), len(found.rules.regles)
    )
    blocks: list[Block] = []
    if leads:
        blocks.append(
            Points(
                tuple(
                    f"{catalogue.leviers[lead.levier].titre}{NBSP}: "
                    + f"{NBSP}; ".join(reason.texte for reason in lead.raisons)
                    + "."
                    for lead in leads
                )
            )
        )
    if problem:
        blocks.append(Note(f"Catalogue du dossier laissé de côté{NBSP}: {problem}"))
    if leads and scope.atlas.manifest.simulated:
        blocks.append(Note(lever_words.SIMULATED))
    return _step(scope, "leviers", said, tuple(blocks), _LEAD)


def sources(scope: Scope) -> Step:
    """Tell where figures come from, how they are made, and what they leave out."""
    manifest = scope.atlas.manifest
    named = [
        str(source) + (f", {source.licence}" if source.licence else "")
        for source in manifest.about(scope.resolved.generation.name)
    ]
    said = scope.resolved.sentence
    blocks: list[Block] = [Points(tuple(named or [manifest.titre])), Paragraph(METHOD)]
    left_out = words.left_out(scope.atlas, scope.resolved)
    if left_out:
        blocks.append(Paragraph(f"Laissé de côté{NBSP}: {f'{NBSP}; '.join(left_out)}."))
    blocks += [Paragraph(note) for note in (*scope.resolved.notes, *manifest.notes)]
    if manifest.simulated:
        blocks.append(Note(SIMULATED_NOTICE))
    blocks.append(Paragraph(f"Licence{NBSP}: {LICENCE}."))
    return _step(scope, "sources", said, tuple(blocks), "")


def _step(scope: Scope, key: str, said: str, blocks: tuple[Block, ...], notes: str) -> Step:
    return Step(key, TITLES[key], said, blocks, scope.source, scope.atlas.manifest.nature, notes)


def _nothing(scope: Scope, key: str, why: str) -> Step:
    return _step(scope, key, why, (), "")


#: Key of a step -> what tells it.
STEPS: Mapping[str, Callable[[Scope], Step]] = {
    "france": france,
    "region": region,
    "ville": ville,
    "quartier": quartier,
    "secteurs": secteurs,
    "comparaison": comparaison,
    "manques": manques,
    "leviers": leviers,
    "publies": published,
    "strasbourg": strasbourg,
    "rennes": rennes,
    "sources": sources,
}
