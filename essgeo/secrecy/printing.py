"""Tables of a source under statistical secrecy: what is printed of them, and what reads « secret ».

Why this is enough is proved in :mod:`essgeo.secrecy.atoms`.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
import pandas as pd

from essgeo.atlas import Atlas, Resolved
from essgeo.axes import Mask
from essgeo.generation import TERRITORY_COLUMNS
from essgeo.secrecy.atoms import ATTACHMENTS, Ints, Partition, Rule, counted, partition
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
    ids = _ids(table["code"])
    possible = set(keys.ids)
    kept = [one in possible or one == "france" for one in ids]
    out = table[kept].reset_index(drop=True)
    place = {one: row for row, one in enumerate(itertools.compress(ids, kept))}
    rows = np.array([place[one] for one in keys.ids], dtype=np.intp)[keys.row]
    found = out["etablissements"].to_numpy(np.float64)
    printed = near = np.zeros(len(out), dtype=bool)
    if _printable(atlas, resolved.selection, axes):
        wholes = {name: _whole(atlas, name, keys, rows, len(out)) for name in ATTACHMENTS}
        asked = [wholes[name] for name in resolved.selection.rattachement]
        # Whatever the reason, a row that does not count what its atoms count is not printed.
        printed = np.all([whole for whole, _ in asked], axis=0)
        printed &= sum(count for _, count in asked) == found
        whole, count = wholes["proche"]
        near = printed & whole & (count == out["etablissements_proches"].to_numpy(np.float64))
    nothing = np.zeros(len(out), dtype=bool)
    outside = (out["etat"] == "hors_champ").to_numpy() & (found == 0)
    columns = {}
    for name in out.columns:
        if name in PUBLIC:
            columns[name] = out[name]
            continue
        shown = printed if name in OWN else near if name in NEAR else nothing
        values = pd.to_numeric(out[name], errors="coerce").to_numpy(np.float64)
        columns[name] = pd.Series(np.where(shown, values, np.nan))
    columns["etat"] = pd.Series(
        np.where(outside, "hors_champ", np.where(printed, "ok", "secret")), dtype="str"
    )
    return pd.DataFrame(columns)


def _printable(atlas: Atlas, selection: Selection, axes: Sequence[str]) -> bool:
    """Whether a question is about territories and sectors only, in the one view that is printed."""
    return (
        all(axis in PRINTED for axis in axes)
        and all(selection.get(key) == getattr(Selection(), key) for key in FIXED)
        and (selection.employeurs == ("oui",) or not atlas.knows_employment)
        and selection.generation == (atlas.newest.name,)
        and set(selection.rattachement) <= set(ATTACHMENTS)
    )


@dataclass(frozen=True)
class _Keys:
    """The cells that each row holds, from the outlines alone.

    Parameters
    ----------
    ids
        Codes of each row as one text.
    row, outline, sector
        One entry a cell and row that holds it: positions.
    partial
        Whether the row may hold a part of the cell only: a neighbourhood over several communes.
    by_commune
        Whether communes have a part in the question.
    """

    ids: tuple[str, ...]
    row: Ints
    outline: Ints
    sector: Ints
    partial: Mask
    by_commune: bool


def _keys(atlas: Atlas, resolved: Resolved, axes: Sequence[str]) -> _Keys:
    generation, selection = resolved.generation, resolved.selection
    wanted, by_commune = set(selection.commune), "commune" in axes
    # One entry an outline and, along communes, one for each of its own.
    entries: list[tuple[int, str, bool]] = []
    for outline in np.flatnonzero(resolved.quartiers).tolist():
        communes = generation.commune_of[outline]
        cut = bool(wanted) and not set(communes) <= wanted
        if by_commune:
            cut |= len(communes) != 1
            entries += [(outline, code, cut) for code in communes or ("",)]
        else:
            entries.append((outline, "", cut))
    sectors = (*generation.axes["secteur"].values, "")
    chosen = selection.secteur or sectors
    codes: list[Sequence[str]] = []
    for axis in axes:
        if axis == "commune":
            codes.append([code for _, code, _ in entries])
        elif axis == "france":
            codes.append(["france"] * len(entries))
        elif axis in TERRITORIES:
            column = "code_qp" if axis == "quartier" else TERRITORY_COLUMNS[axis][0]
            values = generation.quartiers[column].tolist()
            codes.append([values[outline] for outline, _, _ in entries])
        else:
            codes.append(chosen if axis == "secteur" else (*atlas.values(axis, generation), ""))
    ids: dict[str, int] = {}
    lists = [axis not in PRINTED or axis == "secteur" for axis in axes]
    row: list[int] = []
    outline_of: list[int] = []
    sector_of: list[int] = []
    for place in range(len(entries)):
        choices = [
            list(enumerate(values)) if free else [(-1, values[place])]
            for values, free in zip(codes, lists, strict=True)
        ]
        for combination in itertools.product(*choices):
            text = _BETWEEN.join(code for _, code in combination)
            at = ids.setdefault(text, len(ids))
            along = [
                code for axis, (_, code) in zip(axes, combination, strict=True) if axis == "secteur"
            ]
            for value in along or chosen:
                row.append(at)
                outline_of.append(place)
                sector_of.append(sectors.index(value))
    where = np.array(outline_of, dtype=np.int64)
    return _Keys(
        ids=tuple(ids),
        row=np.array(row, dtype=np.int64),
        outline=np.array([one[0] for one in entries], dtype=np.int64)[where],
        sector=np.array(sector_of, dtype=np.int64),
        partial=np.array([one[2] for one in entries], dtype=bool)[where],
        by_commune=by_commune or bool(wanted),
    )


def _whole(
    atlas: Atlas, attachment: str, keys: _Keys, rows: npt.NDArray[np.intp], size: int
) -> tuple[Mask, npt.NDArray[np.float64]]:
    """Say which rows hold atoms whole, all of them safe, and what these atoms count."""
    part = _partition(atlas, attachment)
    partial = keys.partial
    if keys.by_commune:
        partial = partial | _strays(atlas, attachment)[keys.outline]
    whole = np.ones(size, dtype=bool)
    whole[rows[partial]] = False
    atom = part.atoms[keys.outline, keys.sector]
    inside = atom >= 0
    pairs, cells = np.unique(
        rows[inside].astype(np.int64) * (len(part.size) + 1) + atom[inside], return_counts=True
    )
    row, atoms = np.divmod(pairs, len(part.size) + 1)
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
