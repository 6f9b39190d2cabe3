"""From two files to a data folder: neighbourhoods, establishments, and what joins them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import geopandas as gpd
import pandas as pd

from essgeo import manifest as manifests
from essgeo.datafolder import (
    CONTOURS,
    TEXT_NAMES,
    check_writable,
    read_outlines,
    write_folder,
)
from essgeo.errors import DataError
from essgeo.files import sha256
from essgeo.generation import JOINED, rolled_up
from essgeo.join import JoinResult, attach
from essgeo.join.surfaces import BAND_COLUMN, measured_band_km2
from essgeo.manifest import Manifest, Nature, Source
from essgeo.nomenclatures import departements
from essgeo.nomenclatures.communes import SOURCE, communes
from essgeo.readers import (
    FileReport,
    Reading,
    read_etablissements,
    read_population,
    read_quartiers,
)
from essgeo.readers.sidetables import COMMUNE_COLUMNS
from essgeo.settings import ROOT

#: Prefix of the codes of simulated neighbourhoods.
SIMULATED_CODE = "QS"


@dataclass(frozen=True)
class Built:
    """What a build did, for those who asked for it."""

    manifest: Manifest
    joins: dict[str, JoinResult]
    reports: tuple[FileReport, ...]
    merged: int
    notes: tuple[str, ...]


def build_from_files(
    quartiers: Path,
    etablissements: Path,
    out: Path,
    *,
    population: Path | None = None,
    secret: bool = False,
) -> Built:
    """Make a data folder of a file of neighbourhoods and a file of establishments.

    Parameters
    ----------
    quartiers, etablissements
        Files of any make that :mod:`essgeo.readers` reads.
    out
        Folder to write; absent, empty, or a data folder that is then replaced.
    population
        Inhabitants by ``code_qp``; it wins over what the file of neighbourhoods says.
    secret
        Whether the establishments fall under statistical secrecy: the manifest then says so, and
        only totals are ever printed of the folder.

    Returns
    -------
    Built
        What was read, joined and merged.

    Raises
    ------
    DataError
        One of the files is at fault, or the file of population names no known neighbourhood.
    OutputError
        ``out`` is not ours to write.
    """
    check_writable(out)
    read_q = read_quartiers(quartiers)
    read_e = read_etablissements(etablissements)
    readings = [read_q, read_e]
    outlines, points = gpd.GeoDataFrame(read_q.table).copy(), read_e.table
    notes: list[str] = []
    if population is not None:
        read_p = read_population(population)
        readings.append(read_p)
        outlines, said = _with_population(outlines, read_p, population)
        notes.append(said)
    points, merged = merge_siret(points)
    if merged:
        notes.append(
            f"{merged} ligne(s) réunie(s) à une autre de même SIRET, leurs types mis ensemble."
        )
    generations = sorted(outlines["generation"].unique(), reverse=True)
    joins = {}
    outlines[BAND_COLUMN] = float("nan")
    for generation in generations:
        of_generation = outlines["generation"] == generation
        part = outlines[of_generation].reset_index(drop=True)
        outlines.loc[of_generation, BAND_COLUMN] = measured_band_km2(part).round(4)
        joins[generation] = result = attach(points, part)
        suffix = "" if generation == generations[0] else f"_{generation}"
        points = points.assign(
            **{f"{name}{suffix}": result.table[name] for name in (*JOINED, "motif")}
        )
    tables: dict[str, pd.DataFrame] = {
        "quartiers": outlines,
        "etablissements": points,
        "communes": _communes(outlines, points),
    }
    paths = [path for path in (quartiers, etablissements, population) if path is not None]
    sources = [_source(reading, path) for reading, path in zip(readings, paths, strict=True)]
    sources = [replace(one, secret=secret and one.id == read_e.report.kind) for one in sources]
    contours, contour_sources = _contours()
    tables |= contours
    made = Manifest(
        nature=_nature(outlines, points),
        titre=f"{quartiers.name} et {etablissements.name}",
        sources=(*sources, Source(id="communes", titre=SOURCE), *contour_sources),
        notes=tuple(notes),
        generations=tuple(generations),
    )
    written = write_folder(out, tables, made, parquet=True)
    return Built(
        written, joins, tuple(reading.report for reading in readings), merged, tuple(notes)
    )


def merge_siret(points: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Keep one row a SIRET: the first one, with the types of all.

    Rows without SIRET are all kept: nothing says that they are the same.

    Returns
    -------
    tuple
        The table, RangeIndex, and the number of rows merged into another.
    """
    doubled = points["siret"].duplicated(keep=False) & (points["siret"] != "")
    if not doubled.any():
        return points, 0
    united = (
        points.loc[doubled, ["siret", "types"]].groupby("siret", sort=False)["types"].agg(_union)
    )
    types = points["types"].where(~doubled, points["siret"].map(united))
    again = points["siret"].duplicated(keep="first") & doubled
    kept = points.assign(types=types.astype("str"))[~again].reset_index(drop=True)
    return kept, int(again.sum())


