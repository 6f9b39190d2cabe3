"""Rows of the expression -> the columns of a data folder."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from essgeo import nomenclatures
from essgeo.build import places
from essgeo.build.pipeline import REASONS
from essgeo.build.report import Report
from essgeo.join.cells import Floats
from essgeo.nomenclatures.diffusion import MASKED, NATURAL_PERSON, PARTIAL

#: Ways in which a position is found, in the order of the report.
WAYS = (
    places.DEGREES,
    places.METRES,
    places.STOCK,
    places.MASKED,
    places.NOWHERE,
    places.ZERO,
)

#: What a reader of the folder must know.
NOTES = (
    "Établissements ouverts au répertoire Sirene ; de l'ESS : liste d'ESS France, indicateur de "
    "l'Insee ou agrément ESUS, chaque motif étant écrit.",
    "Tranche d'effectifs d'un siège qui vient de déménager : celle de son ancienne adresse, "
    "signalée par la colonne « effectif_repris_de ».",
)

#: Years outside which a date of creation is a slip of the pen (the register has 0004 and 2218).
YEARS = (1500, 2100)


def placed(batch: pa.RecordBatch, lon: Floats, lat: Floats) -> pa.Table:
    """Put the position found in place of what the files said, and settle bands and statuses."""
    table = pa.Table.from_batches([batch])
    partial = pa.array(PARTIAL)
    masked = pc.is_in(table["statut_unite"], partial)
    columns = {
        "longitude": pa.array(lon),
        "latitude": pa.array(lat),
        "statut_diffusion": pc.if_else(
            masked, table["statut_unite"], table["statut_etablissement"]
        ),
        "tranche_effectifs": pc.coalesce(
            table["tranche_reportee"], table["tranche_effectifs"], table["tranche_dite"]
        ),
        "annee_effectifs": pc.coalesce(table["annee_reportee"], table["annee_effectifs"]),
        "code_commune": pc.coalesce(table["code_commune"], table["plg_code_commune"]),
    }
    gone = {
        "statut_unite", "statut_etablissement", "tranche_reportee", "tranche_dite",
        "annee_reportee", "plg_code_commune", "x", "y", "epsg", "lambert_x", "lambert_y",
        "hors_naf", *columns,
    }  # fmt: skip
    kept = {name: table[name] for name in table.column_names if name not in gone}
    return pa.table({**kept, **columns})


def employers(table: pa.Table) -> pd.DataFrame:
    """Keep of placed rows what counting all employers needs."""
    names = [
        "longitude", "latitude", "qualite_xy", "distance_precision", "code_commune",
        "statut_diffusion", "tranche_effectifs", "caractere_employeur", "publique",
    ]  # fmt: skip
    rows = table.filter(pc.field("emploie")).select(names)
    frame = _texts(rows)
    frame["publique"] = frame["publique"].fillna(value=False).astype(bool)
    return frame


def points(
    parts: Sequence[pa.Table],
    types: Sequence[pd.Series],
    quartiers: gpd.GeoDataFrame,
    report: Report,
) -> pd.DataFrame:
    """Write the establishments of the ESS with the contract's columns, by SIRET.

    Parameters
    ----------
    parts
        Placed rows, of the ESS only.
    types
        SIRET -> types of insertion structures, a series a file.
    quartiers
        Neighbourhoods: the newest generation says which of Insee's attributions is ``plg_qp``.
    report
        Told of what was changed.
    """
    table = pa.concat_tables(parts) if parts else None
    if table is None or not table.num_rows:
        return pd.DataFrame(columns=list(_ORDER))
    motif = _motif(table)
    frame = _texts(table.drop_columns([*REASONS, "ess", "emploie", "publique"]))
    frame["motif_ess"] = motif
    frame = frame.sort_values("siret", kind="stable").reset_index(drop=True)
    frame["famille"] = nomenclatures.familles(frame["categorie_juridique"])
    frame["secteur"] = nomenclatures.secteurs(frame["activite_principale"])
    newest = max(quartiers["generation"])
    said = frame[f"plg_qp{newest[2:]}"]
    # HZ (outside every zone) and CSZ (commune without one) are no codes.
    frame["plg_qp"] = said.where(said.str.startswith("Q"), "")
    year = pd.to_numeric(frame["date_creation"].str[:4], errors="coerce")
    wrong = year.notna() & ~year.between(*YEARS)
    frame["date_creation"] = frame["date_creation"].str[:10].mask(wrong, "")
    report.add("établissements", "dates de création aberrantes, effacées", int(wrong.sum()))
    frame["denomination"] = _named(frame)
    frame["types"] = _types(frame["siret"], types, report)
    return frame.rename(columns={"reportee_de": "effectif_repris_de"})[list(_ORDER)]


_ORDER = (
    "siret", "siren", "denomination", "categorie_juridique", "famille", "activite_principale",
    "secteur", "tranche_effectifs", "annee_effectifs", "caractere_employeur", "est_siege",
    "statut_diffusion", "motif_ess", "date_creation", "code_commune", "longitude", "latitude",
    "qualite_xy", "plg_qp", "types", "plg_qp24", "plg_qp15", "distance_precision",
    "effectif_repris_de",
)  # fmt: skip


def _motif(table: pa.Table) -> pd.Series:
    """Write the reasons of each row, « ; »-joined."""
    place = sum(table[name].to_numpy().astype(np.int8) << bit for bit, name in enumerate(REASONS))
    words = [
        " ; ".join(text for bit, text in enumerate(REASONS.values()) if mask >> bit & 1)
        for mask in range(1 << len(REASONS))
    ]
    return pd.Series(np.asarray(words, dtype=object)[place], dtype="str")


def _named(frame: pd.DataFrame) -> pd.Series:
    """Keep back the name of a person in partial diffusion, even when a file still gives it."""
    category = frame["categorie_juridique"]
    person = category.str.startswith(NATURAL_PERSON) | (category == "")
    return frame["denomination"].mask(frame["statut_diffusion"].isin(PARTIAL) & person, MASKED)


def _types(siret: pd.Series, types: Sequence[pd.Series], report: Report) -> pd.Series:
    """Say which rows are insertion structures; being one is no reason to be of the ESS."""
    found = pd.Series("", index=siret.index, dtype="str")
    for one in types:
        mine = siret.map(one).fillna("").astype("str")
        found = found.where(mine == "", mine)
        report.add("insertion", "structures lues", len(one))
        report.add(
            "insertion",
            "laissées : hors ESS ou fermées",
            int((~one.index.isin(siret)).sum()),
            "une structure d'insertion n'est pas de l'ESS par elle-même",
        )
    return found


def _texts(table: pa.Table) -> pd.DataFrame:
    """Turn a table into a frame: text is never missing, ``""`` stands for nothing said."""
    columns = {
        name: pc.fill_null(column, "")
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
        else column
        for name, column in zip(table.column_names, table.columns, strict=True)
    }
    frame: pd.DataFrame = pa.table(columns).to_pandas()
    return frame
