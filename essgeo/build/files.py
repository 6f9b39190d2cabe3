"""From two files to a data folder: neighbourhoods, establishments, and what joins them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import geopandas as gpd

from essgeo.build.assemble import assemble, with_population
from essgeo.datafolder import check_writable
from essgeo.files import sha256
from essgeo.join import JoinResult
from essgeo.manifest import Manifest, Source
from essgeo.readers import (
    FileReport,
    Reading,
    read_etablissements,
    read_population,
    read_quartiers,
)


@dataclass(frozen=True)
class Built:
    """What a build did, for those who asked for it."""

    manifest: Manifest
    joins: Mapping[str, JoinResult]
    reports: tuple[FileReport, ...]
    merged: int


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
    outlines = gpd.GeoDataFrame(read_q.table)
    notes = []
    if population is not None:
        read_p = read_population(population)
        readings.append(read_p)
        outlines, said = with_population(outlines, read_p, population)
        notes.append(said)
    paths = [path for path in (quartiers, etablissements, population) if path is not None]
    sources = [_source(reading, path) for reading, path in zip(readings, paths, strict=True)]
    made = assemble(
        outlines,
        read_e.table,
        titre=f"{quartiers.name} et {etablissements.name}",
        sources=[replace(one, secret=secret and one.id == read_e.report.kind) for one in sources],
        notes=notes,
    )
    reports = tuple(reading.report for reading in readings)
    return Built(made.write(out), made.joins, reports, made.merged)


def _source(reading: Reading, path: Path) -> Source:
    return Source(
        id=reading.report.kind,
        titre=path.name,
        lignes=reading.report.rows,
        sha256=sha256(path),
        fichier=path.name,
    )
