"""The workbook of a neighbourhood under statistical secrecy: opened, and found empty of secrets."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
import pytest

from essgeo.atlas import open_atlas
from essgeo.indicators import totals
from essgeo.selection import parse
from essgeo.ui.quartier_data import sheet, workbook
from tests.secret_world import QUARTIERS, drawn, write

FIGURES = ("etablissements", "effectif_min", "effectif_estime", "effectif_max", "quotient")


@pytest.mark.parametrize("code", [code for code in QUARTIERS if not code.startswith("QN987")])
def test_no_masked_figure_and_no_establishment_is_in_the_workbook(tmp_path: Path, code: str):
    points = drawn(3)
    names = [f"Structure{place}" for place in range(len(points))]
    atlas = open_atlas(write(tmp_path / "s", points.assign(denomination=names), secret=True))
    resolved = atlas.resolve(parse(f"quartier={code}").selection)
    found = sheet(atlas, resolved.selection, code)
    assert found.lacking is None
    assert len(found.inside) == 0
    book = openpyxl.load_workbook(io.BytesIO(workbook(atlas, resolved, {"R": found.landmarks})))
    head, *rows = book["R"].iter_rows(values_only=True)
    for row in rows:
        line = dict(zip(head, row, strict=True))
        if line["etat"] == "secret":
            assert [line[name] for name in FIGURES] == [None] * len(FIGURES), line
    whole = totals(atlas, resolved.selection)
    assert rows[0][head.index("etat")] == whole["etat"]
    cells = [str(cell) for one in book for row in one.iter_rows(values_only=True) for cell in row]
    assert not any("Structure" in cell for cell in cells)


def test_the_secret_world_has_both_kinds_of_rows(tmp_path: Path):
    """The test above would prove nothing of a world where all is masked, or nothing."""
    atlas = open_atlas(write(tmp_path / "s", drawn(3), secret=True))
    states = {totals(atlas, parse(f"quartier={code}").selection)["etat"] for code in QUARTIERS}
    assert {"ok", "secret"} <= states
