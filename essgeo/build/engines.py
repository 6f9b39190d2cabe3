"""What runs the expression: DuckDB inside this program, or a Spark (:mod:`essgeo.build.spark`).

Both read the same expression through Ibis and hand rows back as Arrow; one writer makes the
folder, so its bytes do not depend on the engine.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, Protocol

import duckdb
import ibis
import ibis.expr.types as ir
import pyarrow as pa

from essgeo.errors import DataError, OutputError
from essgeo.text import listing, one_line

Form = Literal["parquet", "csv"]

#: Memory that DuckDB works in before it spills to disk. Rows then cost Python its own.
MEMORY_MB = 1_200
#: Rows handed over at a time.
BATCH = 250_000


class Engine(Protocol):
    """Reads official files, computes tables of an expression, and hands rows over."""

    def read(self, paths: Sequence[str], form: Form, delimiter: str, wanted: set[str]) -> ir.Table:
        """Open files of one make; of a CSV every column is text.

        Parameters
        ----------
        paths
            Files, patterns or addresses, as the engine reads them.
        form, delimiter
            What they are; the delimiter of a CSV.
        wanted
            Lower-case names of the columns that will be read: others may be ignored.
        """

    def table(self, table: pa.Table) -> ir.Table:
        """Take a small table in."""

    def keep(self, table: ir.Table) -> ir.Table:
        """Compute a table now, for several uses."""

    def batches(self, table: ir.Table) -> Iterator[pa.RecordBatch]:
        """Compute a table and hand its rows over, in no order."""

    def close(self) -> None:
        """Free what was taken."""


class DuckDB:
    """DuckDB, embedded.

    Parameters
    ----------
    work
        Folder for what does not fit in memory; the caller removes it.
    memory_mb, threads
        Bounds; every core by default.
    """

    def __init__(
        self, work: Path, *, memory_mb: int = MEMORY_MB, threads: int | None = None
    ) -> None:
        self._work = work
        self._base = ibis.duckdb.connect(
            memory_limit=f"{memory_mb}MB",
            threads=threads or os.cpu_count() or 1,
            temp_directory=str(work),
            preserve_insertion_order=False,
        )
        self._kept = 0
        self._paths: list[str] = []

    def read(self, paths: Sequence[str], form: Form, delimiter: str, wanted: set[str]) -> ir.Table:
        """See `Engine`. A CSV is first turned into Parquet, of the wanted columns only."""
        self._paths += paths
        with _said(paths):
            if form == "parquet":
                return self._base.read_parquet(list(paths), union_by_name=True)
            text = self._base.read_csv(
                list(paths), delim=delimiter, header=True, all_varchar=True, quote='"'
            )
            names = [name for name in text.columns if name.lower() in wanted]
            self._kept += 1
            copy = self._work / f"csv{self._kept}.parquet"
            self._base.to_parquet(text.select(names), copy)
            return self._base.read_parquet(copy)

    def table(self, table: pa.Table) -> ir.Table:
        """See `Engine`."""
        self._kept += 1
        self._base.con.register(f"prise{self._kept}", table)
        return self._base.table(f"prise{self._kept}")

    def keep(self, table: ir.Table) -> ir.Table:
        """See `Engine`."""
        self._kept += 1
        with _said(self._paths):
            return self._base.create_table(f"gardee{self._kept}", table, temp=True)

    def batches(self, table: ir.Table) -> Iterator[pa.RecordBatch]:
        """See `Engine`."""
        # Ibis's own way calls what DuckDB has given another name to.
        with _said(self._paths):
            yield from self._base.con.execute(self._base.compile(table)).to_arrow_reader(BATCH)

    def close(self) -> None:
        """See `Engine`."""
        self._base.disconnect()


def rows(engine: Engine, table: ir.Table) -> list[dict[str, Any]]:
    """Compute a small table and return its rows."""
    return [row for batch in engine.batches(table) for row in batch.to_pylist()]


@contextmanager
def _said(paths: Sequence[str]) -> Iterator[None]:
    """Turn what DuckDB says of files that it cannot read, or of the disk, into one French line."""
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise OutputError(
            "mémoire et disque insuffisants pour rapprocher les fichiers "
            f"({one_line(str(error), 120)}) ; faites de la place à côté de --out."
        ) from error
    except (OSError, duckdb.Error, pa.ArrowException) as error:
        said = one_line(str(error), 160)
        # Of several files, the one that the engine names.
        names = [path for path in paths if path in str(error)] or list(paths)
        raise DataError(
            f"{listing(names)} : lecture impossible ({said}) ; "
            "vérifiez le fichier, ou reprenez-le à sa source."
        ) from error
