"""Atlas: a data folder loaded once, read-only, ready to be selected from.

Every establishment is given, once, an integer per axis (region, sector, size…); a selection is
then a few look-ups in small tables of booleans, whatever the number of establishments.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import cast

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from essgeo import nomenclatures
from essgeo.datafolder import DataFolder, read_folder
from essgeo.errors import DataError
from essgeo.join import JoinResult, attach
from essgeo.manifest import Manifest
from essgeo.selection import TERRITORIES, VOCABULARY, Selection
from essgeo.sentences import describe
from essgeo.text import fold

Mask = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.int32]

#: Columns that the join adds for the newest generation; the other carries a suffix.
JOINED = ("code_qp", "rattachement", "distance_m", "certitude")

#: Axes read from the establishment itself, whatever the generation of outlines.
OWN_AXES = ("secteur", "famille", "taille")

#: A code column of quartiers and communes -> its label.
TERRITORY_COLUMNS = {
    "region": ("insee_reg", "lib_reg"),
    "departement": ("insee_dep", "lib_dep"),
    "epci": ("siren_epci", "lib_epci"),
    "ept": ("code_ept", "lib_ept"),
    "contrat": ("code_contrat", "lib_contrat"),
}

_ARRONDISSEMENTS = (
    (re.compile(r"751\d\d"), "75056"),
    (re.compile(r"6938\d"), "69123"),
    (re.compile(r"132\d\d"), "13055"),
)

#: Employment statuses counted by ``employeurs=oui``: of known headcount or not.
EMPLOYER = ("employeur", "employeur-inconnu")

#: Masks kept by an axis: a byte an establishment each.
RECENT_MASKS = 16

#: Sirene covers only the public administrative sector there (Insee): no figure can be read.
OUT_OF_FIELD_DEP = "987"


@dataclass(frozen=True)
class Axis:
    """One way to sort establishments.

    Parameters
    ----------
    name
        Key of the selection.
    values, labels
        Codes or slugs and what people read, same order, same length.
    codes
        shape (establishments,): position in ``values``, -1 for none.
    """

    name: str
    values: tuple[str, ...]
    labels: tuple[str, ...]
    codes: Codes

    def position(self, value: str) -> int:
        """Return the position of a value, -1 when unknown."""
        return self._positions().get(value, -1)

    def label(self, value: str) -> str:
        """Return what people read for a value; the value itself when unknown."""
        place = self.position(value)
        return self.labels[place] if place >= 0 else value

    def _positions(self) -> Mapping[str, int]:
        found = self.__dict__.get("_cache")
        if found is None:
            found = {value: place for place, value in enumerate(self.values)}
            object.__setattr__(self, "_cache", found)
        return found

    def mask(self, wanted: Iterable[str]) -> Mask:
        """Return which establishments have one of the wanted values; not to be changed.

        The last ones asked for are kept: most of a selection stays when one filter changes.
        """
        values = tuple(wanted)
        recent: dict[tuple[str, ...], Mask] = self.__dict__.setdefault("_recent", {})
        found = recent.get(values)
        if found is None:
            allowed = np.zeros(len(self.values) + 1, dtype=bool)  # the last one stands for -1
            allowed[[place for value in values if (place := self.position(value)) >= 0]] = True
            found = allowed[self.codes]
            found.setflags(write=False)
            if len(recent) >= RECENT_MASKS:
                recent.clear()
            recent[values] = found
        return found


@dataclass(frozen=True)
class Headcount:
    """Employees of each establishment, from Sirene's bands.

    Parameters
    ----------
    low, central, high
        shape (establishments,), employees: bounds and central value of the band. The open band
        has no upper bound (NaN) and its lower bound as central value; non-employers count 0.
    known
        shape (establishments,): whether the headcount is known; where it is not, the bounds
        are NaN.
    """

    low: npt.NDArray[np.float64]
    central: npt.NDArray[np.float64]
    high: npt.NDArray[np.float64]
    known: Mask


@dataclass(frozen=True)
class Generation:
    """Outlines of one generation with what was joined to them.

    Parameters
    ----------
    name
        ``2015`` or ``2024``.
    quartiers
        One row an outline, RangeIndex.
    joined
        One row an establishment: ``code_qp, rattachement, distance_m, certitude, motif``.
    join
        The join's own account, None when the folder was already joined.
    axes
        Axes of this generation by key.
    commune_of
        Rolled-up codes of the communes that each outline covers, in the order of ``quartiers``.
    """

    name: str
    quartiers: gpd.GeoDataFrame
    joined: pd.DataFrame
    join: JoinResult | None
    axes: Mapping[str, Axis]
    commune_of: tuple[tuple[str, ...], ...]

    def conservation(self) -> dict[str, int]:
        """Count the rows in all (``total``) and by ``rattachement``; the four add up to it."""
        counts = self.joined["rattachement"].value_counts()
        found = {name: int(counts.get(name, 0)) for name in VOCABULARY["rattachement"]}
        return {"total": len(self.joined), **found}


@dataclass(frozen=True)
class Resolved:
    """A selection applied to an atlas.

    Parameters
    ----------
    selection
        As asked, with the generation filled and what is unknown left out.
    mask
        shape (establishments,): which ones are selected.
    quartiers
        shape (outlines of the generation,): which lie in the selected territory.
    unknown
        One French sentence for each value that this data folder does not hold.
    notes
        What a reader must know of how the selection was applied.
    sentence
        The selection in words.
    """

    selection: Selection
    generation: Generation
    mask: Mask
    quartiers: Mask
    unknown: tuple[str, ...]
    notes: tuple[str, ...]
    sentence: str


class Atlas:
    """A data folder loaded once.

    Parameters
    ----------
    folder
        What :func:`essgeo.datafolder.read_folder` returned.

    Attributes
    ----------
    points : pandas.DataFrame
        Establishments with the columns of the data dictionary, and ``famille``, ``secteur``,
        ``taille``, ``emploi``; never to be changed.
    generations : Mapping[str, Generation]
        Newest first.
    knows_employment : bool
        Whether any establishment says if it employs.
    headcount : Headcount
        Employees of each establishment.
    siren_codes : numpy.ndarray
        shape (establishments,): one integer a SIREN, -1 where it is not known.
    types_values : tuple[str, ...]
        Types in the order of the bits of :meth:`type_bits`.
    """

    def __init__(self, folder: DataFolder) -> None:
        self.folder = folder
        self.points = _with_nomenclatures(folder.etablissements)
        names = sorted(folder.quartiers["generation"].unique(), reverse=True)
        if not names:
            raise DataError(
                f"{folder.path} : la table des quartiers est vide ; reconstruisez le dossier."
            )
        self.knows_employment = bool((self.points["emploi"] != "inconnu").any())
        own = {name: _own_axis(name, self.points[name]) for name in OWN_AXES}
        own["emploi"] = _own_axis("emploi", self.points["emploi"])
        self.types_values, self._types_bits = _types(self.points["types"])
        self.headcount = _headcount(self.points)
        self.siren_codes = _codes(self.points["siren"])
        self._own_commune = rolled_up(self.points["code_commune"])
        self.generations: Mapping[str, Generation] = {
            name: self._generation(name, own, newest=name == names[0]) for name in names
        }
        # A resolved selection is a few booleans a row: keeping some makes every page and every
        # facet of one rerun share one answer.
        self.resolve = lru_cache(maxsize=32)(self._resolve)
        self.facets = lru_cache(maxsize=32)(self._facets)

    @property
    def manifest(self) -> Manifest:
        """What the data folder says of itself."""
        return self.folder.manifest

    @property
    def newest(self) -> Generation:
        """The newest generation of outlines."""
        return next(iter(self.generations.values()))

    def __len__(self) -> int:
        """Return the number of establishments."""
        return len(self.points)

    # Loading -----------------------------------------------------------------------------

    def _generation(self, name: str, own: Mapping[str, Axis], *, newest: bool) -> Generation:
        everything = self.folder.quartiers
        quartiers = everything[everything["generation"] == name].reset_index(drop=True)
        joined, join = self._joined(quartiers, "" if newest else f"_{name}")
        position = _places(quartiers["code_qp"], joined["code_qp"])
        commune_of = tuple(
            tuple(dict.fromkeys(roll_up(code) for code in codes.split(";") if code))
            for codes in quartiers["insee_com"]
        )
        axes: dict[str, Axis] = dict(own)
        communes = self.folder.communes
        own_commune = self._commune(position, commune_of)
        by_commune = _places(communes["code_commune"], own_commune)
        for key, (code, label) in TERRITORY_COLUMNS.items():
            axes[key] = _territory_axis(key, code, label, quartiers, position, communes, by_commune)
        axes["commune"] = self._commune_axis(quartiers, commune_of, own_commune)
        axes["quartier"] = Axis(
            "quartier",
            tuple(quartiers["code_qp"]),
            tuple(quartiers["lib_qp"].where(quartiers["lib_qp"] != "", quartiers["code_qp"])),
            position,
        )
        for key in ("rattachement", "certitude"):
            axes[key] = _own_axis(key, joined[key])
        return Generation(name, quartiers, joined, join, axes, commune_of)

    def _joined(
        self, quartiers: gpd.GeoDataFrame, suffix: str
    ) -> tuple[pd.DataFrame, JoinResult | None]:
        """Take the attachment that the folder carries, or compute it."""
        points = self.folder.etablissements
        if all(f"{name}{suffix}" in points.columns for name in JOINED):
            table = pd.DataFrame({name: points[f"{name}{suffix}"] for name in JOINED})
            table["distance_m"] = pd.to_numeric(table["distance_m"], errors="coerce")
            motif = f"motif{suffix}"
            table["motif"] = points[motif] if motif in points.columns else ""
            return table, None
        result = attach(points, quartiers)
        return result.table, result

    def _commune(self, position: Codes, commune_of: tuple[tuple[str, ...], ...]) -> pd.Series:
        """Give each establishment its commune; that of its neighbourhood where it says none.

        Only a neighbourhood of one commune can lend it.
        """
        single = np.array(
            [codes[0] if len(codes) == 1 else "" for codes in commune_of] + [""], dtype=object
        )
        lent = pd.Series(single[position], index=self.points.index, dtype="str")
        return self._own_commune.where(self._own_commune != "", lent)

    def _commune_axis(
        self,
        quartiers: gpd.GeoDataFrame,
        commune_of: tuple[tuple[str, ...], ...],
        own: pd.Series,
    ) -> Axis:
        labels: dict[str, str] = dict(
            zip(
                self.folder.communes["code_commune"],
                self.folder.communes["lib_commune"],
                strict=True,
            )
        )
        for codes, names in zip(commune_of, quartiers["lib_com"], strict=True):
            parts = [part.strip() for part in names.replace(",", ";").split(";")]
            for place, code in enumerate(codes):
                if code not in labels:
                    labels[code] = parts[place] if len(parts) == len(codes) else ""
        for code in own.unique():
            if code and code not in labels:
                labels[code] = ""
        ordered = sorted(labels, key=lambda code: (not labels[code], fold(labels[code]), code))
        texts = tuple(labels[code] or code for code in ordered)
        return Axis("commune", tuple(ordered), texts, _places(ordered, own))

    # Selecting ---------------------------------------------------------------------------

    def _masks(self, selection: Selection, generation: Generation, *, skip: str = "") -> list[Mask]:
        """Return one mask for each key that filters."""
        masks = []
        for key in (*TERRITORIES, *OWN_AXES, "rattachement"):
            values = selection.get(key)
            if values and key != skip:
                masks.append(generation.axes[key].mask(values))
        if selection.types and skip != "types":
            masks.append(self.types_mask(selection.types))
        if selection.certitude and skip != "certitude":
            axis = generation.axes["certitude"]
            # Without a position there is nothing to be sure of: `rattachement` decides alone.
            masks.append(axis.mask(selection.certitude) | (axis.codes < 0))
        if selection.employeurs == ("oui",) and self.knows_employment and skip != "employeurs":
            masks.append(generation.axes["emploi"].mask(EMPLOYER))
        if selection.champ == ("insee",) and skip != "champ":
            masks.append(~generation.axes["famille"].mask(("societe-commerciale",)))
        return masks

    def _all(self, masks: list[Mask]) -> Mask:
        out = np.ones(len(self.points), dtype=bool)
        for mask in masks:
            out &= mask
        return out

    def types_mask(self, types: Iterable[str]) -> Mask:
        """Return which establishments have one of the types (one may have several)."""
        wanted = 0
        for value in types:
            if value in self.types_values:
                wanted |= 1 << self.types_values.index(value)
        found: Mask = (self._types_bits & wanted) != 0
        return found

    def type_bits(self) -> npt.NDArray[np.int64]:
        """Return the types of each establishment, one bit a type in the order of the values."""
        return self._types_bits

    def known(self, selection: Selection) -> tuple[Selection, list[str]]:
        """Keep what this folder knows of a selection, and name the rest.

        Returns
        -------
        tuple
            The selection with its generation filled and unknown values left out, and one French
            sentence for each of those.
        """
        problems = []
        name = selection.generation[0] if selection.generation else self.newest.name
        if name not in self.generations:
            problems.append(
                f"génération de contours {name} absente de ce dossier de données "
                f"(présentes : {', '.join(self.generations)})"
            )
            name = self.newest.name
        generation = self.generations[name]
        kept: dict[str, tuple[str, ...]] = {"generation": (name,)}
        for key in (*TERRITORIES, *OWN_AXES, "types"):
            values = selection.get(key)
            known = self.values(key, generation)
            missing = [value for value in values if value not in known]
            problems += [
                f"« {value} » inconnu pour « {key} » dans ce dossier de données"
                for value in missing
            ]
            if missing:
                kept[key] = tuple(value for value in values if value in known)
        return selection.with_(**kept), problems

    def values(self, key: str, generation: Generation | None = None) -> tuple[str, ...]:
        """Return the values that a key can take in this folder."""
        if key == "types":
            return self.types_values
        if key == "generation":
            return tuple(self.generations)
        if key in (generation or self.newest).axes:
            return (generation or self.newest).axes[key].values
        return VOCABULARY.get(key, ())

    def label(self, key: str, value: str, generation: Generation | None = None) -> str:
        """Return what people read for a value of a key."""
        if key == "types":
            return nomenclatures.labels("types").get(value, value)
        axes = (generation or self.newest).axes
        return axes[key].label(value) if key in axes else value

    def _resolve(self, selection: Selection) -> Resolved:
        asked, unknown = self.known(selection)
        generation = self.generations[asked.generation[0]]
        notes = []
        if not self.knows_employment:
            notes.append(
                "Ces données ne disent pas qui emploie : tous les établissements sont comptés."
            )
        return Resolved(
            selection=asked,
            generation=generation,
            mask=self._all(self._masks(asked, generation)),
            quartiers=self.quartiers_mask(asked, generation),
            unknown=tuple(unknown),
            notes=tuple(notes),
            sentence=describe(
                asked,
                label=lambda key, value: self.label(key, value, generation),
                quartiers=int(self.quartiers_mask(asked, generation).sum()),
                knows_employment=self.knows_employment,
            ),
        )

    def quartiers_mask(
        self, selection: Selection, generation: Generation, *, skip: str = ""
    ) -> Mask:
        """Return which outlines lie in the selected territory."""
        quartiers = generation.quartiers
        out = np.ones(len(quartiers), dtype=bool)
        for key, (code, _) in TERRITORY_COLUMNS.items():
            values = selection.get(key)
            if values and key != skip:
                out &= quartiers[code].isin(values).to_numpy()
        if selection.commune and skip != "commune":
            wanted = set(selection.commune)
            out &= np.array([bool(wanted & set(codes)) for codes in generation.commune_of], bool)
        if selection.quartier and skip != "quartier":
            out &= quartiers["code_qp"].isin(selection.quartier).to_numpy()
        return out

    def _facets(self, selection: Selection) -> Mapping[str, Mapping[str, int]]:
        """Count, for each value of each key, what choosing it alone would give.

        The key's own filter is left out, all the others apply: this is what makes filters
        narrow each other.
        """
        asked = self.resolve(selection).selection
        generation = self.generations[asked.generation[0]]
        out: dict[str, Mapping[str, int]] = {}
        for key in (*TERRITORIES, *OWN_AXES, "rattachement", "certitude"):
            axis = generation.axes[key]
            chosen = self._all(self._masks(asked, generation, skip=key))
            counts = np.bincount(axis.codes[chosen] + 1, minlength=len(axis.values) + 1)[1:]
            out[key] = dict(zip(axis.values, counts.tolist(), strict=True))
        bits = self._types_bits[self._all(self._masks(asked, generation, skip="types"))]
        out["types"] = {
            value: int(np.count_nonzero(bits & (1 << place)))
            for place, value in enumerate(self.types_values)
        }
        return out

    def left_out(self, selection: Selection) -> dict[str, int]:
        """Count what the selection's own defaults leave out, and what cannot be told.

        Returns
        -------
        dict
            ``incertains``: positions too doubtful to be counted; ``non_employeurs`` and
            ``emploi_inconnu``: outside the count of employers; ``effectif_inconnu``: counted,
            but their headcount is not known; ``non_localises``: without a usable position, in
            the whole folder when no territory can tell.
        """
        resolved = self.resolve(selection)
        asked, generation = resolved.selection, resolved.generation
        axes = generation.axes
        surer = self._all(self._masks(asked, generation, skip="certitude"))
        wider = self._all(self._masks(asked, generation, skip="employeurs"))
        located = self._all(self._masks(asked, generation, skip="rattachement"))
        emploi = axes["emploi"]
        excluded = (~resolved.mask) & wider
        return {
            "incertains": int(np.count_nonzero(surer & ~resolved.mask)),
            "non_employeurs": int(np.count_nonzero(excluded & emploi.mask(("non-employeur",)))),
            "emploi_inconnu": int(np.count_nonzero(excluded & emploi.mask(("inconnu",)))),
            "effectif_inconnu": int(
                np.count_nonzero(resolved.mask & emploi.mask(("employeur-inconnu", "inconnu")))
            ),
            "non_localises": int(
                np.count_nonzero(located & axes["rattachement"].mask(("non_localise",)))
            ),
        }


def open_atlas(path: Path) -> Atlas:
    """Open a data folder as an atlas.

    Raises
    ------
    DataError
        See :func:`essgeo.datafolder.read_folder`.
    """
    return Atlas(read_folder(path))


def rolled_up(codes: pd.Series) -> pd.Series:
    """Roll the arrondissements of Paris, Lyon and Marseille up to their commune.

    751xx to 75056, 6938x to 69123, 132xx to 13055 (Insee, code officiel géographique).
    """
    return codes.map({code: roll_up(code) for code in codes.unique()}).astype("str")


def roll_up(code: str) -> str:
    """Roll one code of arrondissement up; see :func:`rolled_up`."""
    return next((whole for pattern, whole in _ARRONDISSEMENTS if pattern.fullmatch(code)), code)


def _with_nomenclatures(table: pd.DataFrame) -> pd.DataFrame:
    """Complete establishments with what reference tables say of their codes."""
    tranche, caractere = table["tranche_effectifs"], table["caractere_employeur"]
    types = table["types"]
    regie = nomenclatures.regies(table["denomination"]) & ~types.str.contains("REGIE", regex=False)
    types = types.where(~regie, types.where(types == "", types + ";") + "REGIE")
    return table.assign(
        famille=_keep(table, "famille", nomenclatures.familles(table["categorie_juridique"])),
        secteur=_keep(table, "secteur", nomenclatures.secteurs(table["activite_principale"])),
        taille=nomenclatures.tailles(tranche, caractere),
        emploi=nomenclatures.emplois(tranche, caractere),
        types=types,
    )


def _keep(table: pd.DataFrame, name: str, derived: pd.Series) -> pd.Series:
    """Keep what the source says where it is one of our slugs, else what the code gives."""
    if name not in table.columns:
        return derived
    known = table[name].isin(list(nomenclatures.labels(cast("nomenclatures.Axis", name))))
    return table[name].where(known, derived)


def _own_axis(name: str, slugs: pd.Series) -> Axis:
    labels = nomenclatures.labels(cast("nomenclatures.Axis", name))
    return Axis(name, tuple(labels), tuple(labels.values()), _places(list(labels), slugs))


def _types(types: pd.Series) -> tuple[tuple[str, ...], npt.NDArray[np.int64]]:
    """Turn « ACI;EI » into one bit a type; types of the data follow those of the nomenclature."""
    unique = types.unique()
    found = {part for text in unique for part in text.split(";") if part}
    known = list(nomenclatures.labels("types"))
    values = (*known, *sorted(found - set(known)))[:62]
    bits = {
        text: sum(
            1 << values.index(part) for part in set(text.split(";")) if part and part in values
        )
        for text in unique
    }
    return values, types.map(bits).to_numpy(dtype=np.int64)


def _headcount(points: pd.DataFrame) -> Headcount:
    bands = nomenclatures.bandes()
    place = _places(list(bands.index), points["tranche_effectifs"])
    emploi = points["emploi"].to_numpy()
    nobody = emploi == "non-employeur"
    known: Mask = nobody | ((place >= 0) & (emploi == "employeur"))

    def taken(values: pd.Series) -> npt.NDArray[np.float64]:
        found: npt.NDArray[np.float64] = np.append(values.to_numpy(np.float64), np.nan)[place]
        found[~known] = np.nan
        found[nobody] = 0.0
        return found

    return Headcount(
        low=taken(bands["min"]),
        central=taken(bands["central"].fillna(bands["min"])),
        high=taken(bands["max"]),
        known=known,
    )


def _codes(texts: pd.Series) -> Codes:
    """Give each distinct text a number; -1 for an empty one."""
    return _places([text for text in texts.unique() if text], texts)


def _places(known: Sequence[str] | pd.Series, texts: pd.Series) -> Codes:
    """Return the position of each text among the known ones, -1 for none."""
    found: Codes = pd.Index(known).get_indexer(pd.Index(texts)).astype(np.int32)
    return found


def _territory_axis(
    key: str,
    code: str,
    label: str,
    quartiers: gpd.GeoDataFrame,
    position: Codes,
    communes: pd.DataFrame,
    by_commune: Codes,
) -> Axis:
    """Give each establishment the territory of its neighbourhood, else that of its commune."""
    labels: dict[str, str] = {}
    if label in communes.columns:
        labels |= dict(zip(communes[code], communes[label], strict=True))
    else:
        labels |= dict.fromkeys(communes[code], "")
    labels |= {
        value: text
        for value, text in zip(quartiers[code], quartiers[label], strict=True)
        if text or value not in labels
    }
    if key in ("region", "departement"):
        table = nomenclatures.regions() if key == "region" else nomenclatures.departements()
        official = dict(zip(table.iloc[:, 0], table.iloc[:, 1], strict=True))
        labels = {value: text or official.get(value, "") for value, text in labels.items()}
    labels.pop("", None)
    ordered = sorted(labels, key=lambda value: (fold(labels[value] or value), value))
    of_quartier = np.append(_places(ordered, quartiers[code]), -1)
    of_commune = np.append(_places(ordered, communes[code]), -1)
    codes = np.where(position >= 0, of_quartier[position], of_commune[by_commune])
    return Axis(
        key,
        tuple(ordered),
        tuple(labels[value] or value for value in ordered),
        codes.astype(np.int32),
    )
