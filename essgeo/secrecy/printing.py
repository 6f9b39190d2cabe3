"""Tables of a source under statistical secrecy: what is printed of them, and what reads « secret ».

Why this is enough is proved in :mod:`essgeo.secrecy.atoms`.
"""

from __future__ import annotations

from collections.abc import Sequence
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
import pandas as pd

from essgeo.atlas import Atlas, Resolved
from essgeo.axes import Mask
from essgeo.generation import TERRITORY_COLUMNS
from essgeo.secrecy.atoms import ATTACHMENTS, Partition, Rule, counted, partition
from essgeo.selection import TERRITORIES, Selection

#: What is said instead of anything that is not a total.
REFUSED = (
    "Ces données sont couvertes par le secret statistique : seuls des totaux sont donnés, "
    "jamais un établissement"
)

#: Columns that say nothing of an establishment: they are printed on every row.
PUBLIC = (
    "code",
    "libelle",
    "etat",
    "quartiers",
    "population",
    "population_communes",
    "superficie_km2",
    "bande_km2",
    "denominateur_emplois",
    "denominateur_emplois_prives",
    "nature",
)

#: Columns that are sums over the establishments of a row, or such a sum by a public number.
OWN = (
    "etablissements",
    "employeurs",
    "effectif_min",
    "effectif_estime",
    "effectif_max",
    "etablissements_1000hab",
    "etablissements_km2",
    "emplois_1000hab",
    "poids_emplois",
    "poids_emplois_prives",
)

#: The same of what is near.
NEAR = ("etablissements_proches", "proches_km2")

#: Keys that a selection must leave at their defaults for anything to be printed.
FIXED = ("famille", "taille", "types", "champ", "certitude")

#: Axes along which something may be printed.
PRINTED = ("france", *TERRITORIES, "secteur")

#: Stands between the two codes of a row.
_BETWEEN = "\n"

_partitions: WeakKeyDictionary[Atlas, dict[tuple[str, Rule], Partition]] = WeakKeyDictionary()


def protected(
    atlas: Atlas, resolved: Resolved, axes: Sequence[str], table: pd.DataFrame
) -> pd.DataFrame:
    """Keep of a summary what statistical secrecy lets out; for a source that falls under it.

    Parameters
    ----------
    atlas, resolved, axes
        What the table counts, and along what.
    table
        Summary as computed, with a row for each value that the axes may take (or more): the list
        of the rows must not say which ones count something.

    Returns
    -------
    pandas.DataFrame
        The same columns; the rows that the selection's territory and sectors allow. One that may
        not be printed has ``etat`` « secret » and no figure but those of geography. Columns that
        are no sums (distinct SIREN, unknown headcounts, intervals) are empty on every row.
    """
    keys = _keys(atlas, resolved, axes)
    ids = pd.Index(_ids(table["code"]))
    kept = ids.isin(keys["row"]) | (ids == "france")
    out, ids = table[kept].reset_index(drop=True), ids[kept]
    keys["row"] = ids.get_indexer(pd.Index(keys["row"]))
    found = out["etablissements"].to_numpy(np.float64)
    printed = near = np.zeros(len(out), dtype=bool)
    if _printable(atlas, resolved.selection, axes):
        by_commune = "commune" in axes or bool(resolved.selection.commune)
        wholes = {name: _whole(atlas, name, keys, len(out), by_commune) for name in ATTACHMENTS}
        asked = [wholes[name] for name in resolved.selection.rattachement]
        # Whatever the reason, a row that does not count what its atoms count is not printed.
        printed = np.all([whole for whole, _ in asked], axis=0)
        printed &= sum(count for _, count in asked) == found
        whole, count = wholes["proche"]
        near = printed & whole & (count == out["etablissements_proches"].to_numpy(np.float64))
    for name in out.columns:
        if name in PUBLIC:
            continue
        shown = printed if name in OWN else near if name in NEAR else np.zeros(len(out), bool)
        numeric = pd.api.types.is_numeric_dtype(out[name])
        out[name] = out[name].astype("float64").where(shown) if numeric else ""
    outside = (out["etat"] == "hors_champ").to_numpy() & (found == 0)
    out["etat"] = np.where(outside, "hors_champ", np.where(printed, "ok", "secret"))
    return out


