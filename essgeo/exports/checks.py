"""What ``check`` says of files, for people and for programs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd

from essgeo.atlas import open_atlas
from essgeo.exports.joined import account, conservation_line
from essgeo.join import Outlines, attach
from essgeo.manifest import LIB_NATURE as LIB_SIMULATION
from essgeo.readers import FileReport, read_etablissements, read_quartiers
from essgeo.secrecy import REFUSED
from essgeo.text import listing, number, plural

#: Kind of a file -> what people call it.
LIB_NATURE = {
    "quartiers": "quartiers prioritaires",
    "etablissements": "établissements",
    "population": "population des quartiers",
    "dossier": "dossier de données",
    "inconnu": "contenu non reconnu",
}


def report_json(report: FileReport) -> dict[str, Any]:
    """Return a report as a JSON object, keys in French."""
    return {
        "fichier": str(report.path),
        "nature": report.kind,
        "format": report.format,
        "encodage": report.encoding,
        "separateur": report.separator,
        "lignes": report.rows,
        "crs": report.crs,
        "emprise": list(report.extent) if report.extent else None,
        "generation": report.generation,
        "colonnes": report.columns,
        "reparations": report.repairs,
        "problemes": [
            {
                "niveau": problem.level,
                "message": problem.message,
                "colonne": problem.column,
                "ligne": problem.row,
            }
            for problem in report.problems
        ],
    }


def report_lines(report: FileReport) -> list[str]:
    """Return a report as French lines."""
    facts = [LIB_NATURE[report.kind], report.format]
    if report.rows is not None:
        facts.append(f"{number(report.rows)} lignes")
    facts += [report.encoding, f"séparateur « {report.separator} »" if report.separator else ""]
    if report.crs:
        facts.append(f"projection {report.crs}")
    if report.extent:
        west, south, east, north = (number(value, 2) for value in report.extent)
        facts.append(f"emprise {west} à {east} de longitude, {south} à {north} de latitude")
    if report.generation:
        facts.append(f"contours {listing(report.generation.split(','))}")
    lines = [f"{report.path} : {', '.join(fact for fact in facts if fact)}"]
    lines += [
        f"  réparation « {kind} » : {plural(count, 'contour')}"
        for kind, count in report.repairs.items()
    ]
    lines += [f"  {problem.level} : {problem.message}" for problem in report.problems]
    return lines


def folder_lines(path: Path) -> list[str]:
    """Say what a data folder holds and how its points are accounted for, as French lines.

    Raises
    ------
    DataError
        The folder cannot be opened; see :func:`essgeo.datafolder.read_folder`.
    """
    atlas = open_atlas(path)
    manifest = atlas.manifest
    lines = [f"  {manifest.titre} ({LIB_SIMULATION[manifest.nature]})"]
    lines += [f"  source : {source}" for source in manifest.sources]
    # Under statistical secrecy even a total could give away what is left out of the printed ones.
    lines += [
        f"  {name} : {table.fichier}"
        + ("" if manifest.secret else f", {number(table.lignes)} lignes")
        for name, table in manifest.tables.items()
    ]
    lines += [f"  avertissement : {warning}" for warning in atlas.folder.warnings]
    lines += [f"  note : {note}" for note in manifest.notes]
    if manifest.secret:
        return [*lines, f"  {REFUSED}."]
    for generation in atlas.generations.values():
        counts = generation.conservation()
        lines += [f"  {conservation_line(counts, generation.name)}"]
    return lines


def conservation(reports: Sequence[FileReport]) -> list[str]:
    """Join the first outlines to each file of points and account for every point.

    Parameters
    ----------
    reports
        Reports of files that nothing blocks.

    Returns
    -------
    list[str]
        French lines, one block a file of points and generation; empty when the files do not
        hold both outlines and points.
    """
    outlines = [report for report in reports if report.kind == "quartiers"]
    points = [report for report in reports if report.kind == "etablissements"]
    lines: list[str] = []
    if not outlines:
        return lines
    tables = [(other.path.name, read_etablissements(other.path).table) for other in points]
    for one in outlines if tables else []:
        frame = gpd.GeoDataFrame(read_quartiers(one.path).table)
        for generation, part in frame.groupby("generation", sort=True):
            ready = gpd.GeoDataFrame(part).reset_index(drop=True)
            prepared = Outlines(ready)
            for name, table in tables:
                result = attach(table, prepared)
                lines.append(f"{name} dans {one.path.name} :")
                lines += [f"  {line}" for line in account(result, str(generation))]
    return lines
