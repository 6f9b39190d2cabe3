"""What a selection is compared with: the rest of a territory, similar quartiers, another selection.

A reference never holds an establishment of the selection itself: comparing a part with a whole
that contains it would pull every ratio towards 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from essgeo.atlas import Atlas, Resolved
from essgeo.axes import Mask
from essgeo.errors import UsageError
from essgeo.generation import TERRITORY_COLUMNS
from essgeo.indicators.similar import similar
from essgeo.secrecy import REFUSED
from essgeo.selection import OWN_ZONES, VOCABULARY, Selection
from essgeo.text import NBSP, fold, number, plural

#: Kinds of reference that a selection can ask for.
KINDS = VOCABULARY["reference"]

#: Kind when nothing is asked for: what is around.
DEFAULT = "commune"

#: Keys that say what establishments are, not where: no part of a reference.
CONTENT = ("secteur", "famille", "taille", "types")

#: Keys that say who is counted, whatever the place: the same on both sides of a comparison.
COUNTED = ("employeurs", "champ", "generation", "certitude")

#: Everywhere in a territory that a position can tell.
ANYWHERE = ("dedans", "proche", "hors")

_REST_NOTE = (
    "Établissements du même territoire comptés selon les mêmes règles, où qu'ils soient situés "
    "({}), sans ceux de la sélection."
)

_OTHERS = "autres quartiers prioritaires compris"

#: Kind -> « the rest of » one territory, its plural noun.
_NOUNS = {
    "commune": ("le reste de la commune", "communes"),
    "epci": ("le reste de l'intercommunalité", "intercommunalités"),
    "ept": (
        "le reste de l'établissement public territorial",
        "établissements publics territoriaux",
    ),
    "contrat": ("le reste du contrat de ville", "contrats de ville"),
    "departement": ("le reste du département", "départements"),
    "region": ("le reste de la région", "régions"),
}


@dataclass(frozen=True)
class Reference:
    """What a selection is compared with.

    Parameters
    ----------
    kind
        One of :data:`KINDS`, or ``autre`` for another selection.
    label
        Fits after « dans »: « le reste de la commune de Strasbourg ». It may hold names that
        come from the data: to be escaped where it is shown.
    mask
        shape (establishments,): the reference; never one of the selection.
    quartiers
        shape (outlines,): which outlines it is made of when it is neighbourhoods, else None.
    problem
        Why there is nothing to compare with, in French; empty when there is something.
    note
        How the reference was made, in French.
    selection
        What selects it (the selection's own establishments still in it); None without a place.
    """

    kind: str
    label: str
    mask: Mask
    quartiers: Mask | None
    problem: str
    note: str = ""
    selection: Selection | None = None


def reference(
    atlas: Atlas, selection: Selection, kind: str = "", other: Selection | None = None
) -> Reference:
    """Return what a selection is compared with.

    Parameters
    ----------
    atlas
        Data folder opened.
    selection
        What is looked at. Its rules of counting (employers, field, certainty, generation) apply
        to the reference; what establishments are (sector, family, size, types) does not.
    kind
        One of :data:`KINDS`; by default what the selection asks for, else its communes.
    other
        Another selection to compare with, instead of a kind; its place is taken, counted by the
        rules of ``selection``.

    Raises
    ------
    UsageError
        Unknown kind.
    """
    wanted = kind or (selection.reference[0] if selection.reference else DEFAULT)
    if other is None and wanted not in KINDS:
        raise UsageError(f"référence inconnue « {wanted} » ; références : {', '.join(KINDS)}.")
    if atlas.manifest.secret:
        # What is left of a territory would let a masked cell be found by subtraction.
        return _nothing(atlas, wanted, "la référence", f"{REFUSED}.")
    resolved = atlas.resolve(selection)
    if other is not None:
        found = _another(atlas, resolved, other)
    elif wanted == "semblables":
        found = _similar(atlas, resolved)
    elif wanted == "france":
        found = _rest(atlas, resolved, "france", "le reste de la France", {}, _rest_note(resolved))
    else:
        found = _rest_of_territory(atlas, resolved, wanted)
    if not found.problem and not found.mask.any():
        return _nothing(
            atlas,
            found.kind,
            found.label,
            f"Rien à comparer{NBSP}: ces données ne contiennent aucun établissement "
            f"dans {found.label}, hors de la sélection.",
        )
    return found


def own(atlas: Atlas, selection: Selection) -> Mask:
    """Return which establishments are in the place of a selection, whatever they are."""
    return atlas.resolve(selection.without(*CONTENT, "reference")).mask


def _rest_of_territory(atlas: Atlas, resolved: Resolved, kind: str) -> Reference:
    """Return the rest of the communes (EPCI…) where the selected neighbourhoods lie."""
    chosen = resolved.selection.get(kind)
    lacking = 0
    if not chosen:
        inside = np.flatnonzero(resolved.quartiers)
        if kind == "commune":
            several = [resolved.generation.commune_of[place] for place in inside]
        else:
            column = resolved.generation.quartiers[TERRITORY_COLUMNS[kind][0]]
            several = [(code,) if code else () for code in column.iloc[inside]]
        chosen = tuple(sorted({code for codes in several for code in codes}))
        lacking = sum(not codes for codes in several)
    one, nouns = _NOUNS[kind]
    if not chosen:
        return _nothing(
            atlas,
            kind,
            one,
            f"Rien à comparer{NBSP}: ces données ne rattachent les quartiers de la sélection "
            f"à aucun des territoires demandés ({nouns}).",
        )
    unplaced, outside = _unplaced(resolved, kind)
    if 2 * unplaced > outside:
        return _nothing(
            atlas,
            kind,
            one,
            f"Rien à comparer{NBSP}: {number(unplaced)} des {number(outside)} établissements "
            f"situés hors des quartiers ne sont rattachés, dans ces données, à aucun territoire "
            f"de ce niveau ({nouns}).",
        )
    if len(chosen) > 1:
        label = f"le reste des {number(len(chosen))}{NBSP}{nouns} de la sélection"
    else:
        label = _rest_of(kind, atlas.label(kind, chosen[0], resolved.generation), chosen[0])
    note = _rest_note(resolved)
    if lacking:
        note += f" {plural(lacking, 'quartier')} de la sélection sans territoire de ce niveau."
    if unplaced:
        note += (
            f" Laissés de côté, faute de commune connue{NBSP}: "
            f"{plural(unplaced, 'établissement')} hors des quartiers."
        )
    return _rest(atlas, resolved, kind, label, {kind: chosen}, note)


def _unplaced(resolved: Resolved, kind: str) -> tuple[int, int]:
    """Count those outside neighbourhoods and bands that no territory of a kind holds, and all.

    Files without communes know the territory of what is in or near a neighbourhood only: what
    they hold of a commune would not be the rest of it. Some communes have no EPCI, EPT or contrat:
    knowing their département is enough.
    """
    axes = resolved.generation.axes
    outside = axes["rattachement"].mask(("hors",))
    known = axes[kind if kind in ("commune", "region") else "departement"]
    unplaced = outside & (known.codes < 0)
    return int(unplaced.sum()), int(outside.sum())


def _rest_note(resolved: Resolved) -> str:
    own = resolved.generation.name == OWN_ZONES
    others = "quartiers prioritaires et autres zones compris" if own else _OTHERS
    return _REST_NOTE.format(others)


def _rest(
    atlas: Atlas,
    resolved: Resolved,
    kind: str,
    label: str,
    place: dict[str, tuple[str, ...]],
    note: str,
) -> Reference:
    """Return all of a place but the selection's own."""
    asked = resolved.selection
    within = Selection(rattachement=ANYWHERE).with_(**_counted(asked), **place)
    mask = atlas.resolve(within).mask & ~own(atlas, asked)
    return Reference(kind, label, mask, None, "", note, within)


def _similar(atlas: Atlas, resolved: Resolved) -> Reference:
    """Return neighbourhoods like the selected ones, looked at as they are (inside, band…)."""
    asked, generation = resolved.selection, resolved.generation
    codes = generation.quartiers.loc[resolved.quartiers, "code_qp"].tolist()
    found = similar(atlas, generation.name, codes)
    if found.problem:
        return _nothing(atlas, "semblables", "des quartiers semblables", found.problem)
    within = Selection(quartier=tuple(sorted(found.codes)), rattachement=asked.rattachement)
    within = within.with_(**_counted(asked))
    chosen = atlas.resolve(within)
    return Reference(
        "semblables",
        plural(len(found.codes), "quartier semblable", "quartiers semblables"),
        chosen.mask & ~own(atlas, asked),
        chosen.quartiers,
        "",
        found.rule,
        within,
    )


def _another(atlas: Atlas, resolved: Resolved, other: Selection) -> Reference:
    """Return the place of another selection, the selection's own left out."""
    asked = resolved.selection
    within = other.without(*CONTENT, "reference").with_(**_counted(asked))
    chosen = atlas.resolve(within)
    return Reference(
        "autre",
        "l'autre sélection",
        chosen.mask & ~own(atlas, asked),
        chosen.quartiers,
        "",
        f"L'autre sélection{NBSP}: {chosen.sentence}",
        chosen.selection,
    )


def _counted(asked: Selection) -> dict[str, tuple[str, ...]]:
    return {key: asked.get(key) for key in COUNTED}


def _nothing(atlas: Atlas, kind: str, label: str, problem: str) -> Reference:
    return Reference(kind, label, np.zeros(len(atlas), dtype=bool), None, problem)


def _rest_of(kind: str, name: str, code: str) -> str:
    """Name the rest of one territory: « le reste de la commune du Havre »."""
    one = _NOUNS[kind][0]
    noun = one.rpartition(" ")[2]
    if fold(name).startswith(f"{noun} "):  # « Commune simulée 1 » says its noun itself
        return f"{one}{name[len(noun) :]}"
    if kind != "commune" or name == code:
        return f"{one} ({name})"
    if name.startswith(("Le ", "Les ")):
        return f"{one} {'du' if name.startswith('Le ') else 'des'} {name.partition(' ')[2]}"
    return f"{one} d'{name}" if fold(name)[:1] in "aeiouy" else f"{one} de {name}"