def _printable(atlas: Atlas, selection: Selection, axes: Sequence[str]) -> bool:
    """Whether a question is about territories and sectors only, in the one view that is printed."""
    return (
        all(axis in PRINTED for axis in axes)
        and all(selection.get(key) == getattr(Selection(), key) for key in FIXED)
        and (selection.employeurs == ("oui",) or not atlas.knows_employment)
        and selection.generation == (atlas.newest.name,)
        and set(selection.rattachement) <= set(ATTACHMENTS)
    )


def _keys(atlas: Atlas, resolved: Resolved, axes: Sequence[str]) -> pd.DataFrame:
    """List the cells that each row holds, from the outlines alone.

    Returns
    -------
    pandas.DataFrame
        ``row`` (its codes as one text), ``outline`` and ``sector`` (positions), ``partial`` (the
        row may hold a part of the cell only: a neighbourhood over several communes).
    """
    generation, selection = resolved.generation, resolved.selection
    communes, wanted = generation.commune_of, set(selection.commune)
    table = pd.DataFrame({"outline": np.flatnonzero(resolved.quartiers)})
    table["partial"] = [
        bool(wanted) and not set(communes[place]) <= wanted for place in table["outline"]
    ]
    sectors = (*generation.axes["secteur"].values, "")
    chosen = selection.secteur or sectors
    table = table.merge(
        pd.DataFrame({"value": chosen, "sector": [sectors.index(one) for one in chosen]}),
        how="cross",
    )
    table["row"] = ""
    for place, axis in enumerate(axes):
        if axis == "commune":
            table["own"] = [communes[one] for one in table["outline"]]
            table["partial"] |= table["own"].str.len() != 1
            table = table.explode("own", ignore_index=True)
            codes = table["own"].fillna("")
        elif axis == "secteur":
            codes = table["value"]
        elif axis == "france":
            codes = pd.Series("france", index=table.index)
        elif axis in TERRITORIES:
            column = "code_qp" if axis == "quartier" else TERRITORY_COLUMNS[axis][0]
            codes = generation.quartiers[column].iloc[table["outline"]].reset_index(drop=True)
        else:
            values = (*atlas.values(axis, generation), "")
            table = table.merge(pd.DataFrame({"other": values}), how="cross")
            codes = table.pop("other")
        table["row"] = codes if place == 0 else table["row"] + _BETWEEN + codes
    return table[["row", "outline", "sector", "partial"]]


def _whole(
    atlas: Atlas, attachment: str, keys: pd.DataFrame, size: int, by_commune: bool
) -> tuple[Mask, npt.NDArray[np.float64]]:
    """Say which rows hold atoms whole, all of them safe, and what these atoms count."""
    part = _partition(atlas, attachment)
    row, outline = keys["row"].to_numpy(), keys["outline"].to_numpy()
    partial = keys["partial"].to_numpy(bool)
    if by_commune:
        partial = partial | _strays(atlas, attachment)[outline]
    whole = np.ones(size, dtype=bool)
    whole[row[partial]] = False
    atom = part.atoms[outline, keys["sector"]]
    inside = atom >= 0
    (row, atoms), cells = np.unique(
        np.stack([row[inside], atom[inside]]), axis=1, return_counts=True
    )
    whole[row[(cells != part.size[atoms]) | ~part.safe[atoms]]] = False
    count = np.bincount(row, weights=part.count[atoms], minlength=size)
    return whole, count.astype(np.float64)


def _strays(atlas: Atlas, attachment: str) -> Mask:
    """Say in which outlines somebody declares a commune that is none of the outline's."""
    generation = atlas.newest
    place, axis = generation.axes["quartier"].codes, generation.axes["commune"]
    out = np.zeros(len(generation.quartiers), dtype=bool)
    here = counted(atlas, attachment) & (place >= 0)
    names = (*axis.values, "")
    for outline, code in {*zip(place[here].tolist(), axis.codes[here].tolist(), strict=True)}:
        out[outline] |= names[code] not in generation.commune_of[outline]
    return out


def _partition(atlas: Atlas, attachment: str) -> Partition:
    """Return the atoms of a data folder, made once."""
    rule = Rule.read()
    made = _partitions.setdefault(atlas, {})
    if (attachment, rule) not in made:
        made[attachment, rule] = partition(atlas, attachment, rule)
    return made[attachment, rule]


def _ids(codes: pd.Series) -> list[str]:
    return [_BETWEEN.join(code) if isinstance(code, list) else str(code) for code in codes]
