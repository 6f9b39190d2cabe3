"""The corpus of odd files: each accepted with what is told, or refused in one clear line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from essgeo.errors import DataError
from essgeo.intake import reading
from essgeo.intake.process import clean_name
from essgeo.readers.report import Journal
from tests.odd import SMALL, Odd
from tests.odd_lists import LISTS
from tests.odd_zones import ZONES, comb, shapes

REQUEST = reading.request_of(SMALL)


def put(odd: Odd, folder: Path) -> tuple[Path, Journal]:
    """Write a file under a name of ours, as the server does."""
    path = folder / f"fichier{Path(odd.name).suffix}"
    path.write_bytes(odd.make(folder))
    return path, reading.journal_of(path, clean_name(odd.name))


def told(journal: Journal) -> str:
    return "\n".join(problem.message for problem in journal.problems)


def check_refusal(odd: Odd, caught: DataError) -> None:
    line = str(caught)
    assert re.search(odd.says, line), line
    assert line.startswith(f"{clean_name(odd.name)} : ")
    assert line.isprintable() or "\u00a0" in line or "\u202f" in line
    assert "\n" not in line
    assert line.endswith((".", ")"))


@pytest.mark.parametrize("case", LISTS)
def test_lists(case: str, tmp_path: Path) -> None:
    odd = LISTS[case]
    path, journal = put(odd, tmp_path)
    request = reading.request_of(SMALL, odd.sheet)
    if odd.rows is None:
        with pytest.raises(DataError) as caught:
            reading.take_list(path, journal, request)
        check_refusal(odd, caught.value)
        return
    raw, tidied = reading.take_list(path, journal, request)
    assert len(raw.source) == odd.rows
    assert tidied.totals == odd.totals
    assert len(set(raw.source.columns)) == raw.source.shape[1] == len(tidied.original_names)
    for (row, column), text in (odd.cells or {}).items():
        assert raw.source[column].iat[row] == text
    assert re.search(odd.says, told(journal), re.DOTALL) if odd.says else not journal.problems


@pytest.mark.parametrize("case", ZONES)
def test_zones(case: str, tmp_path: Path) -> None:
    odd = ZONES[case]
    path, journal = put(odd, tmp_path)
    if odd.rows is None:
        with pytest.raises(DataError) as caught:
            reading.take_zones(path, journal, REQUEST, SMALL.vertices)
        check_refusal(odd, caught.value)
        return
    table = reading.take_zones(path, journal, REQUEST, SMALL.vertices).table
    assert len(table) == odd.rows
    assert table["code_qp"].is_unique
    assert set(table.geometry.geom_type) <= {"Polygon", "MultiPolygon"}
    assert table.geometry.is_valid.all()
    assert not table.geometry.has_z.any()
    for (row, column), text in (odd.cells or {}).items():
        assert table[column].iat[row] == text
    assert re.search(odd.says, told(journal), re.DOTALL) if odd.says else not journal.problems


def test_an_outline_too_long_to_draw_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(reading, "_TRIAL_S", 0.0)
    path, journal = put(Odd("z.geojson", shapes(comb(80))), tmp_path)
    with pytest.raises(DataError, match="« Zone 0 » est trop découpé"):
        reading.take_zones(path, journal, REQUEST, SMALL.vertices)