def _union(types: pd.Series) -> str:
    """Put « ACI » and « EI;ACI » together as « ACI;EI »."""
    return ";".join(dict.fromkeys(one for text in types for one in text.split(";") if one))


def _with_population(
    outlines: gpd.GeoDataFrame, reading: Reading, path: Path
) -> tuple[gpd.GeoDataFrame, str]:
    table = reading.table.set_index("code_qp")["population"]
    found = outlines["code_qp"].map(table)
    matched = int(found.notna().sum())
    if not matched:
        raise DataError(
            f"{path} : aucun de ses codes de quartier n'est dans le fichier des quartiers "
            f"(par exemple {table.index[0] if len(table) else 'aucune ligne'}) ; "
            "vérifiez la génération (QP 2015, QN 2024)."
        )
    merged = outlines.assign(population=found.fillna(outlines["population"]))
    return merged, f"Population connue pour {matched} quartiers sur {len(outlines)}."


def _communes(outlines: gpd.GeoDataFrame, points: pd.DataFrame) -> pd.DataFrame:
    """Describe the communes that neighbourhoods or establishments name.

    Names, EPCI, EPT and inhabitants come from the reference table; what only the file of
    neighbourhoods says (contrat de ville) is not a commune's.
    """
    lists = outlines["insee_com"].str.split(";").explode()
    named = {*lists, *rolled_up(points["code_commune"])} - {""}
    known = communes()
    codes = pd.Index(sorted(named & set(known.index)), name="code_commune")
    table: pd.DataFrame = known.loc[codes].reset_index()
    regions = departements().set_index("code")["insee_reg"]
    table["insee_reg"] = table["insee_dep"].map(regions).fillna("").astype("str")
    for name in COMMUNE_COLUMNS:
        if name not in table.columns:
            table[name] = ""
    return pd.DataFrame(table, columns=[*COMMUNE_COLUMNS, "population"])


def _source(reading: Reading, path: Path) -> Source:
    return Source(
        id=reading.report.kind,
        titre=path.name,
        lignes=reading.report.rows,
        sha256=sha256(path),
        fichier=path.name,
    )


def _contours() -> tuple[dict[str, gpd.GeoDataFrame], tuple[Source, ...]]:
    """Take the outlines of regions and départements that the project ships, and their sources."""
    shipped = ROOT / "data"
    tables = {
        name: table
        for name in CONTOURS
        if (table := read_outlines(shipped / TEXT_NAMES[name])) is not None
    }
    sources = manifests.read(shipped).sources if tables else ()
    return tables, tuple(source for source in sources if source.id.startswith("contours"))


def _nature(outlines: gpd.GeoDataFrame, points: pd.DataFrame) -> Nature:
    """Say whether what was read is simulated: neighbourhoods by their codes, points by a column."""
    simulated = outlines["code_qp"].str.startswith(SIMULATED_CODE)
    said = points["nature"] if "nature" in points.columns else pd.Series(dtype="str")
    if not simulated.any() and not said.isin(["simulation", "mixte"]).any():
        return "officiel"
    if simulated.all() and len(said) and (said == "simulation").all():
        return "simulation"
    return "mixte"
