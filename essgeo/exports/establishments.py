"""The selected establishments, in the formats that people open."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from essgeo import nomenclatures
from essgeo.atlas import Atlas, Resolved
from essgeo.axes import places
from essgeo.datafolder import write_geojson
from essgeo.errors import DataError, UsageError
from essgeo.exports.geopackage import write_geopackage
from essgeo.exports.metadata import metadata, metadata_json
from essgeo.exports.package import dictionary
from essgeo.exports.tables import csv_bytes
from essgeo.exports.workbook import write_workbook
from essgeo.files import writing
from essgeo.secrecy import REFUSED, listed, publishable
from essgeo.selection import Selection

#: Columns of an export of establishments, in order; a label follows its code.
COLUMNS = (
    "siret",
    "siren",
    "denomination",
    "categorie_juridique",
    "famille",
    "lib_famille",
    "activite_principale",
    "secteur",
    "lib_secteur",
    "tranche_effectifs",
    "lib_tranche_effectifs",
    "annee_effectifs",
    "caractere_employeur",
    "effectif_min",
    "effectif_max",
    "est_siege",
    "statut_diffusion",
    "motif_ess",
    "date_creation",
    "types",
    "code_commune",
    "lib_commune",
    "longitude",
    "latitude",
    "qualite_xy",
    "plg_qp",
    "generation",
    "code_qp",
    "lib_qp",
    "rattachement",
    "distance_m",
    "certitude",
    "nature",
)

#: Columns that follow where the data has them: a band taken over, a correction de terrain.
OPTIONAL = ("effectif_repris_de", "correction")

SUFFIXES = (".csv", ".xlsx", ".gpkg", ".geojson", ".parquet")


def selected(
    atlas: Atlas, selection: Selection, *, limit: int | None = None, listing: bool = False
) -> pd.DataFrame:
    """Return the selected establishments with the columns of an export.

    Parameters
    ----------
    atlas, selection
        What to take from where.
    limit
        Keep only that many rows, the first ones; None for all.
    listing
        Leave out those that are counted but not listed on a page (non-employers).

    Returns
    -------
    pandas.DataFrame
        One row an establishment, order of the data folder, columns :data:`COLUMNS` and those of
        :data:`OPTIONAL` that the data has; ``nature`` says whether they are simulated. What
        partial diffusion masks is masked.

    Raises
    ------
    DataError
        The source falls under statistical secrecy: establishments are not listed.
    """
    if atlas.manifest.secret:
        raise DataError(f"{REFUSED} ; demandez un tableau (summary).")
    resolved = atlas.resolve(selection)
    generation = resolved.generation
    shown = resolved.mask & listed(atlas.points) if listing else resolved.mask
    rows = np.flatnonzero(shown)[:limit]
    joined = generation.joined.iloc[rows]
    points = publishable(atlas.points.iloc[rows].assign(distance_m=joined["distance_m"]))
    bands = nomenclatures.bandes()
    place = places(list(bands.index), points["tranche_effectifs"])
    titles = pd.Series([*bands["libelle"], ""], dtype="str").to_numpy()
    head = atlas.headcount

    def label(axis: str) -> list[str]:
        found = generation.axes[axis]
        texts = (*found.labels, "")
        return [texts[code] for code in found.codes[rows]]

    out = points.assign(
        lib_famille=label("famille"),
        lib_secteur=label("secteur"),
        lib_tranche_effectifs=titles[place],
        effectif_min=head.low[rows],
        effectif_max=head.high[rows],
        lib_commune=label("commune"),
        lib_qp=label("quartier"),
        generation=generation.name,
        nature=atlas.manifest.nature,
        **{name: joined[name] for name in ("code_qp", "rattachement", "certitude")},
    )
    more = [name for name in OPTIONAL if name in points.columns]
    return out[[*COLUMNS, *more]].reset_index(drop=True)


def export(atlas: Atlas, selection: Selection, out: Path, *, excel: bool = False) -> int:
    """Write the selected establishments and, beside, their metadata (``F.meta.json``).

    Parameters
    ----------
    atlas, selection
        What to take from where.
    out
        File to write; its suffix chooses the format, one of :data:`SUFFIXES`.
    excel
        For CSV: French Excel instead of open data.

    Returns
    -------
    int
        Rows written.

    Raises
    ------
    UsageError
        Unknown suffix, or ``excel`` for something else than CSV.
    DataError
        The source falls under statistical secrecy.
    OutputError
        A file cannot be written.
    """
    suffix = out.suffix.lower()
    if suffix not in SUFFIXES:
        raise UsageError(
            f"{out} : format inconnu ; donnez un fichier {', '.join(SUFFIXES)} avec --out."
        )
    if excel and suffix != ".csv":
        raise UsageError(f"{out} : --excel ne concerne que les fichiers .csv.")
    resolved = atlas.resolve(selection)
    table = selected(atlas, selection)
    said = metadata(atlas, resolved, rows=len(table), content="Établissements sélectionnés")
    with writing(out.with_name(out.name + ".meta.json")) as beside_meta, writing(out) as beside:
        if suffix == ".csv":
            beside.write_bytes(csv_bytes(table, excel=excel))
        elif suffix == ".xlsx":
            told = dictionary("etablissements", table.columns)
            write_workbook(beside, {"Établissements": table, "Dictionnaire": told}, said)
        elif suffix == ".parquet":
            as_points(table).to_parquet(beside, index=False)
        elif suffix == ".geojson":
            write_geojson(beside, as_points(table), decimals=6)
        else:
            write_geopackage(beside, as_points(table))
        beside_meta.write_text(metadata_json(said), encoding="utf-8", newline="\n")
    return len(table)


def as_points(table: pd.DataFrame) -> gpd.GeoDataFrame:
    """Give a table its points (EPSG:4326); a row without a position has no geometry."""
    located = table["longitude"].notna() & table["latitude"].notna()
    geometry = shapely.points(table["longitude"], table["latitude"])
    geometry[~located.to_numpy()] = None
    return gpd.GeoDataFrame(table, geometry=geometry, crs="EPSG:4326")


def describe_export(atlas: Atlas, resolved: Resolved, rows: int) -> str:
    """Return the metadata of an export of establishments as JSON text."""
    said = metadata(atlas, resolved, rows=rows, content="Établissements sélectionnés")
    return metadata_json(said)
