"""Parquet and GeoParquet, read through our own handle."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pyproj
import shapely

from essgeo.distinct import Distinct, remember
from essgeo.readers import crs
from essgeo.readers.opening import Opened
from essgeo.readers.raw import CURVES, Raw, Shapes, empty_shapes, flat
from essgeo.readers.report import Journal
from essgeo.readers.request import Request
from essgeo.readers.wkb import check_depth

#: Sirene's stock of establishments has 44 million rows; a few bytes can announce far more.
MAX_ROWS = 100_000_000
# Uncompressed bytes allowed for one byte of the size cap: codes and labels repeat a lot.
_EXPANSION = 8
#: Bytes a row, at most, of a text column whose cells are written as numbers of a dictionary.
_NUMBERED = 3
#: Numbers found this many times, one with another, are each written once.
_REPEATED = 8
#: Encodings of which Arrow can keep the numbers; it refuses those of differences (« DELTA »).
_KEPT_NUMBERED = frozenset({"PLAIN", "RLE", "BIT_PACKED", "PLAIN_DICTIONARY", "RLE_DICTIONARY"})


def read_parquet(opened: Opened, journal: Journal) -> Raw:
    """Read a Parquet table, every cell as text; its geometry when it is a GeoParquet.

    Raises
    ------
    DataError
        Damaged, too big once read, empty, geometry in an encoding other than WKB.
    """
    try:
        with opened.path.open("rb") as handle:
            parquet = pq.ParquetFile(handle)
            _check_size(parquet, opened.request, journal)
            geo = _geo(parquet.schema_arrow.metadata or {}, journal)
            metadata = parquet.metadata
            few = _few_texts(parquet)
            table = pq.ParquetFile(handle, metadata=metadata, read_dictionary=few).read()
            # Texts that are not UTF-8 would fail later, one column at a time.
            _validate(table.columns)
    except (pa.ArrowException, OSError, ValueError) as error:
        if any(problem.level == "bloquant" for problem in journal.problems):
            raise
        raise journal.error(
            "fichier Parquet incomplet ou abîmé ; téléchargez-le ou exportez-le à nouveau."
        ) from error
    if not table.num_rows:
        raise journal.error("le tableau Parquet n'a aucune ligne ; exportez-le à nouveau.")
    column = str(geo.get("primary_column", "")) if geo else ""
    shapes, declared, crs_label = None, None, ""
    if column:
        shapes, declared, crs_label = _geometry(table, geo, column, opened.request, journal)
        table = table.drop_columns([column])
    return Raw(
        format="GeoParquet" if column else "Parquet",
        source=_frame(table, opened.request.numbers, journal),
        shapes=shapes,
        crs=declared,
        crs_label=crs_label,
        word="ligne",
    )


def _validate(columns: Iterable[pa.ChunkedArray]) -> None:
    with ThreadPoolExecutor(2) as pool:  # Arrow leaves Python
        list(pool.map(lambda column: column.validate(full=True), columns))


def _few_texts(parquet: pq.ParquetFile) -> list[str]:
    """Return the columns of few texts: Arrow reads twice as fast when it keeps them numbered."""
    metadata, schema = parquet.metadata, parquet.schema_arrow
    size = dict.fromkeys(schema.names, 0.0)
    for group in range(metadata.num_row_groups):
        row_group = metadata.row_group(group)
        for place in range(metadata.num_columns):
            column = row_group.column(place)
            if column.path_in_schema in size:
                fit = _KEPT_NUMBERED.issuperset(column.encodings)
                size[column.path_in_schema] += column.total_uncompressed_size if fit else math.inf
    return [
        field.name
        for field in schema
        if (pa.types.is_string(field.type) or pa.types.is_large_string(field.type))
        and size[field.name] <= _NUMBERED * metadata.num_rows
    ]


def _check_size(parquet: pq.ParquetFile, request: Request, journal: Journal) -> None:
    metadata = parquet.metadata
    request.check_rows(metadata.num_rows, journal)
    request.check_columns(metadata.num_columns, journal)
    expanded = sum(
        metadata.row_group(group).total_byte_size for group in range(metadata.num_row_groups)
    )
    if metadata.num_rows > MAX_ROWS or expanded > request.most * _EXPANSION:
        raise journal.error(
            f"le tableau annonce {metadata.num_rows} lignes et {expanded / 1e6:.0f} Mo une fois "
            f"lu, c'est trop ; {request.advice}."
        )


def _geo(metadata: dict[bytes, bytes], journal: Journal) -> dict[str, Any]:
    """Return the GeoParquet metadata, empty when there is none."""
    if b"geo" not in metadata:
        return {}
    try:
        geo = json.loads(metadata[b"geo"])
        if isinstance(geo["columns"][geo["primary_column"]], dict):
            return dict(geo)
    except (ValueError, KeyError, TypeError, RecursionError):
        pass
    raise journal.error("les métadonnées GeoParquet sont mal formées ; exportez-le à nouveau.")


def _geometry(
    table: pa.Table, geo: dict[str, Any], column: str, request: Request, journal: Journal
) -> tuple[Shapes, pyproj.CRS | None, str]:
    described = geo["columns"][column]
    if column not in table.column_names or described.get("encoding") != "WKB":
        raise journal.error(
            "la géométrie du GeoParquet n'est pas en WKB ; exportez-le avec cet encodage.",
            column=column,
        )
    shapes = empty_shapes(table.num_rows)
    try:
        cells = np.array([*table.column(column).to_pylist(), None], dtype=object)[:-1]
        for cell in cells:
            if cell is not None:
                check_depth(cell)
        shapes[:] = shapely.from_wkb(cells)
    except NotImplementedError as error:
        raise journal.error(CURVES, column=column) from error
    except (shapely.errors.ShapelyError, TypeError, ValueError) as error:
        raise journal.error(
            "la géométrie du GeoParquet est mal formée ; exportez-le à nouveau.", column=column
        ) from error
    shapes = flat(shapes, request, journal)
    if "crs" not in described:  # the specification's default
        return shapes, crs.WGS84, ""
    if described["crs"] is None:
        return shapes, None, "non définie"
    found = crs.from_projjson(described["crs"])
    return shapes, found, crs.label(found) if found else "non reconnue"


def _frame(table: pa.Table, numbers: Collection[str], journal: Journal) -> pd.DataFrame:
    """Turn columns into text, missing as ""; what has no text (structures) is left out.

    Columns of ``numbers`` that hold some stay as they are: both ways cost more than all the rest.
    """

    def read(name: str, column: pa.ChunkedArray) -> pd.Series | None:
        if name in numbers and pa.types.is_float64(column.type):
            return pd.Series(column.to_numpy())
        return _text(column)

    columns: dict[int, pd.Series] = {}
    names: list[str] = []
    skipped: list[str] = []
    with ThreadPoolExecutor(2) as pool:  # Arrow leaves Python
        texts = list(pool.map(read, table.column_names, table.columns))
    for name, text in zip(table.column_names, texts, strict=True):
        if text is None:
            skipped.append(name)
            continue
        columns[len(names)] = text
        names.append(name)
    if skipped:
        journal.inform(f"colonnes sans texte laissées de côté : {journal.some(skipped)}.")
    frame = pd.DataFrame(columns, index=pd.RangeIndex(table.num_rows))
    frame.columns = pd.Index(names, dtype="str")
    return frame


def _whole(column: pa.ChunkedArray) -> pa.Array:
    """Return a column in one piece, the one it has if it is alone: putting together copies."""
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def _numbered(cells: pa.DictionaryArray) -> pd.Series:
    """Write the texts of cells that are numbers, missing as "", and note those numbers."""
    texts, codes = cells.dictionary.to_pylist(), cells.indices.cast(pa.int32())
    if codes.null_count:
        codes = codes.fill_null(len(texts))
        texts.append("")
    # The numbers were checked on reading; casting the cells would write each column twice.
    written = pc.take(cells.dictionary.cast(pa.large_string()), cells.indices, boundscheck=False)
    text = pd.Series(written.fill_null("") if written.null_count else written, dtype="str")
    if None not in texts and len(set(texts)) == len(texts):
        remember(text, Distinct(texts, codes.to_numpy()))
    return text


def _decimal(numbers: pa.Array) -> pa.Array:
    """Write floating numbers as text."""
    # 4138.0 is how a whole number travels once a cell of its column is empty.
    text = pc.replace_substring_regex(numbers.cast(pa.large_string()), r"\.0$", "")
    return pc.if_else(pc.is_nan(numbers), "", text)


def _text(column: pa.ChunkedArray) -> pd.Series | None:
    kind = column.type
    if pa.types.is_dictionary(kind):
        if pa.types.is_string(kind.value_type) or pa.types.is_large_string(kind.value_type):
            return _numbered(_whole(column.unify_dictionaries()))
        column = column.cast(kind.value_type)
        kind = column.type
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        if not (pa.types.is_string(kind.value_type) or pa.types.is_large_string(kind.value_type)):
            return None
        column = pc.binary_join(column, ";")
    if (
        pa.types.is_nested(column.type)
        or pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
    ):
        return None
    if pa.types.is_timestamp(kind):
        # Dates travel as timestamps at midnight; a date is what the column means then.
        days = column.cast(pa.date32(), safe=False)
        if pc.all(pc.equal(days.cast(kind, safe=False), column)).as_py() is not False:
            column = days
    whole = _whole(column)
    try:
        if pa.types.is_floating(kind):
            coded = whole.dictionary_encode()
            if len(coded.dictionary) * _REPEATED <= len(whole):
                texts = _decimal(coded.dictionary)
                return _numbered(pa.DictionaryArray.from_arrays(coded.indices, texts))
            whole = _decimal(whole)
        whole = whole.cast(pa.large_string())
    except pa.ArrowException:
        return None
    return pd.Series(whole.fill_null("") if whole.null_count else whole, dtype="str")
