"""French numbers, and text from data made harmless."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from essgeo import text

HOSTILE = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "|x", "%x", "\t=1", "\r=1", " =1",
           "\u00a0=1", "\n@x", "\u202f-1", "\ufeff=1"]  # fmt: skip


@pytest.mark.parametrize("cell", HOSTILE)
def test_a_formula_is_prefixed(cell: str) -> None:
    assert text.guard_formula(cell) == "'" + cell


@pytest.mark.parametrize("cell", ["", "Régie", "3 = 2 + 1", "a@b.fr", "75-2", "'=1"])
def test_plain_text_is_left_alone(cell: str) -> None:
    assert text.guard_formula(cell) == cell


@given(st.text())
def test_escaped_text_can_neither_open_a_tag_nor_a_template(raw: str) -> None:
    safe = text.escape(raw)
    assert not set(safe) & set("<>\"'`$\\")


@pytest.mark.parametrize(
    ("value", "decimals", "written"),
    [
        (1234.5, 1, "1\u202f234,5"),
        (0, 0, "0"),
        (-0.2, 0, "0"),
        (1234567, 0, "1\u202f234\u202f567"),
        (math.nan, 0, "n.\u00a0d."),
        (None, 0, "n.\u00a0d."),
    ],
)
def test_numbers_are_french(value: float | None, decimals: int, written: str) -> None:
    assert text.number(value, decimals) == written


def test_percent_and_plural() -> None:
    assert text.percent(0.123, 1) == "12,3\u202f%"
    assert text.percent(None) == "n.\u00a0d."
    assert text.plural(0, "quartier") == "0\u00a0quartier"
    assert text.plural(1, "quartier") == "1\u00a0quartier"
    assert text.plural(2000, "cheval", "chevaux") == "2\u202f000\u00a0chevaux"


def test_listing() -> None:
    assert text.listing([]) == ""
    assert text.listing(["a"]) == "a"
    assert text.listing(["a", "b", "c"]) == "a, b et c"
    assert text.listing(list("abcdefg"), limit=3) == "a, b, c et 4\u00a0autres"
    assert text.listing(list("abcd"), limit=3) == "a, b, c et 1\u00a0autre"


@given(st.text())
def test_a_slug_is_a_safe_file_name(raw: str) -> None:
    made = text.slug(raw)
    assert made
    assert set(made) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert len(made) <= 60


def test_fold_forgets_accents_and_case() -> None:
    assert text.fold("  Régie de l'Élsau ") == "regie de l elsau"


@given(st.text())
def test_one_line_is_one_line(raw: str) -> None:
    assert text.one_line(raw).isprintable()
    assert len(text.one_line(raw)) <= 300


@pytest.mark.parametrize(("plain", "said"), [
    ("« secret » n'est pas 0 ; ni : rien !",
     "«\xa0secret\xa0» n'est pas 0\u202f; ni\xa0: rien\u202f!"),
    ("(95 %) ? 1 000", "(95\u202f%)\u202f? 1 000"),
    ("<a href='x:y'> ;", "<a href='x:y'>\u202f;"),
    ("", ""),
])  # fmt: skip
def test_french_punctuation_stays_with_its_word(plain: str, said: str) -> None:
    assert text.typeset(plain) == said
    assert text.typeset(said) == said
