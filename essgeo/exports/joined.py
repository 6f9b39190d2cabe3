"""A file of establishments with what joins it to the neighbourhoods."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

from essgeo.datafolder import write_geojson
from essgeo.errors import DataError, UsageError
from essgeo.exports.geopackage import write_geopackage
from essgeo.exports.tables import csv_bytes
from essgeo.files import writing
from essgeo.join import JoinResult, attach
from essgeo.readers import FileReport, Reading, read_etablissements, read_quartiers
from essgeo.settings import BAND_M
from essgeo.text import number, one_line, plural

#: Columns added by a join, in order.
ADDED = ("code_qp", "lib_qp", "rattachement", "distance_m", "certitude", "motif")

SUFFIXES = (".csv", ".parquet", ".gpkg", ".geojson")

#: Most uncertain rows named one by one.
NAMED = 10


def join_files(
    quartiers: Path,
    etablissements: Path,
    out: Path,
    *,
    band: float = BAND_M,
    generation: str | None = None,
) -> list[str]:
    """Join a file of establishments to a file of neighbourhoods.

    Parameters
    ----------
    quartiers, etablissements
        Files of any make that :mod:`essgeo.readers` reads.
    out
        File to write; its suffix chooses the format, one of :data:`SUFFIXES`.
    band
        Width of the band in metres.
    generation
        ``2015`` or ``2024``; needed when the neighbourhoods hold both.

    Returns
    -------
    list[str]
        What was found, as French lines: problems of the files, conservation, uncertain rows.

    Raises
    ------
    UsageError
        Unknown suffix, or two generations and none chosen.
    DataError
        One of the files is at fault, or the generation asked for is not in the file.
    OutputError
        ``out`` cannot be written.
    """
    if out.suffix.lower() not in SUFFIXES:
        raise UsageError(
            f"{out} : format inconnu ; donnez un fichier {', '.join(SUFFIXES)} avec --out."
        )
    read_q = read_quartiers(quartiers)
    outlines = one_generation(gpd.GeoDataFrame(read_q.table), quartiers, generation)
    read_e = read_etablissements(etablissements)
    result = attach(read_e.table, outlines, band=band)
    table = with_source(read_e.source, result.table)
    _write(out, table, read_e)
    return [
        *(line for reading in (read_q, read_e) for line in problem_lines(reading.report)),
        *account(result, str(outlines["generation"].iloc[0]) if len(outlines) else "", band),
        *_uncertain(read_e, result),
        f"écrit : {out} ({plural(len(table), 'ligne')})",
    ]


def one_generation(
    outlines: gpd.GeoDataFrame, path: Path, generation: str | None
) -> gpd.GeoDataFrame:
    """Keep one generation of outlines.

    Raises
    ------
    UsageError
        The file holds several and none is chosen.
    DataError
        The one chosen is not there.
    """
    present = sorted(outlines["generation"].unique())
    if generation is None:
        if len(present) > 1:
            raise UsageError(
                f"{path} : ce fichier tient les contours {' et '.join(present)} ; "
                "choisissez avec --generation."
            )
        return outlines
    if generation not in present:
        raise DataError(
            f"{path} : pas de contours {generation} dans ce fichier "
            f"(présents : {', '.join(present) or 'aucun'}) ; changez --generation."
        )
    return outlines[outlines["generation"] == generation].reset_index(drop=True)


def with_source(source: pd.DataFrame, added: pd.DataFrame) -> pd.DataFrame:
    """Put the columns of a join after those of the file, as they were read.

    A column of the file that bears one of their names is renamed ``…_source``.
    """
    names = [f"{name}_source" if name in ADDED else name for name in source.columns]
    out = pd.concat(
        [source.reset_index(drop=True), added[list(ADDED)].reset_index(drop=True)], axis=1
    )
    out.columns = pd.Index([*names, *ADDED])
    return out


def account(result: JoinResult, generation: str, band: float = BAND_M) -> list[str]:
    """Say the conservation of points in French lines."""
    lines = [conservation_line(result.conservation, generation, band)]
    lines += [f"  {reason} : {number(count)}" for reason, count in result.reasons.items()]
    if result.ambiguous:
        lines.append(
            f"  {plural(result.ambiguous, 'point')} dans plusieurs quartiers : "
            "le plus petit code est retenu"
        )
    lines += [f"  {note}" for note in result.notes]
    told_by_insee = {
        key: value
        for key, value in (result.reconciliation or {}).items()
        if key != "non_renseigne" and value
    }
    if told_by_insee:
        told = ", ".join(f"{key} {number(value)}" for key, value in told_by_insee.items())
        lines.append(f"  avec l'attribution de l'Insee : {told}")
    return lines


def conservation_line(counts: Mapping[str, int], generation: str, band: float = BAND_M) -> str:
    """Say where points went: in = inside + near + outside + unlocated."""
    return (
        f"contours {generation} : {number(counts['total'])} lignes = "
        f"{number(counts['dedans'])} dedans + {number(counts['proche'])} à moins de "
        f"{number(band)} m + {number(counts['hors'])} hors + "
        f"{number(counts['non_localise'])} sans position utilisable"
    )


def problem_lines(report: FileReport) -> list[str]:
    """Say the problems of a file in French lines."""
    return [f"{report.path.name} : {problem.message}" for problem in report.problems]


def _uncertain(reading: Reading, result: JoinResult) -> list[str]:
    """Name the first attachments that are not certain, row by row."""
    doubtful = result.table["certitude"] == "incertain"
    count = int(doubtful.sum())
    if not count:
        return []
    lines = [f"  {plural(count, 'rattachement incertain', 'rattachements incertains')} :"]
    for row in doubtful.to_numpy().nonzero()[0][:NAMED]:
        point, found = reading.table.iloc[row], result.table.iloc[row]
        name = one_line(point["denomination"] or point["siret"] or "sans nom", 50)
        lines.append(f"    ligne {row + 2} ({name}) : {found['motif']}")
    if count > NAMED:
        lines.append(f"    et {number(count - NAMED)} autres (colonne « certitude »)")
    return lines


def _write(out: Path, table: pd.DataFrame, reading: Reading) -> None:
    suffix = out.suffix.lower()
    with writing(out) as beside:
        if suffix == ".csv":
            foreign = table.shape[1] - len(ADDED)
            beside.write_bytes(csv_bytes(table, foreign=foreign))
            return
        named = table.copy()
        named.columns = pd.Index(told_apart([str(name) for name in table.columns]))
        points = reading.table
        located = (points["longitude"].notna() & points["latitude"].notna()).to_numpy()
        geometry = shapely.points(points["longitude"], points["latitude"])
        geometry[~located] = None
        if "geometry" in named.columns:
            named = named.rename(columns={"geometry": "geometry_source"})
        frame = gpd.GeoDataFrame(named, geometry=geometry, crs="EPSG:4326")
        if suffix == ".parquet":
            frame.to_parquet(beside, index=False)
        elif suffix == ".geojson":
            write_geojson(beside, frame)
        else:
            write_geopackage(beside, frame)


def told_apart(names: list[str]) -> list[str]:
    """Tell columns of one name apart, for formats that need it."""
    seen: dict[str, int] = {}
    out = []
    for name in names:
        # SQLite, hence GeoPackage, does not tell « Nom » from « nom ».
        key = name.casefold()
        seen[key] = seen.get(key, 0) + 1
        out.append(name if seen[key] == 1 else f"{name}_{seen[key]}")
    return out
