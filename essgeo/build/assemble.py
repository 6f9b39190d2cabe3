"""What the makers of data folders do once all is read: join, complete, write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import geopandas as gpd
import pandas as pd

from essgeo import manifest as manifests
from essgeo.datafolder import CONTOURS, TEXT_NAMES, read_outlines, write_folder
from essgeo.errors import DataError
from essgeo.generation import JOINED, outlines_of, rolled_up
from essgeo.join import JoinResult, Outlines, attach
from essgeo.join.surfaces import BAND_COLUMN, measured_band_km2
from essgeo.manifest import Manifest, Nature, Source
from essgeo.nomenclatures import departements
from essgeo.nomenclatures.communes import SOURCE, communes
from essgeo.readers import Reading
from essgeo.readers.sidetables import COMMUNE_COLUMNS
from essgeo.settings import ROOT

#: Prefix of the codes of simulated neighbourhoods.
SIMULATED_CODE = "QS"


@dataclass(frozen=True)
class Assembled:
    """A data folder made ready, and written once :func:`write` is called.

    Parameters
    ----------
    tables
        Tables by name, as :func:`essgeo.datafolder.write_folder` takes them.
    manifest
        What the folder will say of itself.
    joins
        Generation, newest first -> what the join found.
    merged
        Rows merged into another of the same SIRET.
    """

    tables: Mapping[str, pd.DataFrame]
    manifest: Manifest
    joins: Mapping[str, JoinResult]
    merged: int

    def write(self, out: Path, *, texts: Mapping[str, str] | None = None) -> Manifest:
        """Write the folder: see :func:`essgeo.datafolder.write_folder`."""
        return write_folder(out, self.tables, self.manifest, parquet=True, texts=texts)


def assemble(
    outlines: gpd.GeoDataFrame,
    points: pd.DataFrame,
    *,
    titre: str,
    sources: Sequence[Source],
    notes: Sequence[str] = (),
    denominateurs: pd.DataFrame | None = None,
    prepared: Mapping[str, Outlines] = MappingProxyType({}),
) -> Assembled:
    """Join establishments to neighbourhoods, and add what a data folder holds besides.

    Parameters
    ----------
    outlines
        Neighbourhoods of one generation or two, as :func:`essgeo.readers.read_quartiers` gives
        them; their bands are measured here unless :func:`with_bands` did.
    points
        Establishments with the columns of :mod:`essgeo.readers.etablissements`, RangeIndex.
        Rows of one SIRET are merged.
    titre, sources, notes
        Of the manifest; the sources of what is added here come after.
    denominateurs
        All the establishments and jobs of territories, when they are known.
    prepared
        The same outlines by generation, if they were prepared already.

    Raises
    ------
    DataError
        Outlines that cannot be joined to, or points that lie outside every French territory.
    """
    points, merged = merge_siret(points)
    said = list(notes)
    if merged:
        said.append(
            f"{merged} ligne(s) réunie(s) à une autre de même SIRET, leurs types mis ensemble."
        )
    outlines = outlines if BAND_COLUMN in outlines.columns else with_bands(outlines)
    generations = sorted(outlines["generation"].unique(), reverse=True)
    joins = {}
    for generation in generations:
        part = prepared.get(generation)
        result = attach(points, outlines_of(outlines, generation) if part is None else part)
        joins[generation] = result
        suffix = "" if generation == generations[0] else f"_{generation}"
        points = points.assign(
            **{f"{name}{suffix}": result.table[name] for name in (*JOINED, "motif")}
        )
    tables: dict[str, pd.DataFrame] = {
        "quartiers": outlines,
        "etablissements": points,
        "communes": _communes(outlines, points),
    }
    if denominateurs is not None:
        tables["denominateurs"] = denominateurs
    contours, contour_sources = _contours()
    tables |= contours
    made = Manifest(
        nature=_nature(outlines, points),
        titre=titre,
        sources=(*sources, Source(id="communes", titre=SOURCE), *contour_sources),
        notes=tuple(said),
        generations=tuple(generations),
    )
    return Assembled(tables, made, joins, merged)


def by_generation(outlines: gpd.GeoDataFrame) -> Mapping[str, Outlines]:
    """Prepare the outlines of each generation, newest first."""
    return {
        str(name): Outlines(outlines_of(outlines, name))
        for name in sorted(outlines["generation"].unique(), reverse=True)
    }


def with_bands(
    outlines: gpd.GeoDataFrame, prepared: Mapping[str, Outlines] = MappingProxyType({})
) -> gpd.GeoDataFrame:
    """Measure the band around each neighbourhood: a copy with its surface, km².

    Parameters
    ----------
    outlines
        Neighbourhoods.
    prepared
        What :func:`by_generation` gives, if it was called already.
    """
    outlines = gpd.GeoDataFrame(outlines).copy()
    outlines[BAND_COLUMN] = float("nan")
    for generation in sorted(outlines["generation"].unique()):
        of_generation = outlines["generation"] == generation
        part = prepared.get(generation)
        measured = measured_band_km2(outlines_of(outlines, generation) if part is None else part)
        outlines.loc[of_generation, BAND_COLUMN] = measured.round(4)
    return outlines


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


def with_population(
    outlines: gpd.GeoDataFrame, reading: Reading, path: Path
) -> tuple[gpd.GeoDataFrame, str]:
    """Give neighbourhoods the population that a file says; it wins over their own.

    Returns
    -------
    tuple
        The outlines, and a French sentence on how many are known.

    Raises
    ------
    DataError
        None of the file's codes is one of theirs.
    """
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
