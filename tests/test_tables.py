"""CSV to the byte, in both flavours."""

import csv
import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from essgeo.exports.tables import csv_bytes, summary_frame
from essgeo.text import guard_formula

TABLE = pd.DataFrame(
    {
        "siret": pd.Series(["00011", "2"], dtype="str"),
        "=nom": pd.Series(["=1+1", 'dit "a", ; é'], dtype="str"),
        "longitude": [-1.5, np.nan],
        "n": [1234.0, np.nan],
        "est_siege": [True, False],
    }
)


def test_open_data_flavour() -> None:
    assert csv_bytes(TABLE).decode("utf-8") == (
        "siret,'=nom,longitude,n,est_siege\n"
        "00011,'=1+1,-1.500000,1234,oui\n"
        '2,"dit ""a"", ; é",,,non\n'
    )


def test_french_excel_flavour() -> None:
    made = csv_bytes(TABLE, excel=True)
    assert made.startswith(b"\xef\xbb\xbf")
    assert made.decode("utf-8-sig") == (
        "siret;'=nom;longitude;n;est_siege\r\n"
        "00011;'=1+1;-1,500000;1234;oui\r\n"
        '2;"dit ""a"", ; é";;;non\r\n'
    )


def test_minus_zero_is_zero() -> None:
    table = pd.DataFrame({"longitude": [-0.0000001]})
    assert csv_bytes(table) == b"longitude\n0.000000\n"


def test_numbers_of_somebody_elses_text_are_not_formulas() -> None:
    table = pd.DataFrame({"lon": pd.Series(["-1.55", "-1,5", "+2E3", "-1+1", "=2"], dtype="str")})
    assert csv_bytes(table, foreign=1).decode().splitlines() == [
        "lon", "-1.55", '"-1,5"', "+2E3", "'-1+1", "'=2",
    ]  # fmt: skip
    assert csv_bytes(table).decode().splitlines()[1] == "'-1.55"


def test_two_columns_may_share_a_name() -> None:
    table = pd.DataFrame([["a", "b"]], columns=["x", "x"])
    assert csv_bytes(table) == b"x,x\na,b\n"


def test_an_empty_table_keeps_its_header() -> None:
    assert csv_bytes(TABLE.iloc[:0]) == b"siret,'=nom,longitude,n,est_siege\n"


def test_two_axes_become_four_columns() -> None:
    table = pd.DataFrame({"code": [["44", "a"]], "libelle": [["Grand Est", "A"]], "n": [1]})
    assert summary_frame(table).to_dict(orient="records") == [
        {"code_1": "44", "libelle_1": "Grand Est", "code_2": "a", "libelle_2": "A", "n": 1}
    ]


#: What CSV writes in a special way, and what surrounds it.
_CELLS = st.text(st.sampled_from(list("aé1 ,;\"\r\n\t=-+@'")), max_size=6)


@pytest.mark.parametrize(("excel", "mark"), [(False, ","), (True, ";")])
@given(rows=st.lists(st.tuples(_CELLS, _CELLS), max_size=5))
def test_a_reader_of_csv_finds_the_cells_again(
    rows: list[tuple[str, str]], excel: bool, mark: str
) -> None:
    table = pd.DataFrame(rows, columns=["a", "b"], dtype="str")
    text = csv_bytes(table, excel=excel).decode("utf-8-sig")
    read = list(csv.reader(io.StringIO(text, newline=""), delimiter=mark))
    assert read == [["a", "b"], *([guard_formula(one) for one in row] for row in rows)]


def test_a_lone_empty_cell_is_a_line() -> None:
    table = pd.DataFrame({"a": ["", "x"]}, dtype="str")
    assert csv_bytes(table) == b'a\n""\nx\n'
