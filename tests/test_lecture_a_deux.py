"""What is read by two threads at once: nothing found or said hangs on which ends first."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pandas as pd
import pytest

from essgeo.atlas import open_atlas
from essgeo.datafolder import write_folder
from essgeo.errors import DataError
from essgeo.generation import JOINED, outlines_of
from essgeo.indicators import summary
from essgeo.join import attach
from essgeo.readers.etablissements import build_etablissements
from essgeo.readers.loading import load
from essgeo.readers.report import Journal
from essgeo.selection import parse
from tests.small import manifest, tables


def told(folder: Path, text: str) -> list[tuple[str, str]]:
    """Read a CSV and return the column and level of what is said of it, in order."""
    file = folder / "e.csv"
    file.write_text(text, encoding="utf-8")
    journal = Journal(file)
    raw = load(file, journal)
    with suppress(DataError):
        build_etablissements(raw, journal)
    return [(problem.column, problem.level) for problem in journal.problems]


def test_identifiers_are_said_before_codes_and_positions(tmp_path: Path):
    said = told(
        tmp_path,
        "siret,code_commune,longitude,latitude\n12345678901234,1053,0,0\n,01053,5.2,46.2\n",
    )
    assert [column for column, _ in said[:3]] == ["siret", "siret", "code_commune"]
    assert len(said) > 3


def test_identifiers_are_said_even_when_the_reading_fails(tmp_path: Path):
    said = told(tmp_path, "siret,code_commune\n12345678901234,01053\n")
    assert ("siret", "avertissement") in said
    assert said[-1][1] == "bloquant"


@pytest.mark.parametrize("by", [("quartier",), ("region", "secteur")])
def test_a_folder_that_carries_its_attachment_says_the_same(tmp_path: Path, by: tuple[str, ...]):
    made = tables()
    write_folder(tmp_path / "nu", made, manifest(), parquet=True)
    points = made["etablissements"]
    found = attach(points, outlines_of(made["quartiers"], "2024")).table
    made["etablissements"] = points.assign(**{name: found[name] for name in (*JOINED, "motif")})
    write_folder(tmp_path / "joint", made, manifest(), parquet=True)
    asked = parse("employeurs=tous").selection
    bare, joined = (summary(open_atlas(tmp_path / name), asked, by) for name in ("nu", "joint"))
    pd.testing.assert_frame_equal(bare, joined)
