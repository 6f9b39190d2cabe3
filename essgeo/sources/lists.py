"""Small lists whose columns nobody has described: agreements, insertion structures, indicators."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from essgeo.errors import DataError
from essgeo.readers import codes, read_etablissements
from essgeo.readers.cells import stripped
from essgeo.readers.columns import key, recognise
from essgeo.readers.loading import load
from essgeo.readers.report import Journal

#: What official tables write instead of a number.
_SILENT = ("", "nd", "ns", "s", "nc", "na", "n/a", "[nd]", "-")


def read_siren(path: Path) -> pa.Table:
    """Read a list of units: the first column whose name speaks of SIREN, wherever it is.

    Returns
    -------
    Table
        ``siren`` as written, blanks apart.

    Raises
    ------
    DataError
        The file cannot be read, or has no such column.
    """
    source = load(path, Journal(path)).source
    name = next((one for one in source.columns if "siren" in key(str(one))), None)
    if name is None:
        raise DataError(f"{path} : aucune colonne de SIREN ; nommez-la « siren ».")
    cells = stripped(source[name]).astype("object")
    return pa.table({"siren": pa.array(cells, pa.string())})


def read_types(path: Path) -> pd.Series:
    """Read what insertion structures are: SIRET -> types, « ; »-joined.

    Raises
    ------
    DataError
        See :func:`essgeo.readers.read_etablissements`.
    """
    table = read_etablissements(path).table
    table = table[(table["siret"] != "") & (table["types"] != "")]
    exploded = table.assign(types=table["types"].str.split(";")).explode("types")
    exploded = exploded.drop_duplicates(["siret", "types"]).sort_values(["siret", "types"])
    return exploded.groupby("siret")["types"].agg(";".join)


def read_indicators(path: Path) -> pd.DataFrame:
    """Read the numbers that a file gives of neighbourhoods.

    Returns
    -------
    DataFrame
        Index ``code_qp``; the columns that hold numbers, NaN where the file says none. The one
        recognised as such is ``population``; the others keep their names, in lower case.

    Raises
    ------
    DataError
        The file cannot be read, has no column of codes, or one code twice.
    """
    source = load(path, Journal(path)).source
    used = recognise(source, "population")
    if "code_qp" not in used:
        raise DataError(f"{path} : aucune colonne de codes de quartier ; nommez-la « code_qp ».")
    names = stripped(source.iloc[:, used["code_qp"]]).str.upper()
    numbers = {}
    for place, title in enumerate(source.columns):
        if place == used["code_qp"]:
            continue
        cells = stripped(source.iloc[:, place])
        values, unread = codes.numbers(cells)
        spoken = ~cells.str.lower().isin(_SILENT).to_numpy()
        if np.isfinite(values).any() and not (unread & spoken).any():
            here = place == used.get("population")
            numbers["population" if here else str(title).strip().lower()] = values
    table = pd.DataFrame(numbers, index=pd.Index(names, name="code_qp"))
    table = table[table.index != ""]
    twice = table.index[table.index.duplicated()]
    if len(twice):
        raise DataError(
            f"{path} : le quartier {twice[0]} y figure deux fois ; gardez une seule ligne."
        )
    return table
