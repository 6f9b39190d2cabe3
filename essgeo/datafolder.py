"""A data folder: written whole or not at all, read with its warnings."""

from __future__ import annotations

import hashlib
import json
import math
import secrets
import shutil
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from essgeo import manifest as manifests
from essgeo.errors import DataError, OutputError
from essgeo.files import cannot_write, sha256
from essgeo.manifest import Manifest, Table
from essgeo.readers import read_etablissements, read_quartiers
from essgeo.readers.sidetables import read_communes, read_denominators

#: Table -> stem of its file; the first known suffix wins (Parquet wins over text).
STEMS = {
    "quartiers": ("quartiers.parquet", "qpv.parquet", "qpv.geojson", "quartiers.geojson"),
    "etablissements": ("etablissements.parquet", "etablissements.csv"),
    "communes": ("communes.parquet", "communes.csv"),
    "contours_regions": ("contours_regions.geojson",),
    "contours_departements": ("contours_departements.geojson",),
    "denominateurs": ("denominateurs.parquet", "denominateurs.csv"),
}

#: Names given when a folder is written as text.
TEXT_NAMES = {
    "quartiers": "qpv.geojson",
    "etablissements": "etablissements.csv",
    "communes": "communes.csv",
    "contours_regions": "contours_regions.geojson",
    "contours_departements": "contours_departements.geojson",
    "denominateurs": "denominateurs.csv",
}

#: What a build says of its sources: never that of a former build.
REPORT = "rapport.csv"

#: Tables that a folder cannot do without.
NEEDED = ("quartiers", "etablissements")

#: Tables that only serve as background.
CONTOURS = ("contours_regions", "contours_departements")


@dataclass(frozen=True)
class DataFolder:
    """The content of a data folder, as read: nothing is joined or filtered yet.

    Parameters
    ----------
    path
        Where it was read.
    manifest
        What it says of itself.
    quartiers
        Outlines of all generations, EPSG:4326, columns of the data dictionary.
    etablissements
        Establishments, columns of the data dictionary, order of the file.
    communes
        Communes; may be empty, the columns are there.
    denominateurs
        All establishments and jobs of territories, of the ESS or not; may be empty, the columns
        are there.
    contours_regions, contours_departements
        Outlines for the background of maps (``code``, ``libelle``), or None.
    warnings
        French sentences about what was found, none of which forbids reading.
    fingerprint
        Hash of the content, for caches.
    private
        Whether something in it is a visitor's own: never written, nor kept for others.
    """

    path: Path
    manifest: Manifest
    quartiers: gpd.GeoDataFrame
    etablissements: pd.DataFrame
    communes: pd.DataFrame
    denominateurs: pd.DataFrame
    contours_regions: gpd.GeoDataFrame | None
    contours_departements: gpd.GeoDataFrame | None
    warnings: tuple[str, ...]
    fingerprint: str
    private: bool = False


def read_folder(
    path: Path, *, meanwhile: Callable[[gpd.GeoDataFrame], object] | None = None
) -> DataFolder:
    """Read a data folder.

    Parameters
    ----------
    path
        Folder to read.
    meanwhile
        Called with the neighbourhoods while the establishments, far more numerous, are still
        being read; not called when those carry their attachment (see :func:`_attachable`).

    Raises
    ------
    DataError
        The folder has no manifest of ours, a needed table is missing or cannot be read.
    """
    path = Path(path)
    _recover(path)
    manifest = manifests.read(path)
    warnings: list[str] = []
    found = _locate(path, manifest)
    for name in NEEDED:
        if name not in found:
            raise DataError(
                f"{path} : la table « {name} » manque ({' ou '.join(STEMS[name])}) ; "
                "reconstruisez le dossier."
            )
    # Arrow, GEOS and hashing leave Python: one runs during the other.
    with ThreadPoolExecutor(2) as pool:
        many = pool.submit(read_etablissements, found["etablissements"], source=False)
        hashed = {name: pool.submit(sha256, file) for name, file in found.items()}
        towns = pool.submit(read_communes, found.get("communes"))
        divisors = pool.submit(read_denominators, found.get("denominateurs"))
        land = {name: pool.submit(_outlines, found.get(name)) for name in CONTOURS}
        quartiers = read_quartiers(found["quartiers"])
        if not isinstance(quartiers.table, gpd.GeoDataFrame):  # pragma: no cover - by construction
            raise TypeError("quartiers without geometry")
        if meanwhile is not None and _attachable(found["etablissements"]):
            meanwhile(quartiers.table)
        communes, denominateurs = towns.result(), divisors.result()
        contours = {name: outlines.result() for name, outlines in land.items()}
        etablissements = many.result()
        digests = {name: digest.result() for name, digest in hashed.items()}
    for name, file in found.items():
        said = manifest.tables.get(name)
        if said and said.fichier == file.name and said.sha256 != digests[name]:
            warnings.append(
                f"{file.name} n'a plus l'empreinte que dit {manifests.FILE} : "
                "la table a été modifiée depuis la fabrication du dossier."
            )
    for reading in (quartiers, etablissements):
        warnings += [
            f"{reading.report.path.name} : {problem.message}"
            for problem in reading.report.problems
            if problem.level != "information"
            # The SIRET of a simulation are impossible on purpose: no real one can be taken for it.
            and not (manifest.nature == "simulation" and problem.column == "siret")
        ]
    whole = hashlib.sha256(
        json.dumps([manifest.nature, manifest.secret, sorted(digests.items())]).encode()
    ).hexdigest()
    return DataFolder(
        path=path,
        manifest=manifest,
        quartiers=quartiers.table,
        etablissements=etablissements.table,
        communes=communes,
        denominateurs=denominateurs,
        contours_regions=contours["contours_regions"],
        contours_departements=contours["contours_departements"],
        warnings=tuple(warnings),
        fingerprint=whole[:16],
    )


