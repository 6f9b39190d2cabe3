"""Neighbourhoods (QPV): any file of outlines -> the contract's columns."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from essgeo.readers import codes
from essgeo.readers.cells import mended, stripped
from essgeo.readers.columns import recognise, report_names, with_extras
from essgeo.readers.loading import load
from essgeo.readers.outlines import read_outlines
from essgeo.readers.places import complete_places
from essgeo.readers.raw import Raw, Shapes
from essgeo.readers.report import FileReport, Journal, Reading
from essgeo.readers.reporting import make_report
from essgeo.text import plural

#: The contract's columns, in its order.
COLUMNS = (
    "code_qp",
    "lib_qp",
    "generation",
    "insee_com",
    "lib_com",
    "insee_dep",
    "lib_dep",
    "insee_reg",
    "lib_reg",
    "siren_epci",
    "lib_epci",
    "code_ept",
    "lib_ept",
    "code_contrat",
    "lib_contrat",
    "population",
    "geometry",
)
GENERATIONS = ("2015", "2024")


def read_quartiers(path: Path, *, generation: str | None = None) -> Reading:
    """Read neighbourhoods with their outlines.

    Parameters
    ----------
    path
        GeoJSON, GeoPackage, zipped shapefile or GeoParquet.
    generation
        ``2015`` or ``2024`` to keep one; None keeps all.

    Returns
    -------
    Reading
        ``table`` is a GeoDataFrame in EPSG:4326 of valid polygons, one row a neighbourhood, in
        the order of the file.

    Raises
    ------
    DataError
        Every fault listed in docs/fichiers.md: unreadable file, no code or outline, duplicated
        code, CRS unknown or contradicted, no neighbourhood of that generation.
    """
    journal = Journal(Path(path))
    raw = load(Path(path), journal)
    reading = build_quartiers(raw, journal, generation)
    journal.stop_if_blocked()
    return reading


def build_quartiers(raw: Raw, journal: Journal, generation: str | None = None) -> Reading:
    """Bring a file already read to the contract; faults are left in the journal."""
    report_names(raw.source, journal)
    used = recognise(raw.source, "quartiers")
    if "code_qp" not in used:
        raise journal.error(
            "aucune colonne de code de quartier (code_qp, code_quartier, qp…) ; "
            "renommez la colonne des codes QP… ou QN… en code_qp."
        )
    if raw.shapes is None:
        raise journal.error(
            "les quartiers n'ont pas de contours ; donnez un fichier géographique "
            "(GeoJSON, GeoPackage, shapefile zippé, GeoParquet)."
        )
    table = pd.DataFrame(index=pd.RangeIndex(len(raw.source)))
    for column in COLUMNS[:-1]:
        cells = raw.source.iloc[:, used[column]] if column in used else None
        table[column] = codes.blank(len(table)) if cells is None else mended(stripped(cells))
    table["code_qp"] = table["code_qp"].str.upper()
    _generations(table, raw, journal)
    _check_codes(table, raw, journal)
    complete_places(table, journal)
    read_populations(table, raw, used, journal)
    shapes = read_outlines(raw, table["code_qp"].tolist(), journal)
    frame = framed(with_extras(table, raw.source, used), shapes)
    source = raw.source
    if generation is not None:
        keep = (frame["generation"] == generation).to_numpy()
        if not keep.any():
            there = " et ".join(sorted(set(frame["generation"]) - {""})) or "aucune"
            raise journal.error(
                f"aucun quartier de la génération {generation} (présente : {there}) ; "
                "donnez l'autre fichier ou l'autre génération."
            )
        frame = frame[keep].reset_index(drop=True)
        source = source[keep].reset_index(drop=True)
    report = _report(raw, frame, used, journal)
    return Reading(frame, source, report)


def framed(table: pd.DataFrame, shapes: Shapes) -> gpd.GeoDataFrame:
    """Put the outlines in the contract's place, before the extra columns."""
    extras = [name for name in table.columns if name not in COLUMNS]
    frame = gpd.GeoDataFrame(table, geometry=shapes, crs="EPSG:4326")
    ordered: gpd.GeoDataFrame = frame[[*COLUMNS, *extras]]
    return ordered


