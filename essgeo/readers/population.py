"""Population of neighbourhoods: a table of codes and numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from essgeo.readers import codes
from essgeo.readers.cells import stripped
from essgeo.readers.columns import recognise, report_names
from essgeo.readers.loading import load
from essgeo.readers.raw import Raw
from essgeo.readers.report import Journal, Reading
from essgeo.readers.reporting import make_report
from essgeo.text import plural


def read_population(path: Path) -> Reading:
    """Read the population of neighbourhoods.

    Returns
    -------
    Reading
        ``table`` has ``code_qp`` (text) and ``population`` (inhabitants, NaN when unknown).

    Raises
    ------
    DataError
        Unreadable file, no column of codes or population, a code that appears twice.
    """
    journal = Journal(Path(path))
    reading = build_population(load(Path(path), journal), journal)
    journal.stop_if_blocked()
    return reading


def build_population(raw: Raw, journal: Journal) -> Reading:
    """Bring a file already read to ``code_qp`` and ``population``."""
    report_names(raw.source, journal)
    used = recognise(raw.source, "population")
    for column, others in (("code_qp", "qp, code_quartier"), ("population", "pop, habitants")):
        if column not in used:
            raise journal.error(
                f"aucune colonne {column} ({others}…) ; nommez-la {column}.", column=column
            )
    names = stripped(raw.source.iloc[:, used["code_qp"]]).str.upper()
    values, unread = codes.numbers(stripped(raw.source.iloc[:, used["population"]]))
    column = str(raw.source.columns[used["population"]])
    if unread.any():
        row = int(np.argmax(unread))
        journal.warn(
            f"{plural(int(unread.sum()), 'population illisible', 'populations illisibles')} "
            f"(première : {raw.word} {raw.row(row)}) ; laissées inconnues.",
            column=column,
            row=raw.row(row),
        )
    negative = values < 0
    if negative.any():
        row = int(np.argmax(negative))
        journal.block(
            f"population négative à la {raw.word} {raw.row(row)} ; corrigez-la.",
            column=column,
            row=raw.row(row),
        )
    twice = names[(names != "") & names.duplicated()]
    if len(twice):
        journal.block(
            f"code de quartier en double : {journal.some(list(twice.unique()))} "
            f"({raw.word} {raw.row(int(twice.index[0]))}) ; gardez une seule ligne par quartier.",
            column=str(raw.source.columns[used["code_qp"]]),
            row=raw.row(int(twice.index[0])),
        )
    table = pd.DataFrame({"code_qp": names, "population": values})
    report = make_report(
        raw,
        journal,
        kind="population",
        used=used,
        generation=",".join(sorted(set(codes.generation(names)) - {""})),
    )
    return Reading(table, raw.source, report)
