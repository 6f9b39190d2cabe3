"""Stories as they are asked for: a presentation, the sheet of a neighbourhood, a note."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from essgeo.atlas import Atlas
from essgeo.errors import UsageError
from essgeo.figures.views import MapKind
from essgeo.indicators import summary
from essgeo.indicators.flags import flags
from essgeo.indicators.reliability import reliability
from essgeo.indicators.sheet import landmarks
from essgeo.secrecy import REFUSED, listed, publishable
from essgeo.selection import TERRITORIES, Selection
from essgeo.story import steps as parts
from essgeo.story.model import Block, Points, Step, Story, Table
from essgeo.story.scope import Scope
from essgeo.text import NBSP, NNBSP, number, plural
from essgeo.words import figures as words
from essgeo.words import quartier as sheet_words
from essgeo.words.figures import STATES
from essgeo.words.sources import FIELDS, LICENCE, METHOD

#: Title of the first step of a document, which bears the name of the place itself.
ESSENTIAL = "L'essentiel"

#: Establishments or neighbourhoods listed in a document; the table exports have them all.
LISTED = 25

_THOUSAND = f"pour 1{NNBSP}000{NBSP}hab."


def default_steps(atlas: Atlas, selection: Selection) -> tuple[str, ...]:
    """Return the steps that a story of a selection has when nobody chose them.

    From the country to the selected place, then what there is, what is missing and what can be
    done; published figures and cases are added by who wants them.
    """
    scope = Scope(atlas, atlas.resolve(selection))
    chosen = any(selection.get(key) for key in TERRITORIES)
    keys = ["france"]
    keys += [key for key in ("region", "ville") if _narrower(scope, key)]
    if chosen and len(scope.codes) == 1:
        keys.append("quartier")
    keys.append("secteurs")
    keys += ["comparaison"] * chosen
    keys += ["manques"] * chosen
    return (*keys, "leviers", "sources")


def _narrower(scope: Scope, key: str) -> bool:
    if key == "region":
        return scope.wider("region") is not None
    return (scope.wider("commune") or scope.wider("epci")) is not None


def tell(atlas: Atlas, selection: Selection, keys: Sequence[str] = ()) -> Story:
    """Tell a selection to a room.

    Parameters
    ----------
    atlas
        Data folder opened.
    selection
        What the speaker prepared.
    keys
        Steps, in order, among :data:`essgeo.story.STEPS`; those of :func:`default_steps` when
        there are none.

    Raises
    ------
    UsageError
        Unknown step.
    """
    unknown = [key for key in keys if key not in parts.STEPS]
    if unknown:
        raise UsageError(f"étape inconnue « {unknown[0]} » ; étapes : {', '.join(parts.STEPS)}.")
    scope = Scope(atlas, atlas.resolve(selection))
    keys = tuple(keys) or default_steps(atlas, scope.selection)
    where = "vos zones" if scope.own_zones else "les quartiers prioritaires"
    return _story(scope, f"L'ESS dans {where}", [parts.STEPS[key](scope) for key in keys])


def told(atlas: Atlas, selection: Selection, key: str) -> Step:
    """Tell one step of :func:`tell`, alone.

    Raises
    ------
    UsageError
        Unknown step.
    """
    (step,) = tell(atlas, selection, (key,)).steps
    return step


def fiche(atlas: Atlas, code_qp: str, selection: Selection | None = None) -> Story:
    """Tell one neighbourhood on paper.

    Parameters
    ----------
    atlas
        Data folder opened.
    code_qp
        The neighbourhood.
    selection
        Filters on establishments; its territories are replaced.

    Raises
    ------
    UsageError
        The generation has no such neighbourhood.
    """
    asked = (selection or Selection()).without(*TERRITORIES).with_(quartier=(code_qp,))
    scope = Scope(atlas, atlas.resolve(asked))
    if scope.codes != (code_qp,):
        raise UsageError(f"quartier inconnu « {code_qp} » dans ce dossier de données.")
    name = atlas.label("quartier", code_qp, scope.resolved.generation) or code_qp
    return _story(
        scope,
        f"{name} ({code_qp})",
        [
            replace(parts.quartier(scope), title=ESSENTIAL),
            _landmarks(scope, code_qp),
            parts.manques(scope),
            _establishments(scope),
            parts.leviers(scope),
            _quality(scope),
            parts.sources(scope),
        ],
    )


def note(atlas: Atlas, selection: Selection) -> Story:
    """Tell a territory on paper."""
    scope = Scope(atlas, atlas.resolve(selection))
    chosen = any(scope.selection.get(key) for key in TERRITORIES)
    kind: MapKind = "zone" if chosen or scope.own_zones else "france"
    whole = parts.picture(scope, "territoire", scope.selection, kind)
    return _story(
        scope,
        whole.title,
        [
            replace(whole, title=ESSENTIAL),
            parts.secteurs(scope),
            *([parts.comparaison(scope), parts.manques(scope)] if chosen else []),
            _quartiers(scope),
            parts.leviers(scope),
            parts.sources(scope),
        ],
    )


def _story(scope: Scope, title: str, steps: Sequence[Step]) -> Story:
    manifest = scope.atlas.manifest
    return Story(
        title=title,
        subtitle=manifest.titre,
        sentence=scope.resolved.sentence,
        steps=tuple(steps),
        selection=scope.selection,
        generation=scope.resolved.generation.name,
        nature=manifest.nature,
        method=METHOD,
        licence=LICENCE,
    )


def _step(scope: Scope, key: str, title: str, said: str, blocks: Sequence[Block]) -> Step:
    return Step(key, title, said, tuple(blocks), scope.source, scope.atlas.manifest.nature)


def _landmarks(scope: Scope, code: str) -> Step:
    """Put the neighbourhood beside its commune, département and France."""
    table = landmarks(scope.atlas, scope.selection, code)
    weighed = bool(table["poids_emplois"].notna().any())
    columns = ["Territoire", "Établissements", _THOUSAND, "Emplois (estimation)", _THOUSAND]
    columns += ["Poids dans l'emploi"] * weighed
    rows = []
    for row in table.to_dict(orient="records"):
        cells = [
            sheet_words.scope(row),
            STATES.get(str(row["etat"]), "") or number(float(row["etablissements"])),
            number(float(row["etablissements_1000hab"]), 1),
            number(words.rounded(float(row["effectif_estime"]))),
            number(float(row["emplois_1000hab"]), 1),
        ]
        cells += [sheet_words.weight(row)] * weighed
        rows.append((*cells, sheet_words.compared(row)))
    field = FIELDS[scope.selection.champ[0]]
    said = " ".join((sheet_words.against(table), sheet_words.weights(table))).strip()
    return _step(
        scope,
        "reperes",
        "Beaucoup ou peu ?",
        said,
        [
            Table(
                f"Repères (champ{NBSP}: {field}{NBSP}; intervalles à 95{NBSP}%)",
                (*columns, "Ce quartier, par habitant"),
                tuple(rows),
                (False, *[True] * (len(columns) - 1), False),
            )
        ],
    )


def _establishments(scope: Scope) -> Step:
    """List what is there, the largest first."""
    atlas, generation = scope.atlas, scope.resolved.generation
    title = "Les établissements"
    if atlas.manifest.secret:
        return _step(scope, "etablissements", title, f"{REFUSED}.", [])
    inside = np.flatnonzero(scope.resolved.mask)
    rows = inside[listed(atlas.points[["emploi"]].iloc[inside])]
    sizes = generation.axes["taille"]
    # Whose headcount is not known comes last: nothing says that it is large.
    unknown = sizes.mask(("inconnu",))[rows] | (sizes.codes[rows] < 0)
    size = np.where(unknown, -1, sizes.codes[rows])
    points = publishable(atlas.points.iloc[rows])
    names = points["denomination"].tolist()
    order = np.lexsort((np.array(names, dtype=str), -size))
    kept = order[:LISTED]

    def label(axis: str, place: int) -> str:
        found = generation.axes[axis]
        return str((*found.labels, "")[found.codes[rows[place]]])

    types = [one.replace(";", ", ") for one in points["types"].tolist()]
    columns = ["Dénomination", "Secteur", "Salariés"]
    columns += ["Type"] * any(types[place] for place in kept.tolist())
    body = tuple(
        (
            names[place] or "sans dénomination",
            label("secteur", place),
            label("taille", place),
            types[place],
        )[: len(columns)]
        for place in kept.tolist()
    )
    said = [f"{plural(len(inside), 'établissement')} dans la sélection."]
    if len(rows) > LISTED:
        said.append(f"Les {number(LISTED)} plus grands sont listés ; l'export les donne tous.")
    hidden = len(inside) - len(rows)
    if hidden:
        unlisted = ("non employeur compté mais non listé", "non employeurs comptés mais non listés")
        said.append(f"{plural(hidden, *unlisted)}.")
    blocks: list[Block] = []
    if body:
        blocks.append(Table(title, tuple(columns), body, (False,) * len(columns)))
    return _step(scope, "etablissements", title, " ".join(said), blocks)


def _quality(scope: Scope) -> Step:
    """Say what the figures rest on."""
    title = "Qualité de ces chiffres"
    if scope.atlas.manifest.secret:
        return _step(scope, "qualite", title, f"{REFUSED}.", [])
    found = reliability(scope.atlas, scope.selection, flags(scope.atlas))
    lines = sheet_words.quality(found, knows_employment=scope.atlas.knows_employment)
    return _step(scope, "qualite", title, "", [Points(tuple(lines))])


def _quartiers(scope: Scope) -> Step:
    """List the neighbourhoods of a territory, the most provided first."""
    table = summary(scope.atlas, scope.selection, ("quartier",))
    table = table[table["code"] != ""].sort_values(
        "etablissements", ascending=False, kind="stable", na_position="last"
    )
    rows = []
    for row in table.head(LISTED).to_dict(orient="records"):
        jobs = float(row["effectif_estime"])
        rows.append(
            (
                f"{row['libelle']} ({row['code']})",
                STATES[row["etat"]] or number(float(row["etablissements"])),
                number(math.nan if math.isnan(jobs) else words.rounded(jobs)),
                number(float(row["population"])),
                number(float(row["etablissements_1000hab"]), 1),
            )
        )
    noun = "zone" if scope.own_zones else "quartier"
    said = f"{plural(len(table), noun)}."
    if not scope.atlas.manifest.secret:
        held = int((table["etablissements"] > 0).sum())
        verb = "compte" if held < 2 else "comptent"
        said = f"{plural(held, noun)} sur {number(len(table))} {verb} un établissement "
        said += "de la sélection."
    blocks: list[Block] = []
    if rows:
        blocks.append(
            Table(
                f"{noun.capitalize()}s",
                (
                    noun.capitalize(),
                    "Établissements",
                    "Emplois (estimation)",
                    "Habitants",
                    _THOUSAND,
                ),
                tuple(rows),
                (False, True, True, True, True),
                f"Les {number(LISTED)} premiers sur {number(len(table))}."
                if len(table) > LISTED
                else "",
            )
        )
    return _step(scope, "quartiers", f"{noun.capitalize()} par {noun}", said, blocks)
