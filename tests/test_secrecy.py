"""What may be published of one establishment, and what a source under secrecy lets out."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from essgeo.atlas import Atlas, open_atlas
from essgeo.cli import main
from essgeo.datafolder import write_folder
from essgeo.errors import DataError, UsageError
from essgeo.exports import export
from essgeo.exports.checks import folder_lines
from essgeo.indicators import AXES, summary
from essgeo.secrecy import Rule, listed, partition, publishable
from essgeo.secrecy import drawn as drawn_on_map
from essgeo.selection import Selection, parse
from essgeo.ui.options import own_options, territory_options
from essgeo.ui.pages import PAGES
from essgeo.ui.search import row_of, search
from tests import small
from tests.secret_world import drawn, write

SCRIPT = Path(__file__).with_name("app_script.py")

#: Jobs and SIREN in each of three neighbourhoods of Strasbourg; the first two obey the rule.
BY_HAND = {
    "QN06701M": [("a", "11"), ("b", "11"), ("c", "12")],
    "QN06702I": [("d", "03"), ("e", "03"), ("f", "02"), ("g", "02")],
    "QN06703I": [("h", "12")],
}


def by_hand(rows: dict[str, list[tuple[str, str]]] = BY_HAND) -> pd.DataFrame:
    table = drawn(0).iloc[[0]].drop(columns=["siren", "tranche_effectifs", "code_qp"])
    lines = [
        {"siren": f"{ord(name):09d}", "tranche_effectifs": band, "code_qp": code}
        for code, units in rows.items()
        for name, band in units
    ]
    common = table.iloc[0].to_dict() | {
        "activite_principale": "88.99B",
        "caractere_employeur": "O",
        "code_commune": "67482",
        "rattachement": "dedans",
        "certitude": "sur",
    }
    return pd.DataFrame([common | line for line in lines])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("secret") / "d", by_hand(), secret=True)


@pytest.fixture(scope="module")
def atlas(folder: Path) -> Atlas:
    return open_atlas(folder)


def rows(atlas: Atlas, query: str, *axes: str) -> pd.DataFrame:
    table = summary(atlas, parse(query).selection, axes)
    return table.assign(code=[str(code) for code in table["code"]]).set_index("code")


# --- one establishment --------------------------------------------------------------------------


def test_partial_diffusion_masks_place_and_the_name_of_a_person():
    points = pd.DataFrame(
        {
            "statut_diffusion": ["O", "P", "P", "N", "P"],
            "categorie_juridique": ["1000", "1000", "9220", "1000", ""],
            "denomination": ["Ouvert", "Anne Personne", "Association", "Jean", "Inconnue"],
            "longitude": 7.0,
            "latitude": 48.0,
            "distance_m": 12.0,
        }
    )
    shown = publishable(points)
    assert list(shown["denomination"]) == ["Ouvert", "[ND]", "Association", "[ND]", "[ND]"]
    for name in ("longitude", "latitude", "distance_m"):
        assert list(shown[name].notna()) == [True, False, False, False, False], name


def test_non_employers_are_counted_and_kept_out_of_lists(tmp_path, monkeypatch):
    atlas = open_atlas(small.write_small(tmp_path / "d"))
    selection = parse("employeurs=tous").selection
    out = tmp_path / "tous.csv"
    rows = export(atlas, selection, out)
    assert rows == summary(atlas, selection)["etablissements"].iloc[0]
    table = pd.read_csv(out, dtype=str, keep_default_na=False).set_index("denomination")
    assert table.loc["Amis", "longitude"] == ""
    assert table.loc["Aide 2", "longitude"] != ""
    assert not any(one.kind == "etablissement" for one in search(atlas, "Amis")[0])
    amis = (atlas.points["denomination"] == "Amis").to_numpy()
    assert not drawn_on_map(atlas)[amis].any()

    monkeypatch.setenv("ESSGEO_NON_EMPLOYEURS", "montrer")
    assert listed(atlas.points).all()
    assert [one.text for one in search(atlas, "Amis")[0]] == ["Amis, Strasbourg"]
    assert drawn_on_map(atlas)[amis].all()
    export(atlas, selection, out)
    table = pd.read_csv(out, dtype=str, keep_default_na=False).set_index("denomination")
    assert table.loc["Amis", "longitude"] != ""


# --- the rule -----------------------------------------------------------------------------------


def test_thresholds_are_settings(monkeypatch):
    assert Rule.read() == Rule(3, 0.85)
    monkeypatch.setenv("ESSGEO_SECRET_UNITES", "11")
    monkeypatch.setenv("ESSGEO_SECRET_PART", "70")
    assert Rule.read() == Rule(11, 0.7)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ESSGEO_SECRET_UNITES", "trois"),
        ("ESSGEO_SECRET_UNITES", "0"),
        ("ESSGEO_SECRET_PART", "0"),
        ("ESSGEO_SECRET_PART", "120"),
    ],
)
def test_a_threshold_that_means_nothing_is_said(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(UsageError, match=re.escape(f"« {value} »")):
        Rule.read()


def test_every_atom_obeys_the_rule(atlas):
    for attachment in ("dedans", "proche"):
        part = partition(atlas, attachment, Rule())
        assert (part.count[part.safe] >= 3).all()
        assert part.size.sum() == (part.atoms >= 0).sum()


def test_a_small_neighbourhood_is_hidden_with_the_smallest_other(atlas):
    table = rows(atlas, "", "quartier")
    # One unit: hidden. It is not enough alone: the smallest of its commune goes with it.
    assert list(table.loc[["QN06701M", "QN06702I", "QN06703I"], "etat"]) == [
        "secret",
        "ok",
        "secret",
    ]
    assert table.loc["QN06702I", "etablissements"] == 4
    assert np.isnan(table.loc["QN06703I", "etablissements"])
    assert table.loc["QN06703I", "population"] == 3000
    # Elsewhere there is nobody: the total of Bas-Rhin beside that of France would say so.
    assert rows(atlas, "", "departement").loc["67", "etat"] == "secret"
    assert rows(atlas, "", "france").loc["france", "etablissements"] == 8
    assert (
        rows(atlas, "", "france").loc["france", "effectif_min"] == 10 + 10 + 20 + 6 + 6 + 3 + 3 + 20
    )


def test_one_large_unit_hides_its_cell(tmp_path):
    # 2,000 employees beside 3 and 3: far above 85 %, although there are three units.
    large = BY_HAND | {"QN06701M": [("a", "51"), ("b", "02"), ("c", "02")]}
    made = open_atlas(write(tmp_path / "d", by_hand(large), secret=True))
    assert rows(made, "", "quartier").loc["QN06701M", "etat"] == "secret"


def test_three_establishments_of_one_unit_are_one(tmp_path):
    one = BY_HAND | {"QN06702I": [("d", "03"), ("d", "03"), ("d", "02"), ("e", "03")]}
    made = open_atlas(write(tmp_path / "d", by_hand(one), secret=True))
    assert rows(made, "", "quartier").loc["QN06702I", "etat"] == "secret"


def test_nothing_is_printed_of_a_folder_too_small(tmp_path):
    made = open_atlas(write(tmp_path / "d", by_hand({"QN06701M": [("a", "11")]}), secret=True))
    for axis in AXES:
        table = summary(made, Selection(), (axis,))
        assert set(table["etat"]) <= {"secret", "hors_champ"}, axis
        assert table["etablissements"].fillna(0).eq(0).all(), axis


@pytest.mark.parametrize(
    "query",
    [
        "famille=association",
        "taille=10-19",
        "champ=insee",
        "certitude=sur",
        "employeurs=tous",
        "generation=2015",
        "rattachement=hors",
    ],
)
def test_questions_that_are_too_precise_are_refused(atlas, query):
    assert list(rows(atlas, query, "france")["etat"]) == ["secret"]


def test_states_differ(atlas):
    table = rows(atlas, "", "quartier")
    assert table.loc["QN98701N", "etat"] == "hors_champ"
    # Empty, one and two units look alike: none of them reads 0.
    assert table.loc["QN06704I", "etat"] == table.loc["QN06703I", "etat"] == "secret"


def test_an_open_source_is_never_masked(tmp_path):
    made = open_atlas(write(tmp_path / "d", by_hand(), secret=False))
    assert "secret" not in set(rows(made, "", "quartier")["etat"])
    assert rows(made, "", "quartier").loc["QN06703I", "etablissements"] == 1


# --- what else the program says -----------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".gpkg", ".geojson", ".parquet"])
def test_no_establishment_is_exported(atlas, tmp_path, suffix):
    out = tmp_path / f"tous{suffix}"
    with pytest.raises(DataError, match="secret statistique"):
        export(atlas, Selection(), out)
    assert not list(tmp_path.iterdir())


def test_the_command_line_refuses_in_one_line(folder, tmp_path, capsys):
    assert main(["export", "--data", str(folder), "--out", str(tmp_path / "f.csv")]) == 1
    assert capsys.readouterr().err.splitlines()[-1].startswith("erreur : Ces données sont")
    assert main(["summary", "--data", str(folder), "--by", "quartier", "--format", "json"]) == 0
    found = {row["code"]: row for row in json.loads(capsys.readouterr().out)}
    assert found["QN06703I"]["etat"] == "secret"
    assert found["QN06703I"]["etablissements"] is found["QN06703I"]["effectif_min"] is None


def test_build_declares_a_source_under_secrecy(tmp_path, capsys):
    tables = small.tables()
    tables["quartiers"].to_file(tmp_path / "q.geojson", driver="GeoJSON")
    tables["etablissements"].to_csv(tmp_path / "e.csv", index=False)
    call = ["build", "--quartiers", str(tmp_path / "q.geojson")]
    call += ["--etablissements", str(tmp_path / "e.csv"), "--out", str(tmp_path / "d")]
    assert main([*call, "--secret"]) == 0
    assert [one.fichier for one in open_atlas(tmp_path / "d").manifest.sources if one.secret] == [
        "e.csv"
    ]
    assert main(call) == 0
    assert not open_atlas(tmp_path / "d").manifest.secret


def test_check_counts_nothing(folder):
    said = " ".join(folder_lines(folder))
    assert "secret statistique" in said
    assert not re.search(r"\b8\b", said)


def test_filters_and_search_say_nothing(atlas):
    for key in ("secteur", "taille", "famille"):
        options = own_options(atlas, Selection(), key)
        assert options.values == atlas.values(key)
        assert not any(re.search(r"\(\d", label) for label in options.labels.values())
    for key, options in territory_options(atlas, Selection()).items():
        assert not any(re.search(r"\(\d", label) for label in options.labels.values()), key
    assert search(atlas, "Sans nom") == ([], False)
    assert row_of(atlas, str(atlas.points["siret"].iloc[0])) is None
    assert not drawn_on_map(atlas).any()


def said(test: AppTest) -> str:
    bodies = [one.proto.body for one in test.get("html")] + [one.value for one in test.caption]
    bodies += [one.value for one in [*test.markdown, *test.info]]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", " ".join(bodies))).split())


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch, folder: Path):
    def run(page: str = "", query: dict[str, str] | None = None) -> AppTest:
        monkeypatch.setenv("ESSGEO_DATA", str(folder))
        test = AppTest.from_file(str(SCRIPT), default_timeout=60)
        for key, value in (query or {}).items():
            test.query_params[key] = value
        test.run()
        if page:
            test.query_params.clear()
            test.switch_page(f"../pages/{page}.py").run()
        assert not test.exception, [one.value for one in test.exception]
        return test

    return run


@pytest.mark.parametrize("page", [info.stem for info in PAGES[1:]])
def test_every_page_opens_or_says_why_not(start, page):
    test = start(page)
    info = next(one for one in PAGES if one.stem == page)
    assert ("elle reste fermée" in said(test)) is not info.totals


def test_the_map_page_says_what_is_secret(start):
    whole = said(start())
    assert "seuls des totaux sont donnés" in whole
    one = said(start(query={"quartier": "QN06703I"}))
    assert "Secret statistique" in one
    assert re.search(r"Établissements secret trop peu .* Emplois situés là secret trop peu", one)


def test_tables_of_the_map_page_mask(start):
    test = start(query={"vue.table": "quartiers"})
    table = test.dataframe[0].value.set_index("Code")
    assert table.loc["QN06703I", "État"] == "secret statistique"
    assert np.isnan(table.loc["QN06703I", "Établissements"])
    test = start(query={"vue.table": "etablissements"})
    assert not test.dataframe


def test_a_folder_written_anew_keeps_its_secrecy(tmp_path):
    source = replace(small.manifest().sources[0], secret=True)
    write_folder(tmp_path / "d", small.tables(), replace(small.manifest(), sources=(source,)))
    assert open_atlas(tmp_path / "d").manifest.secret