def _locate(path: Path, manifest: Manifest) -> dict[str, Path]:
    """Find the file of each table: Parquet first, whatever the manifest says of the text one."""
    found = {}
    for name, candidates in STEMS.items():
        said = manifest.tables.get(name)
        names = [*candidates, *([said.fichier] if said else [])]
        file = next((path / one for one in names if (path / one).is_file()), None)
        if file is not None:
            found[name] = file
    return found


def _attachable(file: Path) -> bool:
    """Tell from its header whether a Parquet table of establishments is still to be attached."""
    try:
        return file.suffix == ".parquet" and "rattachement" not in pq.read_schema(file).names
    except (pa.ArrowException, OSError):
        return False  # reading it says why


def _outlines(file: Path | None) -> gpd.GeoDataFrame | None:
    return read_outlines(file) if file is not None else None


def read_outlines(file: Path) -> gpd.GeoDataFrame | None:
    """Read outlines for the background of maps: ``code``, ``libelle``; None without the file.

    Raises
    ------
    DataError
        The file is not GeoJSON with these two properties.
    """
    if not file.is_file():
        return None
    try:
        features = json.loads(file.read_text(encoding="utf-8"))["features"]
        # GEOS reads a geometry several times faster than Python goes through its lists.
        shapes = [one["geometry"] and json.dumps(one["geometry"]) for one in features]
        said = {name: [one["properties"][name] for one in features] for name in ("code", "libelle")}
        return gpd.GeoDataFrame(said, geometry=shapely.from_geojson(shapes), crs="EPSG:4326")
    except (OSError, ValueError, KeyError, TypeError, shapely.errors.ShapelyError) as error:
        raise DataError(
            f"{file} : contours illisibles ({type(error).__name__}) ; reconstruisez le dossier."
        ) from error


def write_folder(
    out: Path,
    tables: Mapping[str, pd.DataFrame],
    manifest: Manifest,
    *,
    parquet: bool = False,
    decimals: int = 6,
    texts: Mapping[str, str] | None = None,
) -> Manifest:
    """Write a data folder: beside first, then put in place by a rename.

    A folder of ours is replaced whole; files in it that are none of our tables (a licence, a
    catalogue of one's own) are carried over.

    Parameters
    ----------
    out
        Folder to make. An existing one must be empty or hold a manifest of ours.
    tables
        Tables by name (keys of :data:`STEMS`); only the columns given are written, in order.
    manifest
        What the folder says of itself; its ``tables`` are filled here.
    parquet
        Write quartiers, establishments, communes and denominators as (Geo)Parquet.
    decimals
        Decimals of coordinates in GeoJSON.
    texts
        Name -> content of files of text that go with the tables (the report of a build).

    Returns
    -------
    Manifest
        The manifest as written.

    Raises
    ------
    OutputError
        ``out`` is a file, a folder that is not ours, or cannot be written.
    """
    out = Path(out)
    _recover(out)
    check_writable(out)
    beside = out.with_name(f".{out.name}.{secrets.token_hex(4)}.partiel")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        beside.mkdir()
        entries = {}
        for name, table in tables.items():
            file = beside / TEXT_NAMES[name]
            if parquet and not name.startswith("contours_"):
                file = beside / STEMS[name][0]
                table.to_parquet(file, index=False)
            elif isinstance(table, gpd.GeoDataFrame):
                write_geojson(file, table, decimals=decimals)
            else:
                table.to_csv(file, index=False, lineterminator="\n", encoding="utf-8")
            entries[name] = Table(file.name, len(table), sha256(file))
        for name, text in (texts or {}).items():
            (beside / name).write_text(text, encoding="utf-8", newline="\n")
        done = replace(manifest, tables=entries)
        (beside / manifests.FILE).write_text(done.to_json(), encoding="utf-8", newline="\n")
        if out.exists():
            _carry_over(out, beside, entries)
            before = out.with_name(f".{out.name}.precedent")
            shutil.rmtree(before, ignore_errors=True)
            out.rename(before)
            beside.rename(out)
            shutil.rmtree(before, ignore_errors=True)
        else:
            beside.rename(out)
    except OSError as error:
        raise OutputError(cannot_write(out, error)) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
        _recover(out)
    return done


