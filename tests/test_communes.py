"""Communes found again by name."""

from pathlib import Path

import pandas as pd
import pytest

from essgeo.nomenclatures.communes import code_of, codes_of, communes, intercommunalites


@pytest.mark.parametrize(
    ("names", "dep", "codes"),
    [
        ("Strasbourg", "67", "67482"),
        ("Drancy, Le Blanc-Mesnil", "93", "93029;93007"),
        ("Drancy; drancy", "93", "93029"),
        ("Paris 18ème et 19ème arrondissements", "75", "75056"),
        ("Lyon 9ème arrondissement", "69", "69123"),
        ("Marseille 13ème, 14ème", "13", "13055"),
        ("Noeux-les-Mines", "62", "62617"),
        ("ST ETIENNE", "42", "42218"),
        ("Cherbourg-Octeville", "50", "50129"),  # a former commune, now Cherbourg-en-Cotentin
        ("Bastia", "2B", "2B033"),
        ("Drancy, Nulle-Part", "93", ""),  # a partial list would pass for a whole one
        ("", "93", ""),
        ("Strasbourg", "68", ""),
        ("Marseille", "75", ""),
    ],
)
def test_codes_by_name(names: str, dep: str, codes: str) -> None:
    assert codes_of(names, dep) == codes


def test_a_current_name_wins_over_a_former_one() -> None:
    table = communes()
    for code, name, dep in [
        ("50129", "Cherbourg-en-Cotentin", "50"),
        ("01004", "Ambérieu-en-Bugey", "01"),
    ]:
        assert table.loc[code, "lib_commune"] == name
        assert code_of(name, dep) == code


def test_the_table_is_whole() -> None:
    table = communes()
    assert table.index.is_unique
    assert table.index.str.fullmatch(r"\d[\dAB]\d{3}").all()
    assert table.loc["67482", "lib_epci"] == "Eurométropole de Strasbourg"
    assert table.loc["93066", "lib_ept"] == "Plaine Commune"
    assert set(table["siren_epci"]) - {""} <= set(intercommunalites())
    assert table["population"].sum() > 60_000_000


def test_real_communes_of_2015_are_found_again(reel: Path) -> None:
    table = pd.read_csv(
        reel / "population_qpv2015.csv", sep=";", dtype="str", keep_default_na=False
    )
    dep = table["qp"].str[2:5].str.replace(r"^0", "", regex=True)
    found = [
        codes_of(name, one) for name, one in zip(table["liste_des_communes"], dep, strict=True)
    ]
    # 2013's names: some have changed since, and are left unknown rather than guessed.
    assert sum(map(bool, found)) / len(found) > 0.95
