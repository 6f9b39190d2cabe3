"""Indicators on a folder counted by hand (tests/small.py)."""

import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from essgeo.atlas import Atlas, open_atlas
from essgeo.errors import UsageError
from essgeo.indicators import AXES, COLUMNS, summary, totals
from essgeo.indicators.presence import QUOTIENTS
from essgeo.selection import Selection, parse
from tests.small import write_small
from tests.test_atlas import selections


@pytest.fixture(scope="module")
def atlas(tmp_path_factory: pytest.TempPathFactory) -> Atlas:
    return open_atlas(write_small(tmp_path_factory.mktemp("petit") / "data"))


def rows(atlas: Atlas, query: str, *by: str) -> dict[Any, dict[str, Any]]:
    table = summary(atlas, parse(query).selection, by or ("france",))
    return {
        tuple(row["code"]) if isinstance(row["code"], list) else row["code"]: row
        for row in table.to_dict(orient="records")
    }


def test_the_whole_selection(atlas: Atlas) -> None:
    found = totals(atlas, Selection())
    # Aide 1 (10-19), Aide 2 (3-5), =Sport (unknown), Régie (20-49), Grande (10 000 and more)
    assert found["etablissements"] == 5
    assert found["structures"] == 4
    assert found["employeurs"] == 5
    assert found["effectif_inconnu"] == 1
    assert found["etablissements_proches"] == 1
    assert found["effectif_min"] == 10 + 3 + 20 + 10000
    assert found["effectif_estime"] == 14.5 + 4 + 34.5 + 10000
    assert math.isnan(found["effectif_max"])
    assert found["etat"] == "ok"
    assert found["quartiers"] == 4
    assert found["population"] == 7500
    assert found["etablissements_1000hab"] == pytest.approx(5 / 7.5)
    assert found["nature"] == "officiel"


def test_by_region(atlas: Atlas) -> None:
    found = rows(atlas, "", "region")
    assert list(found) == ["53", "44", "987"]
    assert found["44"]["libelle"] == "Grand Est"
    assert [found[code]["etablissements"] for code in found] == [1, 4, 0]
    assert [found[code]["population"] for code in found] == [1000, 6000, 500]
    assert found["53"]["effectif_max"] == 49


def test_what_sirene_does_not_cover_is_no_zero(atlas: Atlas) -> None:
    found = rows(atlas, "", "region")["987"]
    assert found["etat"] == "hors_champ"
    assert math.isnan(found["etablissements_1000hab"])
    assert math.isnan(found["effectif_estime"])


def test_by_quartier_keeps_the_empty_ones(atlas: Atlas) -> None:
    found = rows(atlas, "secteur=action-sociale", "quartier")
    assert {code: row["etablissements"] for code, row in found.items()} == {
        "QN06701M": 3, "QN06702I": 0, "QN03501N": 0, "QN98701N": 0,
    }  # fmt: skip
    assert found["QN06702I"]["effectif_estime"] == 0


def test_by_commune_is_the_establishments_own(atlas: Atlas) -> None:
    found = rows(atlas, "certitude=incertain", "commune")
    # « Perdue » stands in a neighbourhood of Rennes but says Strasbourg.
    assert found["67482"]["etablissements"] == 1
    assert found["35238"]["etablissements"] == 0
    assert rows(atlas, "certitude=incertain", "region")["53"]["etablissements"] == 1


def test_rows_outside_every_region_keep_sums_whole(atlas: Atlas) -> None:
    query = "rattachement=dedans,proche,hors,non_localise&certitude=sur,probable,incertain"
    everything = totals(atlas, parse(query + "&employeurs=tous").selection)
    assert everything["etablissements"] == 12
    for axis in AXES:
        if axis in ("types", "generation"):
            continue
        found = rows(atlas, query + "&employeurs=tous", axis)
        assert sum(row["etablissements"] for row in found.values()) == 12, axis


def test_by_types_counts_an_establishment_in_each_of_its_types(atlas: Atlas) -> None:
    found = rows(atlas, "", "types")
    assert {code: row["etablissements"] for code, row in found.items()} == {
        "ACI": 1, "REGIE": 1, "": 3,
    }  # fmt: skip