def check_writable(out: Path) -> None:
    """Refuse an output folder that is a file, or holds something that is not ours.

    Raises
    ------
    OutputError
        See above; called before long work, so that a refusal comes first.
    """
    if out.exists() and not out.is_dir():
        raise OutputError(f"{out} : c'est un fichier ; donnez un dossier avec --out.")
    try:
        occupied = out.is_dir() and any(out.iterdir())
    except OSError as error:
        raise OutputError(cannot_write(out, error)) from error
    if occupied and not (out / manifests.FILE).is_file():
        raise OutputError(
            f"{out} : ce dossier n'est pas vide et n'a pas de {manifests.FILE} d'essgeo ; "
            "choisissez un dossier neuf, rien n'a été touché."
        )


def _carry_over(old: Path, new: Path, written: Mapping[str, Table]) -> None:
    """Keep the files of a folder that are none of its tables.

    Denominators that its manifest does not know were put there by hand: they are kept too,
    unless the new folder has its own.
    """
    tables = {name for names in STEMS.values() for name in names} | {manifests.FILE, REPORT}
    if "denominateurs" not in {*written, *_made(old)}:
        tables -= set(STEMS["denominateurs"])
    for item in old.iterdir():
        if item.name in tables or item.name.startswith("."):
            continue
        if item.is_dir():
            shutil.copytree(item, new / item.name)
        else:
            shutil.copy2(item, new / item.name)


def _made(folder: Path) -> set[str]:
    """Name the tables that the program wrote in a folder: all, when its manifest cannot tell."""
    try:
        return set(manifests.read(folder).tables)
    except DataError:
        return set(STEMS)


def _recover(out: Path) -> None:
    """Put back the previous folder when a writer was killed between its two renames."""
    before = out.with_name(f".{out.name}.precedent")
    if not out.exists() and before.is_dir():
        before.rename(out)


def write_geojson(file: Path, table: gpd.GeoDataFrame, *, decimals: int = 6) -> None:
    """Write a GeoJSON (RFC 7946, EPSG:4326), one feature a line, coordinates rounded.

    Rounding uses a precision model, so that a valid outline stays valid.

    Parameters
    ----------
    file
        File to write.
    table
        Frame in EPSG:4326; a row may lack a geometry.
    decimals
        Decimals of the coordinates.
    """
    geometry = shapely.set_precision(table.geometry.to_numpy(), 10.0**-decimals)
    shapes = shapely.to_geojson(geometry)
    properties = table.drop(columns=table.geometry.name).to_dict(orient="records")
    lines = []
    for shape, values in zip(shapes, properties, strict=True):
        plain = {key: _plain(value) for key, value in values.items()}
        text = json.dumps(plain, ensure_ascii=False, separators=(",", ":"))
        rounded = _round_json(shape, decimals)
        lines.append(f'{{"type":"Feature","properties":{text},"geometry":{rounded}}}')
    with file.open("w", encoding="utf-8", newline="\n") as handle:
        handle.write('{"type":"FeatureCollection","features":[\n')
        handle.write(",\n".join(lines))
        handle.write("\n]}\n")


def _plain(value: object) -> object:
    """Give a value as JSON knows it: no NaN, no « 1200.0 » where the source said 1200."""
    if isinstance(value, float):
        if math.isnan(value):
            return None
        return int(value) if value.is_integer() else value
    return value


def _round_json(shape: str | None, decimals: int) -> str:
    """Write the numbers of a geometry with no more decimals than the precision model keeps."""
    if shape is None:
        return "null"
    content = json.loads(shape, parse_float=lambda text: round(float(text), decimals))
    return json.dumps(content, separators=(",", ":"))
