"""A visitor's list with what was found of it, in the formats that people open."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import geopandas as gpd
import pandas as pd
import shapely

from essgeo.atlas import Atlas
from essgeo.datafolder import write_geojson
from essgeo.errors import DataError, UsageError
from essgeo.exports.geopackage import write_geopackage
from essgeo.exports.joined import told_apart
from essgeo.exports.metadata import file_name, metadata, metadata_json
from essgeo.exports.package import dictionary
from essgeo.exports.tables import csv_bytes
from essgeo.exports.workbook import workbook_bytes
from essgeo.files import writing
from essgeo.manifest import LIB_NATURE
from essgeo.owndata.lists import ADDED, Examined
from essgeo.words.owndata import MIXED_NOTICE, PUBLIC_RULE, lines

#: Suffixes of the list itself, and of the tables made of it.
SUFFIXES = (".csv", ".xlsx", ".gpkg", ".geojson", ".parquet")
TABLE_SUFFIXES = (".csv", ".xlsx")

#: What is exported -> what it is, in French, and what its file is called.
CONTENTS = {
    "liste": "Liste de l'utilisateur, avec le quartier de chaque ligne",
    "quartiers": "Liste de l'utilisateur comptée par quartier",
    "a-corriger": "Lignes de la liste de l'utilisateur qui n'ont pas pu être placées",
}

Content = Literal["liste", "quartiers", "a-corriger"]

#: Names that a GeoPackage and a GeoDataFrame keep for themselves.
_KEPT = ("fid", "geom", "geometry")

#: Characters that a cell of a workbook can hold (limit of the format).
_CELL = 32_767


def list_metadata(atlas: Atlas, found: Examined, content: Content = "liste") -> dict[str, Any]:
    """Describe an export of a list: metadata of the data, of the list, and the account."""
    table = _plain(found, content)
    said = metadata(atlas, found.resolved, rows=len(table), content=CONTENTS[content])
    nature = _nature(atlas)
    said |= {"nature": nature, "lib_nature": LIB_NATURE[nature]}
    said["liste"] = {
        "nom": found.taken.name,
        "sha256": found.taken.sha256,
        "lignes": len(found.taken.raw.source),
        **({"feuille": found.taken.raw.sheet} if found.taken.raw.sheet else {}),
    }
    said["colonnes_reconnues"] = dict(found.roles.columns)
    said["resultats"] = dict(found.counts)
    said["bande_m"] = found.band
    said["compte_rendu"] = lines(found)
    said["organismes_publics"] = PUBLIC_RULE
    if atlas.manifest.simulated:
        said["avertissement"] = MIXED_NOTICE
    return said


def list_bytes(
    atlas: Atlas, found: Examined, suffix: str, *, content: Content = "liste", excel: bool = False
) -> bytes:
    """Return a file: the list, its count by neighbourhood, or its rows to mend.

    The columns of the list come first, untouched, in order, under their own names; then those
    that start with ``essgeo_``. Where a format needs different names, doubles get a number.

    Parameters
    ----------
    atlas
        The data that the list was put against.
    found
        What :func:`essgeo.owndata.lists.examine` returned.
    suffix
        One of :data:`SUFFIXES` for the list, of :data:`TABLE_SUFFIXES` for the others.
    content
        Which of them.
    excel
        For CSV: French Excel instead of open data.

    Raises
    ------
    UsageError
        Unknown suffix, or ``excel`` for something else than CSV.
    DataError
        A cell is longer than a workbook can hold.
    """
    known = SUFFIXES if content == "liste" else TABLE_SUFFIXES
    if suffix not in known:
        raise UsageError(f"format « {suffix} » inconnu ; au choix : {', '.join(known)}.")
    if excel and suffix != ".csv":
        raise UsageError("--excel ne concerne que les fichiers .csv.")
    if suffix == ".csv":
        table = _shown(atlas, found, content)
        foreign = 0 if content == "quartiers" else found.source.shape[1]
        return csv_bytes(table, excel=excel, foreign=foreign)
    if suffix == ".xlsx":
        return _book(atlas, found, content)
    points = _points(found)
    if suffix == ".parquet":
        made = BytesIO()
        points.to_parquet(made, index=False)
        return made.getvalue()
    with TemporaryDirectory(prefix="essgeo-") as folder:
        path = Path(folder) / f"liste{suffix}"
        if suffix == ".geojson":
            write_geojson(path, points)
        else:
            write_geopackage(path, points, layer="liste")
        return path.read_bytes()


def write_list(
    atlas: Atlas, found: Examined, out: Path, *, content: Content = "liste", excel: bool = False
) -> None:
    """Write a file and, beside, its metadata (``F.meta.json``); see :func:`list_bytes`.

    Raises
    ------
    OutputError
        A file cannot be written.
    """
    data = list_bytes(atlas, found, out.suffix.lower(), content=content, excel=excel)
    said = metadata_json(list_metadata(atlas, found, content))
    with writing(out.with_name(out.name + ".meta.json")) as beside, writing(out) as file:
        file.write_bytes(data)
        beside.write_text(said, encoding="utf-8", newline="\n")


def list_name(atlas: Atlas, found: Examined, suffix: str, content: Content = "liste") -> str:
    """Name a file: ``essgeo_mes-donnees_a-corriger_grand-est_2024.csv``."""
    named = file_name(atlas, found.resolved, f"mes-donnees_{content}", suffix)
    return named.replace("_SIMULE", "_MIXTE", 1)


def _nature(atlas: Atlas) -> Literal["officiel", "mixte"]:
    """Return what a real list put against this data is."""
    return "mixte" if atlas.manifest.simulated else "officiel"


def _plain(found: Examined, content: Content) -> pd.DataFrame:
    return {
        "liste": lambda: found.rows,
        "quartiers": lambda: found.by_quartier,
        "a-corriger": lambda: found.to_mend,
    }[content]()


def _shown(atlas: Atlas, found: Examined, content: Content) -> pd.DataFrame:
    """Return a table under the names of the list's owner; what is simulated says so."""
    table = _plain(found, content)
    if content == "quartiers":
        return table.assign(generation=found.generation.name, nature=_nature(atlas))
    if content == "a-corriger":
        table = table.assign(essgeo_nature=_nature(atlas))
    written = found.taken.original_names
    width = found.source.shape[1]
    if len(written) == width:
        names = [f"{name}_source" if name in ADDED else name for name in written]
        table = table.set_axis(pd.Index([*names, *table.columns[width:]]), axis=1)
    return table


