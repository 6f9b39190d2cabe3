"""Two data folders side by side: what opened, closed, moved in and moved out, by territory.

A SIRET is bound to an address: it dies at each move (Insee, Sirene). One that is gone while its
SIREN has a new one is therefore a move, not a closure and an opening. Both folders are counted on
the outlines of the second, so that nothing opens because an outline changed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import cast

import geopandas as gpd
import numpy as np
import pandas as pd

from essgeo.atlas import Atlas
from essgeo.errors import DataError, UsageError
from essgeo.generation import JOINED
from essgeo.manifest import LIB_NATURE
from essgeo.selection import TERRITORIES, Selection
from essgeo.text import plural

#: Axes of a comparison: territories of neighbourhoods, or all of them together.
AXES = ("france", *TERRITORIES)

#: Where the establishments counted after come from, and what became of those counted before.
SAME = ("restes", "deplaces")
IN = ("entres", "arrives", "ouverts")
OUT = ("sortis", "partis", "fermes")

#: Columns of a comparison. ``avant`` = SAME + OUT and ``apres`` = SAME + IN, on every row.
COLUMNS = ("code", "libelle", "avant", *SAME, *IN, *OUT, "apres", "solde", "nature")


@dataclass(frozen=True)
class Comparison:
    """Two vintages compared.

    Parameters
    ----------
    table
        One row a territory where something is counted before or after, columns :data:`COLUMNS`,
        in establishments: ``restes`` kept their SIRET, ``deplaces`` changed it within the
        territory; ``entres`` and ``sortis`` were there both times but are counted once only
        (headcount, activity or position revised); ``arrives`` and ``partis`` moved from or to
        another place; ``ouverts`` and ``fermes`` have no counterpart of the same SIREN.
    sentence
        What is compared, in words.
    notes
        What a reader must know (French sentences).
    """

    table: pd.DataFrame
    sentence: str
    notes: tuple[str, ...]


def compare(before: Atlas, after: Atlas, selection: Selection, by: str = "quartier") -> Comparison:
    """Compare what a selection counts in two data folders.

    Parameters
    ----------
    before, after
        Folders of two vintages, in the order of time.
    selection
        What is counted; the same in both. ``avant`` and ``apres`` are what a summary counts, on
        the outlines of ``after``.
    by
        One of :data:`AXES`. Counts of moves do not add up from one axis to another: a move
        between two neighbourhoods of a département is within it.

    Raises
    ------
    UsageError
        ``by`` is none of the axes.
    DataError
        The folders are not of one nature, one falls under statistical secrecy, has no SIRET,
        does not know a value of the selection, or alone says who employs.
    """
    if by not in AXES:
        raise UsageError(f"axe inconnu « {by} » ; axes d'une comparaison : {', '.join(AXES)}.")
    _check(before, after, selection)
    notes = [
        "Un SIRET disparu dont le SIREN en ouvre un autre est compté comme un déménagement : pour "
        "une structure qui a de nombreux établissements, ce peut être une fermeture et une "
        "ouverture sans lien."
    ]
    name = after.resolve(selection).generation.name
    if not _same_outlines(before, after, name):
        before = _on_outlines(before, after)
        notes.append(
            f"{before.folder.path} est compté sur les contours {name} de {after.folder.path}, "
            "qui diffèrent des siens."
        )
    for atlas in (before, after):
        missing = atlas.resolve(selection).unknown
        if missing:
            raise DataError(f"{atlas.folder.path} : {missing[0]} ; changez la sélection.")
    old, new = (_side(atlas, selection, by, notes) for atlas in (before, after))
    counts = flows(old, new)
    labels = _labels(before, selection, by) | _labels(after, selection, by)
    resolved = after.resolve(selection)
    nature = after.manifest.nature
    table = counts.reset_index(names="code")
    table.insert(1, "libelle", [labels.get(code, code) for code in table["code"]])
    table["solde"] = table["apres"] - table["avant"]
    table["nature"] = nature
    return Comparison(
        table[list(COLUMNS)],
        f"{resolved.sentence} De {before.folder.path.name} à {after.folder.path.name}.",
        tuple(notes),
    )


def _check(before: Atlas, after: Atlas, selection: Selection) -> None:
    """Refuse what cannot be compared."""
    for atlas in (before, after):
        path = atlas.folder.path
        if atlas.manifest.secret:
            raise DataError(
                f"{path} : une source est sous secret statistique ; l'écart entre deux millésimes "
                "montrerait des établissements un par un, il n'est pas donné."
            )
        if not len(atlas) or (atlas.folder.etablissements["siret"] == "").all():
            raise DataError(
                f"{path} : aucun SIRET dans la table des établissements ; deux millésimes ne se "
                "comparent que par lui."
            )
    natures = [atlas.manifest.nature for atlas in (before, after)]
    if natures[0] != natures[1]:
        raise DataError(
            f"{after.folder.path} : {LIB_NATURE[natures[1]]}, quand {before.folder.path} est : "
            f"{LIB_NATURE[natures[0]]} ; comparez deux dossiers de même nature."
        )
    if selection.employeurs == ("oui",) and before.knows_employment != after.knows_employment:
        silent = before if after.knows_employment else after
        raise DataError(
            f"{silent.folder.path} : ces données ne disent pas qui emploie, l'autre dossier si ; "
            "comparez tous les établissements (--select employeurs=tous)."
        )


def _same_outlines(before: Atlas, after: Atlas, name: str) -> bool:
    """Tell whether both folders hold the same outlines of a generation."""
    if name not in before.generations:
        return False
    one, two = (atlas.generations[name].quartiers for atlas in (before, after))
    if sorted(one["code_qp"]) != sorted(two["code_qp"]):
        return False
    shapes = [part.set_index("code_qp").geometry.sort_index() for part in (one, two)]
    return bool(shapes[0].geom_equals(shapes[1]).all())


def _on_outlines(before: Atlas, after: Atlas) -> Atlas:
    """Attach the establishments of a folder to the outlines of another."""
    points = before.folder.etablissements
    joined = [
        name
        for name in points.columns
        if any(name == one or name.startswith(f"{one}_20") for one in (*JOINED, "motif"))
    ]
    quartiers = after.folder.quartiers
    folder = replace(
        before.folder,
        etablissements=points.drop(columns=joined),
        quartiers=cast("gpd.GeoDataFrame", quartiers),
    )
    return Atlas(folder)


def _side(atlas: Atlas, selection: Selection, by: str, notes: list[str]) -> pd.DataFrame:
    """Say of each SIRET where it is, and whether it is counted.

    Returns
    -------
    pandas.DataFrame
        Indexed by SIRET, sorted: ``siren``; ``counted``; ``home``, the neighbourhood, and
        ``place``, the territory of the axis, ``""`` for what lies outside the selection's
        neighbourhoods.
    """
    resolved = atlas.resolve(selection)
    axes = resolved.generation.axes
    there = axes["rattachement"].mask(resolved.selection.rattachement)
    points = atlas.folder.etablissements
    home = axes["quartier"].series(points.index).where(there, "")
    if by == "france":
        place = pd.Series(np.where(there, "france", ""), points.index)
    else:
        place = axes[by].series(points.index).where(there, "")
    table = pd.DataFrame(
        {
            "siret": points["siret"],
            "siren": points["siren"],
            "counted": resolved.mask,
            "home": home,
            "place": place,
        }
    )
    named = table[table["siret"] != ""]
    alone = named.drop_duplicates("siret")
    for count, what in (
        (len(table) - len(named), "sans SIRET, laissé de côté"),
        (len(named) - len(alone), "de SIRET répété, laissé de côté"),
    ):
        if count:
            notes.append(f"{atlas.folder.path} : {plural(count, 'établissement')} {what}.")
    return alone.set_index("siret").sort_index()


def _labels(atlas: Atlas, selection: Selection, by: str) -> dict[str, str]:
    if by == "france":
        return {"france": "Ensemble des quartiers"}
    axis = atlas.resolve(selection).generation.axes[by]
    return dict(zip(axis.values, axis.labels, strict=True)) | {"": "Territoire inconnu"}


def flows(old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """Count by territory where the establishments of two vintages come from and go.

    Parameters
    ----------
    old, new
        One row a SIRET, sorted: ``siren``; ``counted``; ``home``, the neighbourhood; ``place``,
        the territory of the axis, ``""`` outside of all.

    Returns
    -------
    pandas.DataFrame
        Indexed by territory: ``avant, apres`` and what :class:`Comparison` says.
    """
    kept = old.merge(
        new, left_index=True, right_index=True, suffixes=("_old", "_new"), validate="1:1"
    )
    gone, born = old[~old.index.isin(new.index)], new[~new.index.isin(old.index)]
    pairs = moves(gone, born)
    moved = pd.concat(
        [
            gone.loc[pairs["gone"]].add_suffix("_old").reset_index(drop=True),
            born.loc[pairs["born"]].add_suffix("_new").reset_index(drop=True),
        ],
        axis=1,
    )
    within = moved["place_old"] == moved["place_new"]
    closed = gone[~gone.index.isin(pairs["gone"]) & gone["counted"]]
    opened = born[~born.index.isin(pairs["born"]) & born["counted"]]
    counts = pd.DataFrame(
        {"ouverts": opened["place"].value_counts(), "fermes": closed["place"].value_counts()}
    )
    for table, same, came, went in (
        (kept, "restes", "entres", "sortis"),
        (moved[within], "deplaces", "entres", "sortis"),
        # Nothing stays in a place that it left.
        (moved[~within], "deplaces", "arrives", "partis"),
    ):
        both = table["counted_old"] & table["counted_new"]
        both &= table["place_old"] == table["place_new"]
        found = {
            same: table.loc[both, "place_new"],
            came: table.loc[table["counted_new"] & ~both, "place_new"],
            went: table.loc[table["counted_old"] & ~both, "place_old"],
        }
        tallies = pd.DataFrame({name: places.value_counts() for name, places in found.items()})
        counts = counts.add(tallies, fill_value=0)
    counts = counts.fillna(0).astype("int64").sort_index()
    counts["avant"] = counts[[*SAME, *OUT]].sum(axis=1)
    counts["apres"] = counts[[*SAME, *IN]].sum(axis=1)
    return counts


def moves(gone: pd.DataFrame, born: pd.DataFrame) -> pd.DataFrame:
    """Pair the SIRET that are gone with those that their SIREN opened.

    Within one neighbourhood first, then anywhere, in the order of SIRET; each is paired once.

    Parameters
    ----------
    gone, born
        Tables indexed by SIRET, sorted, with ``siren`` and ``home``.

    Returns
    -------
    pandas.DataFrame
        ``gone, born``: two SIRET of one SIREN.
    """
    sirens = set(gone["siren"]) & set(born["siren"]) - {""}
    left, right = (side[side["siren"].isin(sirens)].reset_index() for side in (gone, born))
    found = []
    for keys in (["siren", "home"], ["siren"]):
        pair = left.assign(rank=left.groupby(keys).cumcount()).merge(
            right.assign(rank=right.groupby(keys).cumcount()),
            on=[*keys, "rank"],
            suffixes=("_gone", "_born"),
            validate="1:1",
        )
        found.append(pair[["siret_gone", "siret_born"]])
        left = left[~left["siret"].isin(pair["siret_gone"])]
        right = right[~right["siret"].isin(pair["siret_born"])]
    return pd.concat(found, ignore_index=True).set_axis(["gone", "born"], axis=1)
