"""Commune codes of another year."""

from __future__ import annotations

import pytest

from essgeo.nomenclatures.communes import communes
from essgeo.nomenclatures.fusions import _merged, roll_up, today


@pytest.mark.parametrize(
    ("code", "codes"),
    [
        ("93059", {"93066"}),
        ("93066", {"93066"}),
        ("91182", {"91228"}),
        ("75101", {"75056"}),
        ("75120", {"75056"}),
        ("75121", {"75121"}),
        ("69389", {"69123"}),
        ("13216", {"13055"}),
        ("60455", {"60054", "60694"}),
        ("2A004", {"2A004"}),
        ("", {""}),
    ],
)
def test_the_codes_of_today(code: str, codes: set[str]) -> None:
    assert today(code) == codes


def test_an_arrondissement_is_its_city() -> None:
    assert [roll_up(code) for code in ("75107", "69381", "13201", "67482")] == [
        "75056", "69123", "13055", "67482"
    ]  # fmt: skip


def test_merges_lead_from_ended_codes_to_communes_of_today() -> None:
    current = set(communes().index)
    assert len(_merged()) > 3000
    assert not current & set(_merged())
    assert set().union(*_merged().values()) <= current
