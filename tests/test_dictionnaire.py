"""The data dictionary describes what the program writes, and its page is current."""

import runpy
from pathlib import Path

from essgeo import indicators, nomenclatures
from essgeo.exports.establishments import COLUMNS, OPTIONAL
from essgeo.exports.joined import ADDED
from essgeo.indicators.presence import QUOTIENTS
from essgeo.owndata import lists
from essgeo.readers.sidetables import (
    COMMUNE_COLUMNS,
    DENOMINATOR_COLUMNS,
    DENOMINATOR_NUMBERS,
)
from essgeo.selection import KEYS

ROOT = Path(__file__).resolve().parent.parent


def described(table: str) -> list[str]:
    dictionary = nomenclatures.dictionnaire()
    return dictionary.loc[dictionary["table"] == table, "colonne"].tolist()


def test_every_column_written_is_described() -> None:
    assert {*COLUMNS, *OPTIONAL, *ADDED} == set(described("etablissements"))
    assert [*COMMUNE_COLUMNS, "population"] == described("communes")
    assert {*DENOMINATOR_COLUMNS, *DENOMINATOR_NUMBERS} == set(described("denominateurs"))
    assert [*indicators.COLUMNS, *QUOTIENTS] == described("summary")
    assert list(lists.ADDED) == described("liste")


def test_every_cell_is_filled() -> None:
    dictionary = nomenclatures.dictionnaire()
    assert (dictionary != "").all(axis=None)
    assert not dictionary[["table", "colonne"]].duplicated().any()


def test_the_page_is_current() -> None:
    page = runpy.run_path(str(ROOT / "scripts" / "dictionnaire.py"))["page"]()
    assert (ROOT / "docs" / "dictionnaire.md").read_text(encoding="utf-8") == page
    assert all(f"| `{key}` |" in page for key in KEYS)
