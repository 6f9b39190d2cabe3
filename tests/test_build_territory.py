"""From the pages of a service to a data folder: rules of the columns, and the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

from essgeo.atlas import open_atlas
from essgeo.build.territory import build_territory, is_territory
from essgeo.cli import main
from essgeo.errors import DataError, OutputError
from essgeo.indicators import totals
from essgeo.manifest import read as read_manifest
from essgeo.readers import read_quartiers
from essgeo.selection import parse
from essgeo.sources import recherche_entreprises as api
from essgeo.sources.territory import outlines_within, territory
from tests.fake_api import FakeApi, establishment, many, sirets, unit
from tests.territory_world import official_sites
from tests.web import Site

BAS_RHIN = territory("departement", "67")


def rows(*units) -> pd.DataFrame:
    answer = {"results": [{**one, "matching_etablissements": one["tous"]} for one in units]}
    table = api.establishments([answer], BAS_RHIN).set_index("siret")
    assert table.index.is_unique
    return table


# --- columns --------------------------------------------------------------------------------------


def test_an_establishment_keeps_what_the_service_says_of_it():
    row = rows(unit("123456789", [establishment("123456789", 1)])).loc["12345678900001"]
    assert row["siren"] == "123456789"
    assert row["denomination"] == "STRUCTURE 123456789"
    assert row["categorie_juridique"] == "9220"
    assert row["activite_principale"] == "88.99B"  # NAF rév. 2, not the code of NAF 2025
    assert (row["tranche_effectifs"], row["annee_effectifs"]) == ("11", "2023")
    assert (row["caractere_employeur"], row["est_siege"]) == ("O", "true")
    assert row["qualite_xy"] == ""
    assert "ESS France" in row["motif_ess"]
    assert "Insee" in row["motif_ess"]


def test_only_open_establishments_of_the_territory_are_taken():
    table = rows(
        unit(
            "123456789",
            [
                establishment("123456789", 1),
                establishment("123456789", 2, etat_administratif="F"),
                establishment("123456789", 3, etat_administratif=None),
                establishment("123456789", 4, "35238"),
            ],
        )
    )
    assert list(table.index) == ["12345678900001"]


def test_lost_zeros_and_numbers_are_restored():
    place = establishment("001234567", 1)
    place |= {"siret": 123456700001, "commune": 67482, "departement": 67}
    table = rows(unit("1234567", [place], nature_juridique=9220))
    assert list(table.index) == ["00123456700001"]
    assert table["siren"].tolist() == ["001234567"]
    assert table["categorie_juridique"].tolist() == ["9220"]


@pytest.mark.parametrize(
    ("category", "name"), [("1000", "[ND]"), ("", "[ND]"), ("9220", "STRUCTURE 123456789")]
)
@pytest.mark.parametrize("where", ["unit", "establishment"])
def test_partial_diffusion_locates_nobody_and_names_no_person(category, name, where):
    of_unit = {"statut_diffusion": "P"} if where == "unit" else {}
    own = {} if where == "unit" else {"statut_diffusion_etablissement": "P"}
    place = establishment("123456789", 1, activite_principale="[ND]", **own)
    table = rows(unit("123456789", [place], nature_juridique=category, **of_unit))
    (row,) = table.to_dict(orient="records")
    assert (row["longitude"], row["latitude"]) == ("[ND]", "[ND]")
    assert row["denomination"] == name
    assert row["statut_diffusion"] == "P"
    assert row["activite_principale"] == ""
    assert row["code_commune"] == "67482"


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ({"latitude": None, "longitude": None}, ("", "")),
        ({"latitude": "[ND]", "longitude": "[ND]"}, ("[ND]", "[ND]")),
        ({"latitude": 48.5, "longitude": 7.5}, ("7.5", "48.5")),
        ({"latitude": None, "longitude": None, "coordonnees": "48.5,7.5"}, ("7.5", "48.5")),
        ({"latitude": None, "longitude": None, "coordonnees": "[ND]"}, ("[ND]", "[ND]")),
    ],
)
def test_positions_come_as_texts_numbers_or_not_at_all(said, kept):
    (row,) = rows(unit("123456789", [establishment("123456789", 1, **said)])).to_dict("records")
    assert (row["longitude"], row["latitude"]) == kept


def test_the_kind_of_an_insertion_structure_is_a_type():
    said = {"est_ess": True, "est_siae": True, "type_siae": "ACI, EI"}
    other = {"est_ess": True, "est_siae": False, "type_siae": "ACI"}
    places = [establishment("123456789", 1)], [establishment("223456789", 1)]
    table = rows(
        unit("123456789", places[0], complements=said),
        unit("223456789", places[1], complements=other),
    )
    assert table["types"].tolist() == ["ACI, EI", ""]


def test_answers_without_the_optional_fields_are_read():
    bare = {
        "siren": "123456789",
        "tous": [{"siret": "12345678900001", "etat_administratif": "A", "commune": "67482"}],
    }
    (row,) = rows(bare).to_dict("records")
    assert {value for key, value in row.items() if key not in ("siren", "motif_ess")} == {
        "",
        "67482",
        "[ND]",
    } - {"[ND]"}


# --- the command line -----------------------------------------------------------------------------


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Site]:
    with official_sites(monkeypatch, tmp_path) as running:
        yield running


def fetched(site: Site, out: Path, units=None) -> FakeApi:
    service = FakeApi(many(150) if units is None else units)
    service.on(site)
    assert main(["fetch", "--departement", "67", "--out", str(out)]) == 0
    return service


def test_a_territory_is_fetched_then_built(site, tmp_path, capsys):
    raw, out = tmp_path / "brut", tmp_path / "D"
    service = fetched(site, raw)
    assert "autant que l'API en annonce" in capsys.readouterr().err
    assert main(["build", "--raw", str(raw), "--out", str(out)]) == 0
    said = capsys.readouterr().err
    assert "dossier de données écrit" in said
    atlas = open_atlas(out)
    assert set(atlas.folder.etablissements["siret"]) == sirets(service.units, departement="67")
    assert set(atlas.folder.quartiers["code_qp"]) == {"QN06701M", "QN06702I"}
    assert atlas.manifest.nature == "officiel"
    notes = " ".join(atlas.manifest.notes)
    for words in ("Bas-Rhin (67)", "2 sur 4", "autant que l'API", "dénominateurs", "population"):
        assert words in notes, words
    first, outlines = atlas.manifest.sources[:2]
    assert (first.id, first.date[:2], outlines.date) == (api.ID, "20", "2026-11-05")
    assert len(first.sha256) == len(outlines.sha256) == 64
    inside = atlas.folder.etablissements["rattachement"] == "dedans"
    assert totals(atlas, parse("employeurs=tous").selection)["etablissements"] == inside.sum() > 0


def test_two_builds_give_the_same_bytes(site, tmp_path):
    fetched(site, tmp_path / "brut")
    for name in ("A", "B"):
        build_territory(tmp_path / "brut", tmp_path / name)
    first, second = (
        {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in "AB"
    )
    assert first == second


def test_inhabitants_put_beside_are_taken(site, tmp_path):
    fetched(site, tmp_path / "brut")
    (tmp_path / "brut" / "pop.csv").write_text("code_qp;population\nQN06701M;4000\n")
    build_territory(tmp_path / "brut", tmp_path / "D")
    atlas = open_atlas(tmp_path / "D")
    assert atlas.folder.quartiers.set_index("code_qp")["population"]["QN06701M"] == 4000
    assert "Sans population" not in " ".join(atlas.manifest.notes)


def test_a_reading_that_is_not_finished_is_not_built(site, tmp_path, capsys):
    raw = tmp_path / "brut"
    fetched(site, raw)
    proof = json.loads((raw / "territoire.json").read_text())
    (raw / "territoire.json").write_text(json.dumps({**proof, "lecture_terminee": False}))
    assert is_territory(raw)
    assert main(["build", "--raw", str(raw), "--out", str(tmp_path / "D")]) == 1
    assert "n'est pas terminée" in capsys.readouterr().err.splitlines()[-1]
    assert not (tmp_path / "D").exists()


def test_a_territory_without_neighbourhood_or_without_ess_is_one_line(site, tmp_path):
    raw = tmp_path / "brut"
    FakeApi([]).on(site)
    assert main(["fetch", "--commune", "67482", "--out", str(raw)]) == 0
    with pytest.raises(DataError, match="aucun établissement ouvert"):
        build_territory(raw, tmp_path / "D")
    other = tmp_path / "autre"
    assert main(["fetch", "--commune", "67046", "--out", str(other)]) == 0
    with pytest.raises(DataError, match="aucun quartier prioritaire"):
        build_territory(other, tmp_path / "D")
    (tmp_path / "E").mkdir()
    (tmp_path / "E" / "x").write_text("x")
    with pytest.raises(OutputError):
        build_territory(raw, tmp_path / "E")


def test_pages_that_somebody_broke_are_one_line(site, tmp_path):
    raw = tmp_path / "brut"
    fetched(site, raw)
    pages = raw / "recherche_entreprises.jsonl.gz"
    pages.write_bytes(pages.read_bytes()[:-3])
    with pytest.raises(DataError, match="abîmé"):
        build_territory(raw, tmp_path / "D")
    assert not (tmp_path / "D").exists()


def test_the_manifest_names_units_that_cannot_be_proved(site, tmp_path):
    siren = "775672272"

    class Cut(FakeApi):
        def _shown(self, one, query):
            return super()._shown(one, {**query, "page_etablissements": "1"})

    big = unit(siren, [establishment(siren, rank) for rank in range(1, 301)])
    Cut([*many(50), big]).on(site)
    assert main(["fetch", "--departement", "67", "--out", str(tmp_path / "brut")]) == 0
    build_territory(tmp_path / "brut", tmp_path / "D")
    assert siren in " ".join(read_manifest(tmp_path / "D").notes)


@pytest.mark.parametrize(
    ("level", "code"), [("departement", "67"), ("region", "44"), ("commune", "75056")]
)
def test_the_neighbourhoods_of_a_territory_in_the_real_file(reel, level, code):
    whole = gpd.GeoDataFrame(read_quartiers(reel / "qpv2024.geojson").table)
    where = territory(level, code)
    kept = outlines_within(whole, where)
    own = {"departement": "insee_dep", "region": "insee_reg", "commune": "insee_com"}[level]
    assert set(kept["code_qp"]) == set(whole.loc[whole[own] == code, "code_qp"])
    assert len(kept) > 10
