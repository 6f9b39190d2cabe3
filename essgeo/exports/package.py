"""Tables with their dictionary: a Frictionless data package, and a sheet of a workbook.

Source of the form: https://datapackage.org (Data Package, Tabular Data Resource), version 1.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pandas as pd

from essgeo import nomenclatures
from essgeo.atlas import Atlas, Resolved
from essgeo.exports.metadata import metadata
from essgeo.exports.tables import csv_bytes
from essgeo.text import slug
from essgeo.words.sources import LICENCE

#: Name of the licence in the lists that machines read.
_LICENCE = {
    "name": "etalab-2.0",
    "title": LICENCE,
    "path": "https://www.etalab.gouv.fr/licence-ouverte-open-licence/",
}


def dictionary(table: str, columns: pd.Index) -> pd.DataFrame:
    """Return what the columns of a table mean.

    Parameters
    ----------
    table
        Name in the data dictionary: ``etablissements``, ``summary``.
    columns
        Those of the exported table.

    Returns
    -------
    pandas.DataFrame
        One row a column: ``colonne, type, description, source``; a column that the dictionary
        does not know has no description.
    """
    known = nomenclatures.dictionnaire()
    known = known[known["table"] == table].set_index("colonne")[["type", "description", "source"]]
    return known.reindex(columns).fillna("").rename_axis("colonne").reset_index()


def package_files(
    atlas: Atlas, resolved: Resolved, tables: Mapping[str, pd.DataFrame]
) -> dict[str, bytes]:
    """Return a data package: one CSV a table, and ``datapackage.json``.

    Parameters
    ----------
    atlas, resolved
        Data folder and selection.
    tables
        Name in the data dictionary -> table.
    """
    files = {f"{name}.csv": csv_bytes(table) for name, table in tables.items()}
    said = metadata(
        atlas, resolved, rows=sum(map(len, tables.values())), content="Paquet de données"
    )
    content: dict[str, Any] = {
        "profile": "tabular-data-package",
        "name": slug(f"essgeo {atlas.manifest.nature} {resolved.generation.name}"),
        "title": resolved.sentence,
        "description": " ".join(
            part
            for part in (said.get("avertissement", ""), said["methode"], *said["notes"])
            if part
        ),
        "licenses": [_LICENCE],
        "sources": [
            {"title": str(source), **({"path": source.url} if source.url else {})}
            for source in atlas.manifest.about(resolved.generation.name)
        ],
        "essgeo": {key: said[key] for key in ("requete", "nature", "generation", "logiciel")},
        "resources": [
            {
                "profile": "tabular-data-resource",
                "name": name,
                "path": f"{name}.csv",
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "schema": {"fields": _fields(name, table), "missingValues": [""]},
            }
            for name, table in tables.items()
        ],
    }
    text = json.dumps(content, ensure_ascii=False, indent=2) + "\n"
    return files | {"datapackage.json": text.encode("utf-8")}


def _fields(name: str, table: pd.DataFrame) -> list[dict[str, str]]:
    told = dictionary(name, table.columns).set_index("colonne")["description"]
    return [
        {
            "name": str(column),
            "type": _kind(table[column]),
            **({"description": told[column]} if told[column] else {}),
        }
        for column in table.columns
    ]


def _kind(values: pd.Series) -> str:
    """Return the type of a column in the words of the standard."""
    if pd.api.types.is_bool_dtype(values):
        return "boolean"
    if pd.api.types.is_integer_dtype(values):
        return "integer"
    return "number" if pd.api.types.is_numeric_dtype(values) else "string"
