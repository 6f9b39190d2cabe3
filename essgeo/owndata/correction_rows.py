"""One row of a file of corrections: read, checked, and completed with what the data knows."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from essgeo import nomenclatures
from essgeo.atlas import Atlas
from essgeo.axes import places
from essgeo.errors import DataError
from essgeo.intake import Taken
from essgeo.nomenclatures.territoires import territory_index
from essgeo.readers import cells, codes
from essgeo.readers.columns import key, recognise
from essgeo.readers.identifiers import luhn, read_identifiers
from essgeo.readers.report import Journal
from essgeo.text import fold, listing, one_line, plural

CLOSED, LETTER_BOX, ADDED, MOVED = "ferme", "boite-aux-lettres", "antenne", "demenage"

#: Kinds of corrections that take a row out.
REMOVING = (CLOSED, LETTER_BOX)

#: Kind -> what people read.
KINDS = {
    CLOSED: "fermé",
    LETTER_BOX: "boîte aux lettres",
    ADDED: "antenne non immatriculée",
    MOVED: "déménagé",
}

#: What people write in the column « correction » -> kind; texts as `essgeo.text.fold` leaves them.
SPELLINGS = {
    "ferme": CLOSED,
    "fermee": CLOSED,
    "fermeture": CLOSED,
    "boite aux lettres": LETTER_BOX,
    "antenne": ADDED,
    "antenne non immatriculee": ADDED,
    "demenage": MOVED,
    "demenagee": MOVED,
    "demenagement": MOVED,
}

#: Column of ours -> names that a file may give it, beside those of establishments.
NAMES = {
    "correction": ("correction", "typecorrection", "constat"),
    "source": ("source", "sourcecorrection", "constatepar"),
    "date": ("date", "dateconstat", "datecorrection", "dateduconstat"),
    "tranche_effectifs": ("tranche", "trancheeffectifs"),
}

#: Columns that an added branch may say of itself.
TOLD = ("denomination", "categorie_juridique", "activite_principale", "types")

#: What a branch takes of its structure when the file does not say it -> code that the file may
#: say instead.
INHERITED = {
    "denomination": "",
    "categorie_juridique": "famille",
    "famille": "categorie_juridique",
    "activite_principale": "secteur",
    "secteur": "activite_principale",
}

#: The commune of a new place is that of most of so many establishments around, within so many
#: metres.
NEIGHBOURS, NEIGHBOURS_M, EARTH_M = 5, 2000.0, 6_371_000.0

Floats = npt.NDArray[np.float64]

_COMMUNE = re.compile(r"\d[\dAB]\d{3}")

_DATES = (
    (re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T].*)?"), (1, 2, 3)),
    (re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})"), (3, 2, 1)),
)


@dataclass(frozen=True)
class Correction:
    """One correction that is applied.

    Parameters
    ----------
    row
        Number of its row, as the file's own tools count it.
    kind
        One of :data:`KINDS`.
    siret
        SIRET of the establishment that it changes, ``""`` for an added one.
    values
        Column of establishments -> what it becomes.
    source, date
        Who says so, and when it was found (ISO).
    notes
        French sentences on what was deduced.
    """

    row: int
    kind: str
    siret: str
    values: Mapping[str, str | float]
    source: str
    date: str
    notes: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """What the column « correction » of tables says."""
        return f"{KINDS[self.kind]} ({self.source}, {self.date})"


class RefusedError(Exception):
    """Why a row is refused."""


class File:
    """The columns of a file of corrections."""

    def __init__(self, taken: Taken) -> None:
        source = taken.raw.source
        self.journal = Journal(Path(taken.name))
        used = recognise(source, "etablissements")
        keys = [key(str(name)) for name in source.columns]
        for column, names in NAMES.items():
            there = [keys.index(name) for name in names if name in keys]
            if there:
                used[column] = there[0]
        for column in ("correction", "source", "date"):
            if column not in used:
                raise DataError(
                    f"{taken.name} : pas de colonne « {column} » ; un fichier de corrections a les "
                    "colonnes siret, correction, source, date (voir le modèle)."
                )
        self._columns = {
            column: cells.stripped(source.iloc[:, place]) for column, place in used.items()
        }
        nothing = codes.blank(len(source))
        given = self._columns.get
        self._rows = source
        self.lost = given("siret", nothing).str.contains(r"[eE]\+", regex=True)
        self.siret, self.siren = read_identifiers(
            given("siret", nothing), given("siren", nothing), Journal(Path(taken.name)), "siret"
        )
        restored = int(
            (self.siret != given("siret", nothing).str.replace(r"\s", "", regex=True)).sum()
        )
        if restored:
            self.journal.inform(f"{plural(restored, 'SIRET')} sans zéro initial ; rétabli.")
        if taken.raw.shapes is not None:
            shapes = taken.raw.shapes
            self.lon, self.lat = shapely.get_x(shapes), shapely.get_y(shapes)
        else:
            self.lon, self.lat = (
                codes.numbers(given(name, nothing))[0] for name in ("longitude", "latitude")
            )

    def filled(self) -> list[int]:
        """Return the places of the rows that say something."""
        empty = self._rows.apply(lambda column: column.str.strip() == "").all(axis=1)
        return [int(place) for place in np.flatnonzero(~empty.to_numpy())]

    def at(self, column: str, place: int) -> str:
        """Return a cell, ``""`` when the file has no such column."""
        return str(self._columns[column].iat[place]) if column in self._columns else ""


class Known:
    """What the data folder knows of some establishments, and of places.

    Parameters
    ----------
    atlas
        The data folder.
    wanted
        SIRET that will be asked for.
    """

    def __init__(self, atlas: Atlas, wanted: pd.Series) -> None:
        self.table = atlas.folder.etablissements
        self.knows_employment = atlas.knows_employment
        named = sorted(set(wanted) - {""})
        found = places(named, self.table["siret"])
        rows = np.flatnonzero(found >= 0)[::-1]
        # Written from the last to the first: the first row of a SIRET stays.
        self._rows = {named[found[row]]: int(row) for row in rows}

    def row(self, siret: str) -> int:
        """Return the first row of a SIRET, -1 when it is unknown."""
        return self._rows.get(siret, -1)

    def with_communes(self, corrections: Sequence[Correction]) -> list[Correction]:
        """Give new places the commune of those around, where the file does not say it."""
        lost = [
            at for at, one in enumerate(corrections)
            if "longitude" in one.values and not one.values["code_commune"]
        ]  # fmt: skip
        out = list(corrections)
        if not lost:
            return out
        lon, lat = (
            pd.to_numeric(self.table[name], errors="coerce").to_numpy(np.float64)
            for name in ("longitude", "latitude")
        )
        declared = self.table["code_commune"]
        usable = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat) & (declared != "").to_numpy())
        # Few are asked for: a tree soon made, less well balanced.
        tree = cKDTree(
            _on_sphere(lon[usable], lat[usable]), balanced_tree=False, compact_nodes=False
        )
        where = [[out[at].values[name] for name in ("longitude", "latitude")] for at in lost]
        _, near = tree.query(
            _on_sphere(*np.array(where, dtype=np.float64).T),
            k=NEIGHBOURS,
            distance_upper_bound=NEIGHBOURS_M / EARTH_M,
        )
        for at, rows in zip(lost, near, strict=True):
            around = declared.iloc[usable[rows[rows < len(usable)]]]
            if around.empty:
                note = "commune inconnue, faute d'établissements autour."
                out[at] = replace(out[at], notes=(*out[at].notes, note))
                continue
            code = str(around.value_counts().sort_index().idxmax())
            note = f"commune {code}, celle des établissements les plus proches."
            out[at] = replace(
                out[at],
                values={**out[at].values, **_in_commune(code)},
                notes=(*out[at].notes, note),
            )
        return out


def _on_sphere(lon: Floats, lat: Floats) -> Floats:
    """Return unit vectors: their distances are those on the ground, in radii of the Earth."""
    x, y = np.radians(lon), np.radians(lat)
    return np.column_stack([np.cos(y) * np.cos(x), np.cos(y) * np.sin(x), np.sin(y)])


def _in_commune(code: str) -> dict[str, str]:
    departement = codes.departement_of_commune(pd.Series([code], dtype="str")).iat[0]
    return {"code_commune": code, "insee_dep": str(departement)}


def checked(file: File, known: Known, place: int, kind: str, today: str) -> Correction:
    """Check one row.

    Raises
    ------
    RefusedError
        It cannot be applied.
    """
    said = file.at("correction", place)
    if not kind:
        what = f"correction « {one_line(said, 40)} » inconnue" if said else "correction absente"
        raise RefusedError(f"{what} ; écrivez {listing(list(KINDS.values()))}")
    source, siret = one_line(file.at("source", place), 120), str(file.siret.iat[place])
    if not source:
        raise RefusedError("source absente ; dites qui l'a constaté")
    when = _date(file.at("date", place), today)
    if bool(file.lost.iat[place]):
        raise RefusedError(
            "SIRET en notation scientifique : des chiffres sont perdus ; redonnez-le en texte"
        )
    row = known.row(siret)
    if row < 0 and (siret or kind != ADDED):
        raise RefusedError(
            "SIRET absent ; redonnez-le" if not siret
            else "SIRET inconnu des données ; vérifiez-le, rien n'est corrigé"
        )  # fmt: skip
    if kind in REMOVING:
        return Correction(0, kind, siret, {}, source, when)
    where = _position(file, place)
    if kind == MOVED:
        return Correction(0, kind, siret, where, source, when)
    values, notes = _branch(file, known, place, row)
    return Correction(0, kind, "", values | where, source, when, notes)


def _date(text: str, today: str) -> str:
    for shape, (year, month, day) in _DATES:
        found = shape.fullmatch(text)
        if found:
            try:
                when = date(int(found[year]), int(found[month]), int(found[day])).isoformat()
            except ValueError:
                break
            if when > today:
                raise RefusedError(f"date dans le futur ({when})")
            return when
    raise RefusedError(
        f"date illisible « {one_line(text, 20)} » ; écrivez 2026-05-31 ou 31/05/2026"
        if text
        else "date absente ; dites quand cela a été constaté"
    )


def _position(file: File, place: int) -> dict[str, str | float]:
    lon, lat = float(file.lon[place]), float(file.lat[place])
    if not (np.isfinite(lon) and np.isfinite(lat)):
        raise RefusedError(
            "nouvelle position absente ; donnez longitude et latitude, une adresse ne suffit pas"
        )
    at = np.array([[lon], [lat]])
    if territory_index(*at)[0] < 0:
        swapped = " ; longitude et latitude semblent inversées" * bool(
            territory_index(*at[::-1])[0] >= 0
        )
        raise RefusedError(f"position hors de France{swapped}")
    commune = file.at("code_commune", place).upper()
    if commune and not _COMMUNE.fullmatch(commune):
        raise RefusedError(f"code de commune « {one_line(commune, 20)} » impossible")
    return {"longitude": lon, "latitude": lat, **_in_commune(commune)}


def _branch(
    file: File, known: Known, place: int, row: int
) -> tuple[dict[str, str | float], tuple[str, ...]]:
    """Say what a branch is: what the file tells of it, else what its structure is."""
    siren = str(file.siren.iat[place])
    values: dict[str, str | float] = {name: file.at(name, place) for name in TOLD}
    values |= {
        "famille": _slug("famille", file.at("famille", place)),
        "secteur": _slug("secteur", file.at("secteur", place)),
    }
    notes = []
    if row >= 0:
        mother = known.table.iloc[row]
        if siren != mother["siren"]:
            raise RefusedError("le SIREN n'est pas celui du SIRET")
        taken = [
            name for name, code in INHERITED.items()
            if not values[name] and not values.get(code) and mother.get(name, "")
        ]  # fmt: skip
        # What is masked of the structure is masked of its branch.
        values |= {name: mother[name] for name in (*taken, "statut_diffusion")}
        if taken:
            notes.append(f"nom, statut ou activité repris de {mother['siret']}.")
    if row < 0 and not _right_siren(siren):
        raise RefusedError(
            "SIREN absent ou impossible ; donnez celui de la structure, ou un de ses SIRET"
        )
    if not values["denomination"]:
        raise RefusedError("nom absent ; donnez la colonne denomination")
    band = _band(file.at("tranche_effectifs", place))
    if not band and known.knows_employment:
        notes.append("effectif inconnu : comptée seulement quand les non-employeurs le sont.")
    return (
        values
        | {"siren": siren, "tranche_effectifs": band, "caractere_employeur": "O" * bool(band)},
        tuple(notes),
    )


def _right_siren(siren: str) -> bool:
    if not re.fullmatch(r"[0-9]{9}", siren):
        return False
    return bool(luhn(np.array([[int(figure) for figure in siren]], dtype=np.uint8))[0])


def _slug(axis: Literal["famille", "secteur"], text: str) -> str:
    """Return the slug that a text names, by itself or by its label."""
    if not text:
        return ""
    labels = nomenclatures.labels(axis)
    found = [slug for slug, label in labels.items() if fold(text) in (fold(slug), fold(label))]
    if not found:
        raise RefusedError(f"{axis} « {one_line(text, 40)} » inconnu(e) ; voir le dictionnaire")
    return found[0]


def _band(text: str) -> str:
    """Return the code of a band of headcounts, given as a code or as its label."""
    if fold(text) in ("", "nn"):
        return ""
    bands = nomenclatures.bandes()["libelle"]
    code = text.zfill(2)
    if code in bands.index:
        return code
    found = [code for code, label in bands.items() if fold(str(label)) == fold(text)]
    if not found:
        raise RefusedError(f"tranche d'effectifs « {one_line(text, 30)} » inconnue")
    return str(found[0])
