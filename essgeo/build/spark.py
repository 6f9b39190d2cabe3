"""Spark as the engine of a build: a cluster that exists already, or this machine alone."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from essgeo.build.engines import BATCH, Form
from essgeo.errors import DataError, UsageError
from essgeo.text import one_line

#: What the work needs, above what ``spark-defaults.conf`` says.
SETTINGS = {
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.session.timeZone": "UTC",
    # A value that is no number or no date is null, as everywhere else here.
    "spark.sql.ansi.enabled": "false",
    # All the rows of a folder come back to this program, which writes it.
    "spark.driver.maxResultSize": "0",
}


class Spark:
    """A Spark that exists already, or a local one.

    Parameters
    ----------
    master
        Address of the master (``spark://host:7077``, ``local[2]``, ``yarn``…).

    Raises
    ------
    UsageError
        PySpark is not installed.
    DataError
        Spark did not start: no Java, no master at this address, or one of another version.
    """

    def __init__(self, master: str) -> None:
        try:
            from pyspark.sql import SparkSession
        except ImportError:
            raise UsageError(
                "--engine spark : PySpark n'est pas installé ; "
                "« pip install -r requirements-spark.txt », et Java 17 ou plus récent."
            ) from None
        advice = "vérifiez l'adresse, et que le cluster est de la même version que PySpark"
        with _heard(f"--master {master}", advice), warnings.catch_warnings():
            # Of pandas 3: rows come and go as Arrow, and never meet it.
            warnings.filterwarnings("ignore", "PySpark does not yet fully", FutureWarning)
            built = SparkSession.builder.master(master).appName("essgeo")
            for name, value in SETTINGS.items():
                built = built.config(name, value)
            self._session = built.getOrCreate()
            self._base = ibis.pyspark.connect(self._session)
        self._kept = 0

    def read(self, paths: Sequence[str], form: Form, delimiter: str, wanted: set[str]) -> ir.Table:
        """See `Engine`."""
        places = [_address(path) for path in paths]
        reader = self._session.read
        with _heard(paths[0], "vérifiez le fichier, et que les travailleurs le voient"):
            if form == "parquet":
                frame = reader.parquet(*places)
            else:
                frame = reader.csv(places, sep=delimiter, header=True, quote='"', escape='"')
            names = [name for name in frame.columns if name.lower() in wanted]
            return self._named(frame.select(*(f"`{name}`" for name in names)))

    def table(self, table: pa.Table) -> ir.Table:
        """See `Engine`."""
        return self._named(self._session.createDataFrame(cast("Any", table)))

    def keep(self, table: ir.Table) -> ir.Table:
        """See `Engine`."""
        with _heard("--engine spark", _WORK):
            frame = self._session.sql(self._base.compile(table))
            return self._named(frame.persist())

    def batches(self, table: ir.Table) -> Iterator[pa.RecordBatch]:
        """See `Engine`."""
        with _heard("--engine spark", _WORK):
            found = self._session.sql(self._base.compile(table)).toArrow()
        yield from found.to_batches(BATCH)

    def close(self) -> None:
        """See `Engine`."""
        self._session.stop()

    def _named(self, frame: Any) -> ir.Table:
        self._kept += 1
        name = f"essgeo_{self._kept}"
        frame.createOrReplaceTempView(name)
        return self._base.table(name)


_WORK = "son journal, plus haut, dit pourquoi"


def _address(path: str) -> str:
    """Say of a local file that it is one: on a cluster, a bare path is in its own storage."""
    return f"file://{Path(path).resolve()}" if Path(path).exists() else path


@contextmanager
def _heard(what: str, advice: str) -> Iterator[None]:
    """Turn what Spark and Java say into one French line."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        yield
    except (PySparkException, Py4JError, OSError) as error:
        if "JAVA_GATEWAY_EXITED" in str(error):
            raise DataError(
                "--engine spark : Java ne démarre pas ; installez Java 17 ou plus récent "
                "(sous Debian : apt install default-jre-headless), ou réglez JAVA_HOME."
            ) from error
        raise DataError(
            f"{what} : Spark a échoué ({one_line(str(error), 160)}) ; {advice}."
        ) from error