def _generations(table: pd.DataFrame, raw: Raw, journal: Journal) -> None:
    """Fill the generation from the file's column, else from the shape of the code."""
    told = codes.whole(table["generation"])
    strange = ~told.isin([*GENERATIONS, ""])
    if strange.any():
        row = int(np.argmax(strange))
        journal.block(
            f"génération « {journal.some([told.iat[row]])} » inconnue ; "
            f"écrivez {' ou '.join(GENERATIONS)}.",
            column="generation",
            row=raw.row(row),
        )
    shape = codes.generation(table["code_qp"])
    # A code cut or typed wrong still says its generation by its first two letters.
    prefix = table["code_qp"].str.slice(0, 2).map({"QP": "2015", "QN": "2024"}).fillna("")
    table["generation"] = told.where(told != "", shape.where(shape != "", prefix)).astype("str")
    unknown = (table["generation"] == "") & (table["code_qp"] != "")
    if unknown.any():
        row = int(np.argmax(unknown))
        journal.block(
            f"{plural(int(unknown.sum()), 'code')} dont la génération est inconnue "
            f"(« {journal.some([table['code_qp'].iat[row]])} ») : ni QP… (2015) ni QN… (2024) ; "
            "ajoutez une colonne generation.",
            column="code_qp",
            row=raw.row(row),
        )
    misshapen = table["code_qp"].str.match("Q[PN]") & (shape == "")
    if misshapen.any():
        found = list(table["code_qp"][misshapen].head(5))
        journal.warn(
            f"{plural(int(misshapen.sum()), 'code')} de quartier d'une forme inattendue "
            f"({journal.some(found)}) ; vérifiez-les.",
            column="code_qp",
        )


def _check_codes(table: pd.DataFrame, raw: Raw, journal: Journal) -> None:
    """Block missing codes and codes duplicated within a generation."""
    missing = np.flatnonzero(table["code_qp"] == "")
    if len(missing):
        journal.block(
            f"{plural(len(missing), raw.word)} sans code de quartier "
            f"(première : {raw.row(missing[0])}) ; complétez la colonne.",
            column="code_qp",
            row=raw.row(missing[0]),
        )
    named = table[table["code_qp"] != ""]
    twice = named[named.duplicated(["code_qp", "generation"])]
    if len(twice):
        rows = [str(raw.row(row)) for row in named.index[named["code_qp"] == twice.iat[0, 0]]]
        journal.block(
            f"code de quartier en double : {journal.some(list(twice['code_qp'].unique()))} "
            f"(le premier : {raw.word}s {journal.some(rows)}) ; gardez une seule "
            f"{raw.word} par quartier.",
            column="code_qp",
            row=raw.row(int(twice.index[0])),
        )


def read_populations(table: pd.DataFrame, raw: Raw, used: dict[str, int], journal: Journal) -> None:
    """Turn the populations into numbers, in place; what cannot be read is unknown, and said."""
    values, unread = codes.numbers(table["population"])
    table["population"] = values
    if unread.any():
        row = int(np.argmax(unread))
        journal.warn(
            f"{plural(int(unread.sum()), 'population illisible', 'populations illisibles')} "
            f"(première : {raw.word} {raw.row(row)}) ; laissées inconnues.",
            column=str(raw.source.columns[used["population"]]),
            row=raw.row(row),
        )


def _report(
    raw: Raw, frame: gpd.GeoDataFrame, used: dict[str, int], journal: Journal
) -> FileReport:
    bounds = shapely.total_bounds(frame.geometry.to_numpy())
    return make_report(
        raw,
        journal,
        kind="quartiers",
        used=used,
        extent=bounds,
        generation=",".join(sorted(set(frame["generation"]) - {""})),
    )