def _book(atlas: Atlas, found: Examined, content: Content) -> bytes:
    sheets = {
        "Liste": _shown(atlas, found, "liste"),
        "Quartiers": _shown(atlas, found, "quartiers"),
        "À corriger": _shown(atlas, found, "a-corriger"),
    }
    if content != "liste":
        title = "Quartiers" if content == "quartiers" else "À corriger"
        sheets = {title: sheets[title]}
    else:
        sheets["Dictionnaire"] = dictionary("liste", pd.Index(ADDED))
    for title, table in sheets.items():
        for place, name in enumerate(table.columns):
            cells = table.iloc[:, place]
            if pd.api.types.is_numeric_dtype(cells) or not len(cells):
                continue
            if cells.str.len().max() > _CELL:
                raise DataError(
                    f"{found.taken.name} : une cellule de la colonne « {name} » (feuille "
                    f"« {title} ») dépasse ce qu'un classeur peut tenir ; prenez le CSV."
                )
    return workbook_bytes(sheets, list_metadata(atlas, found, content))


def _points(found: Examined) -> gpd.GeoDataFrame:
    table = found.rows
    names = told_apart([*_KEPT, *(str(name) for name in table.columns)])[len(_KEPT) :]
    table = table.set_axis(pd.Index(names), axis=1)
    lon, lat = table["essgeo_longitude"], table["essgeo_latitude"]
    geometry = shapely.points(lon, lat)
    geometry[(lon.isna() | lat.isna()).to_numpy(bool)] = None
    return gpd.GeoDataFrame(table, geometry=geometry, crs="EPSG:4326")
