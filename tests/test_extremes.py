"""Folders at the ends of what can be: nobody, one establishment, no inhabitant, all secret."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from essgeo.atlas import Atlas, open_atlas
from essgeo.datafolder import write_folder
from essgeo.errors import DataError
from essgeo.indicators import AXES, summary, totals
from essgeo.selection import parse
from essgeo.ui.pages import PAGES
from tests import small as little
from tests.test_app import Start, small, start, texts

__all__ = ["small", "start"]

Tables = dict[str, pd.DataFrame]

#: The neighbourhood where figures are counted by hand, and where pages are opened.
HERE = "QN06701M"


def _alone(tables: Tables) -> Tables:
    return tables | {"etablissements": tables["etablissements"].head(1)}


def _nobody(tables: Tables) -> Tables:
    """Nobody in a neighbourhood nor near one."""
    points = tables["etablissements"]
    return tables | {"etablissements": points[points["denomination"] == "Loin"]}


def _inhabitants(count: float) -> Callable[[Tables], Tables]:
    def change(tables: Tables) -> Tables:
        people = tables["quartiers"].assign(population=lambda one: one["population"] * 0 + count)
        return tables | {"quartiers": people}

    return change


def _same(tables: Tables) -> Tables:
    return tables


FOLDERS: dict[str, Callable[[Tables], Tables]] = {
    "un seul": _alone,
    "personne": _nobody,
    "sans habitant": _inhabitants(0.0),
    "40 000 habitants": _inhabitants(40_000.0),
    "tout secret": _same,
}


def made(out: Path, name: str) -> Atlas:
    manifest = little.manifest()
    if name == "tout secret":
        source = replace(manifest.sources[0], secret=True)
        manifest = replace(manifest, sources=(source,))
    write_folder(out, FOLDERS[name](little.tables()), manifest)
    return open_atlas(out)


@pytest.mark.parametrize("name", list(FOLDERS))
def test_every_page_stays(start: Start, tmp_path: Path, name: str):
    data = made(tmp_path / "d", name).folder.path
    for query in ("", f"quartier={HERE}&reference=commune", "region=53&secteur=sante"):
        test = start(query, data=data)
        for info in PAGES:
            test.switch_page(str(info.path)).run()
            assert not test.exception, (info.stem, query, [one.value for one in test.exception])
            written = texts(test)
            assert " nan" not in written.lower(), info.stem
            assert "inf " not in written, info.stem


@pytest.mark.parametrize("name", list(FOLDERS))
@pytest.mark.parametrize("query", ["", f"quartier={HERE}", "rattachement=dedans,proche,hors"])
def test_no_figure_is_infinite(tmp_path: Path, name: str, query: str):
    atlas = made(tmp_path / "d", name)
    for axis in AXES:
        table = summary(atlas, parse(query).selection, (axis,))
        numbers = table.select_dtypes(np.number).to_numpy(np.float64)
        assert not np.isinf(numbers).any(), axis


def test_a_folder_without_a_row_is_refused_in_one_line(tmp_path: Path):
    empty = little.tables()["etablissements"].head(0)
    write_folder(tmp_path / "d", little.tables() | {"etablissements": empty}, little.manifest())
    with pytest.raises(DataError, match=r"etablissements\.csv : le tableau n'a aucune ligne"):
        open_atlas(tmp_path / "d")


def test_one_establishment_among_40_000_inhabitants(tmp_path: Path):
    tables = _inhabitants(40_000.0)(_alone(little.tables()))
    write_folder(tmp_path / "d", tables, little.manifest())
    row = totals(open_atlas(tmp_path / "d"), parse(f"quartier={HERE}").selection)
    assert row["etablissements"] == 1
    assert row["etablissements_1000hab"] == pytest.approx(1 / 40)


def test_nothing_is_divided_by_nobody(tmp_path: Path):
    row = totals(made(tmp_path / "d", "sans habitant"), parse(f"quartier={HERE}").selection)
    assert row["etablissements"] == 3
    assert np.isnan(row["etablissements_1000hab"])


def test_everything_secret_prints_no_count_of_a_small_place(tmp_path: Path):
    table = summary(made(tmp_path / "d", "tout secret"), parse("").selection, ("quartier",))
    told = table[table["etat"] == "ok"]
    assert "secret" in set(table["etat"])
    assert ((told["etablissements"] == 0) | (told["etablissements"] >= 3)).all()