def test_population_is_the_same_on_an_axis_that_is_no_territory(atlas: Atlas) -> None:
    found = rows(atlas, "region=44", "secteur")
    assert {row["population"] for row in found.values()} == {6000}
    assert found["action-sociale"]["etablissements"] == 3


def test_two_axes(atlas: Atlas) -> None:
    found = rows(atlas, "", "region", "secteur")
    assert found["44", "action-sociale"]["etablissements"] == 3
    assert found["44", "action-sociale"]["libelle"] == ["Grand Est", "Action sociale"]
    assert found["44", "action-sociale"]["population"] == 6000
    assert sum(row["etablissements"] for row in found.values()) == 5


def test_two_territories_meet_where_an_outline_lies_in_both(atlas: Atlas) -> None:
    found = rows(atlas, "certitude=sur,probable,incertain", "region", "commune")
    assert found["44", "67482"]["quartiers"] == 2
    assert found["44", "67482"]["population"] == 6000
    # « Perdue »: a neighbourhood of Bretagne, a commune of Grand Est, no outline in both.
    assert found["53", "67482"]["etablissements"] == 1
    assert found["53", "67482"]["quartiers"] == 0
    assert math.isnan(found["53", "67482"]["population"])


def test_generations_are_never_added(atlas: Atlas) -> None:
    found = rows(atlas, "", "generation")
    assert [found["2024"]["etablissements"], found["2015"]["etablissements"]] == [5, 2]
    both = rows(atlas, "", "region", "generation")
    assert both["44", "2015"]["etablissements"] == 2
    assert both["44", "2024"]["etablissements"] == 4


def test_inhabitants_are_no_denominator_for_the_band(atlas: Atlas) -> None:
    found = totals(atlas, parse("rattachement=dedans,proche").selection)
    assert found["etablissements"] == 6
    assert math.isnan(found["etablissements_1000hab"])


def test_an_empty_selection_is_a_row_of_zeros(atlas: Atlas) -> None:
    found = totals(atlas, parse("secteur=finance-assurance&region=53").selection)
    assert found["etablissements"] == 0
    assert found["effectif_estime"] == 0
    assert found["structures"] == 0


def test_unknown_population_is_null(tmp_path: Path) -> None:
    from essgeo.datafolder import write_folder
    from tests.small import manifest, tables

    made = tables()
    made["quartiers"].loc[0, "population"] = float("nan")
    write_folder(tmp_path / "d", made, manifest())
    found = rows(open_atlas(tmp_path / "d"), "", "quartier")
    assert math.isnan(found["QN06701M"]["population"])
    assert math.isnan(found["QN06701M"]["etablissements_1000hab"])
    assert found["QN06702I"]["population"] == 2000


@pytest.mark.parametrize("by", [(), ("region", "secteur", "taille"), ("region", "region"), ("x",)])
def test_wrong_axes_are_refused(atlas: Atlas, by: tuple[str, ...]) -> None:
    with pytest.raises(UsageError):
        summary(atlas, Selection(), by)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_every_axis_sums_to_the_selection(atlas: Atlas, data: st.DataObject) -> None:
    selection = data.draw(selections(atlas))
    axis = data.draw(st.sampled_from([one for one in AXES if one not in ("types", "generation")]))
    whole = totals(atlas, selection)
    table = summary(atlas, selection, (axis,))
    compared = bool(selection.reference) and axis in ("secteur", "famille")
    assert list(table.columns) == [*COLUMNS, *(QUOTIENTS if compared else ())]
    count = int(atlas.resolve(selection).mask.sum())
    assert whole["etablissements"] == count
    for name in ("etablissements", "effectif_inconnu", "etablissements_proches", "employeurs"):
        assert table[name].sum() == whole[name], name
    assert table["effectif_min"].sum() == pytest.approx(whole["effectif_min"], nan_ok=True) or (
        math.isnan(whole["effectif_min"])
    )
    assert whole["structures"] <= whole["etablissements"]
