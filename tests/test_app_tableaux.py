"""The section « Tableaux agrégés » and the sheet of a neighbourhood as Streamlit runs them."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from essgeo.atlas import open_atlas
from essgeo.exports.bundle import table_zip
from essgeo.exports.workbook import workbook_bytes
from essgeo.owndata.beside import beside
from essgeo.selection import Selection
from essgeo.ui.owndata.provided import in_sheet, shown
from essgeo.ui.owndata.store import OwnData
from essgeo.words import provided as words
from tests import secret_world
from tests.small import write_small
from tests.test_app import SCRIPT as APP
from tests.test_app import go
from tests.test_app_adresse import SCRIPT, field, said
from tests.test_provided_tables import LONG, table

Start = Callable[..., AppTest]
NAME = "commande <b>Insee.csv"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small(tmp_path_factory.mktemp("petit") / "donnees")


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch, small: Path) -> Start:
    # The sheet is another page of the app: this script has only one.
    monkeypatch.setattr("essgeo.ui.owndata.tableaux.link", lambda *_, **__: None)

    def run(text: str = "", query: str = "", data: Path | None = None) -> AppTest:
        monkeypatch.setenv("ESSGEO_DATA", str(data or small))
        test = AppTest.from_file(str(SCRIPT), default_timeout=90)
        test.query_params["vue.section"] = "tableaux"
        if query:
            key, _, value = query.partition("=")
            test.query_params[key] = value
        own = OwnData()
        if text:
            own.give("tableaux", NAME, text.encode())
        test.session_state["essgeo.mes_donnees"] = own
        test.run()
        assert not test.exception, [one.value for one in test.exception]
        return test

    return run


def test_nothing_is_shown_before_a_table_is_given(start: Start) -> None:
    test = start()
    assert not test.dataframe
    assert "ses cases secrètes le restent" in said(test)


def test_a_table_stands_beside_our_figures(start: Start) -> None:
    test = start(LONG)
    assert "2 quartiers (contours 2024), 14 cases, dont" in said(test)
    assert "<b>" not in " ".join(one.proto.body for one in test.get("html"))
    shown_ = test.dataframe[0].value.set_index(["Code", "Famille", "Secteur"])
    mine = shown_.loc["QN06701M", :, "Ensemble"]
    assert mine["Employeurs, table"].to_dict() == {
        "Associations": "secret",
        "Coopératives": "8",
        "Mutuelles": "secret (induit)",
        "Ensemble": "15",
    }
    assert mine["Employeurs, calculés"]["Associations"] == "masqué"
    assert mine["Écart (employeurs)"]["Ensemble"] == "+12"
    assert mine["Écart (employeurs)"]["Associations"] == ""
    assert "4" not in set(mine["Employeurs, table"])


def test_a_doubt_is_asked_and_its_answer_is_kept(start: Start) -> None:
    test = start(LONG)
    sport = ("QN06702I", "Associations", "Action sociale")
    keys = ["Code", "Famille", "Secteur"]
    assert test.dataframe[0].value.set_index(keys)["Employeurs, table"][sport] == "sans donnée"
    field(test, "selectbox", "tableaux.tiret").select("zero").run()
    assert not test.exception
    assert test.dataframe[0].value.set_index(keys)["Employeurs, table"][sport] == "0"
    assert test.session_state["essgeo.mes_donnees"].choices["tableaux"] == {"tiret": "zero"}


def test_the_territory_of_the_selection_is_followed(start: Start) -> None:
    test = start(LONG, "quartier=QN06702I")
    assert set(test.dataframe[0].value["Code"]) == {"QN06702I"}
    test = start(LONG, "departement=35")
    assert not test.dataframe
    assert "ne dit rien du territoire choisi" in said(test)


@pytest.mark.parametrize(
    ("text", "words_"),
    [
        ("qp;emplois\nQN06701M;1\nQP067001;2\n", "plusieurs générations"),
        ("nom;emplois\nOuest;3\n", "aucune colonne de codes de quartier"),
        ("\0\0\0", "commande"),
    ],
)
def test_a_refusal_is_one_line(start: Start, text: str, words_: str) -> None:
    test = start(text)
    assert not test.dataframe
    (error,) = test.error
    assert words_ in error.value.replace("\\", "")
    assert "\n" not in error.value


def test_it_is_forgotten_on_request(start: Start) -> None:
    test = start(LONG)
    field(test, "button", "tableaux.oublier").click().run()
    assert not test.exception
    assert not test.dataframe
    own = test.session_state["essgeo.mes_donnees"]
    assert not own.files
    assert not own.made


def test_a_source_under_secrecy_stays_so(start: Start, tmp_path: Path) -> None:
    folder = secret_world.write(tmp_path / "secret", secret_world.drawn(3), secret=True)
    text = "qp;famille;etablissements\nQN06701M;Associations;9\nQN06701M;Total;12\n"
    test = start(text, data=folder)
    found = test.dataframe[0].value
    assert found["Employeurs, table"].tolist() == ["9", "12"]
    assert found["Employeurs, calculés"].iloc[0] == "secret"


# --- the sheet ----------------------------------------------------------------------------------


def test_the_sheet_of_a_neighbourhood_shows_its_rows(
    monkeypatch: pytest.MonkeyPatch, small: Path
) -> None:
    monkeypatch.setenv("ESSGEO_DATA", str(small))
    test = AppTest.from_file(str(APP), default_timeout=90)
    test.query_params["quartier"] = "QN06701M"
    own = OwnData()
    own.give("tableaux", NAME, LONG.encode())
    test.session_state["essgeo.mes_donnees"] = own
    test.run()
    go(test, "quartier")
    assert not test.exception, [one.value for one in test.exception]
    assert "Dans votre table" in said(test)
    assert "secret (induit)" in said(test)
    assert "commande <b>Insee.csv, à côté des chiffres" in said(test)
    own.forget("tableaux")
    test.run()
    assert "Dans votre table" not in said(test)


def test_without_a_table_the_sheet_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("essgeo.ui.owndata.store.current", OwnData)
    missing: Any = None
    assert shown(missing) is None
    assert in_sheet(missing, missing, "QN06701M") is None


# --- files --------------------------------------------------------------------------------------


def test_files_carry_marks_states_and_sources(small: Path) -> None:
    atlas = open_atlas(small)
    made = beside(atlas, table(LONG, atlas))
    resolved = atlas.resolve(Selection())
    packed = zipfile.ZipFile(
        io.BytesIO(table_zip(atlas, resolved, made, stem="mes-donnees_table", content="Table"))
    )
    names = sorted(packed.namelist())
    assert names[0] == "essgeo_mes-donnees_table_france_2024.csv"
    read = pd.read_csv(packed.open(names[0]), dtype="str", keep_default_na=False)
    first = read.iloc[0]
    assert first["etablissements_fournis"] == ""
    assert (first["etat_etablissements"], first["marque_etablissements"]) == ("secret", "s")
    assert (first["etat_calcul"], first["etablissements_calcules"]) == ("masque", "")
    assert json.loads(packed.read(names[1]))["sources"][0]["editeur"] == "Personne"
    book = openpyxl.load_workbook(io.BytesIO(workbook_bytes({"Table": made}, {"source": "Essai"})))
    sheet = book["Table"]
    head = [cell.value for cell in sheet[1]]
    assert sheet.cell(2, head.index("etablissements_fournis") + 1).value is None
    assert sheet.cell(2, head.index("etat_etablissements") + 1).value == "secret"


def test_words_tell_the_states_apart() -> None:
    assert len(set(words.STATES.values()) | {"0"}) == 5
    low, mine, high = 20.0, 34.0, 40.0
    row = {"etat_emplois": "ok", "etat_calcul": "ok", "emplois_fournis": 30.0,
           "emplois_min": low, "emplois_max": high, "emplois_estime": mine,
           "ecart_emplois": mine - 38}  # fmt: skip
    assert words.gap(row, "emplois") == "−4, dans l'intervalle"
    assert words.gap(row | {"emplois_max": 25.0}, "emplois") == "−4, hors de l'intervalle"
    assert words.gap(row | {"emplois_max": float("nan")}, "emplois").endswith("dans l'intervalle")
    assert words.computed(row, "emplois") == "34 (20 à 40)"
