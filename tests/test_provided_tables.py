"""Aggregated tables: columns recognised, marks kept, put beside what is computed here."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from essgeo.atlas import Atlas, open_atlas
from essgeo.errors import DataError
from essgeo.intake import Taken
from essgeo.owndata.beside import beside, counts
from essgeo.owndata.cells import read_cell
from essgeo.owndata.table_columns import doubts, recognise
from essgeo.owndata.tables import Provided, read
from essgeo.readers.raw import Raw
from tests.small import write_small


@pytest.fixture(scope="module")
def atlas(tmp_path_factory: pytest.TempPathFactory) -> Atlas:
    return open_atlas(write_small(tmp_path_factory.mktemp("petit") / "donnees"))


def taken(text: str) -> Taken:
    """Make what the intake gives of a table written with semicolons."""
    head, *rows = [line.split(";") for line in text.strip().splitlines()]
    source = pd.DataFrame(rows, columns=head, dtype="str")
    return Taken(Raw("CSV", source, first_row=2, word="ligne"), (), "commande.csv", "ab")


def table(text: str, atlas: Atlas, **answers: str) -> Provided:
    given = taken(text)
    return read(
        given, recognise(given), atlas, {k.replace("_", "."): v for k, v in answers.items()}
    )


LONG = """\
Code QPV;Nom;Famille;Secteur d'activité;Nb établissements;Effectifs salariés au 31/12;ETP
QN06701M;Ouest;Associations;Ensemble;s;s;1
QN06701M;Ouest;Coopératives;Ensemble;8;40;1
QN06701M;Ouest;Mutuelles;Ensemble;4;12;1
QN06701M;Ouest;Total;Ensemble;15;1 060;1
QN06702I;Est;ASSOCIATION;Action sociale;-;nd;1
QN06702I;Est;Associations;Sports et loisirs;2;1;1
QN06702I;Est;Ensemble;Ensemble;2;;1
QN99999M;Ailleurs;Total;Total;3;3;3
Total;;Total;Total;99;999;9"""


# --- cells --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("12", "ok"), ("1 234,5", "ok"), ("1\u202f234", "ok"), ("0", "ok"),
        ("s", "secret"), ("S", "secret"), ("Secret", "secret"), ("***", "secret"), ("c", "secret"),
        ("<5", "secret"), ("nd", "secret"), ("n.d.", "secret"), ("x", "secret"), ("-3", "secret"),
        ("12 s", "secret"), ("=1+1", "secret"), ("1e3", "secret"),
        ("", "sans_donnee"), ("...", "sans_donnee"), ("-", "sans_donnee"), ("///", "sans_donnee"),
        ("NaN", "sans_donnee"),
    ],
)  # fmt: skip
def test_each_mark_is_a_state_and_never_zero(text: str, state: str) -> None:
    cell = read_cell(text, {})
    assert cell.state == state
    assert math.isnan(cell.value) == (state != "ok")


def test_a_doubtful_mark_is_what_its_owner_says() -> None:
    assert read_cell("-", {"tiret": "zero"}).value == 0
    assert read_cell("–", {"tiret": "secret"}).state == "secret"
    assert read_cell("nd", {"nd": "sans_donnee"}).state == "sans_donnee"


def test_what_is_masked_is_not_kept_as_a_mark() -> None:
    assert read_cell("12 s", {}).mark == ""
    assert read_cell("***", {}).mark == "***"


@given(st.text(max_size=40))
def test_no_cell_makes_it_fall(text: str) -> None:
    cell = read_cell(text, {})
    assert (cell.state == "ok") == (not math.isnan(cell.value))
    assert cell.state != "ok" or cell.value >= 0


# --- columns ------------------------------------------------------------------------------------


def test_a_long_table_is_recognised() -> None:
    roles = recognise(taken(LONG))
    assert roles.quartier == "Code QPV"
    assert roles.axes == {"famille": "Famille", "secteur": "Secteur d'activité"}
    assert [(one.name, one.measure) for one in roles.columns] == [
        ("Nb établissements", "etablissements"), ("Effectifs salariés au 31/12", "emplois"),
    ]  # fmt: skip
    assert roles.left == ("Nom", "ETP")
    assert [one.key for one in doubts(taken(LONG), roles)] == ["tiret", "nd"]


def test_a_wide_table_is_recognised() -> None:
    given = taken("qp;Emplois - Associations;Emplois coopératives;Emplois total\nQN06701M;1;2;3")
    roles = recognise(given)
    assert [(one.axis, one.value, one.measure) for one in roles.columns] == [
        ("famille", "association", "emplois"), ("famille", "cooperative", "emplois"),
        (None, "", "emplois"),
    ]  # fmt: skip
    given = taken("qp;Action sociale;Sport et loisirs;Santé;Ensemble\nQN06701M;1;2;3;6")
    roles = recognise(given)
    assert [one.value for one in roles.columns] == ["action-sociale", "sports-loisirs", "sante", ""]
    assert [one.key for one in doubts(given, roles)] == ["mesure"]


def test_which_of_two_columns_is_asked(atlas: Atlas) -> None:
    text = "qp;emplois 2021;emplois 2022\nQN06701M;10;20"
    given = taken(text)
    (doubt,) = doubts(given, recognise(given))
    assert doubt.key == "colonne.emplois"
    assert list(doubt.choices) == ["emplois 2021", "emplois 2022"]
    assert table(text, atlas).cells["valeur"].tolist() == [10]
    assert table(text, atlas, colonne_emplois="emplois 2022").cells["valeur"].tolist() == [20]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nom;emplois\nOuest;3", "aucune colonne de codes de quartier"),
        ("qp;nom;etp\nQN06701M;a;3", "aucune colonne ne compte"),
        ("qp;emplois\nQN06701M;1\nQP067001;2", "plusieurs générations"),
        ("qp;emplois\nQN06701M;1\nQP999999;2", "plusieurs générations"),
        ("qp;emplois\nQN99999M;1", "aucun code de quartier n'est dans ce dossier"),
        ("qp;emplois\nQN06701M;1\nqn06701m;1", "ligne 3, QN06701M est donné deux fois"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused(text: str, said: str, atlas: Atlas) -> None:
    with pytest.raises(DataError, match=r"commande\.csv : ") as caught:
        table(text, atlas)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


# --- reading ------------------------------------------------------------------------------------


def test_a_long_table_is_read(atlas: Atlas) -> None:
    found = table(LONG, atlas)
    assert found.generation == "2024"
    assert found.axes == ("famille", "secteur")
    jobs = found.cells[found.cells["mesure"] == "emplois"]
    assert jobs["code_qp"].tolist() == ["QN06701M"] * 4 + ["QN06702I"] * 3
    assert jobs["famille"].tolist()[:4] == ["association", "cooperative", "mutuelle", ""]
    assert jobs["valeur"].tolist()[1:4] == [40, 12, 1060]
    assert jobs["etat"].tolist() == ["secret", "ok", "ok", "ok", "secret", "ok", "sans_donnee"]
    assert jobs["ligne"].tolist() == [2, 3, 4, 5, 6, 7, 8]
    said = " ".join(found.lines).replace("\u00a0", " ")
    assert "1 code inconnu de ce dossier de données, laissé de côté : QN99999M." in said
    assert "1 ligne de total de plusieurs quartiers" in said
    assert "Colonnes non utilisées : Nom et ETP." in said
    assert "jamais comptées pour 0" in said


def test_what_the_nomenclature_does_not_know_is_named(atlas: Atlas) -> None:
    text = "qp;famille;emplois\nQN06701M;Associations;3\nQN06701M;Holdings;4\nQN06701M;;5"
    found = table(text, atlas)
    assert found.cells["famille"].tolist() == ["association", "?Holdings"]
    said = " ".join(found.lines).replace("\u00a0", " ")
    assert "1 famille hors de notre nomenclature" in said
    assert "1 ligne sans famille" in said


def test_the_other_generation_alone_is_read(atlas: Atlas) -> None:
    assert table("qp;emplois\nQP067001;3", atlas).generation == "2015"


# --- beside -------------------------------------------------------------------------------------


def test_figures_stand_beside(atlas: Atlas) -> None:
    text = "qp;famille;etablissements;emplois\nQN06701M;Associations;2;30\nQN06701M;Total;4;1100"
    found = beside(atlas, table(text, atlas))
    # Aide 1 (10 to 19), Aide 2 (3 to 5) and Grande (5 000 and more, open): three associations.
    assert found["etablissements_calcules"].tolist() == [3, 3]
    assert found["ecart_etablissements"].tolist() == [-1, 1]
    assert found["etat_calcul"].tolist() == ["ok", "ok"]
    assert found["lib_famille"].tolist() == ["Associations", "Ensemble"]
    assert set(found["nature"]) == {"officiel"}


def test_a_masked_cell_stays_masked_and_gets_company(atlas: Atlas) -> None:
    found = beside(atlas, table(LONG, atlas, tiret="zero"))
    mine = found[found["code_qp"] == "QN06701M"].set_index("famille")
    assert mine["etat_etablissements"].to_dict() == {
        "association": "secret", "cooperative": "ok", "mutuelle": "secret_induit", "": "ok",
    }  # fmt: skip
    assert mine["etablissements_fournis"].isna().tolist() == [True, False, True, False]
    # Beside a masked cell nothing computed is shown, and no difference.
    masked = mine["etat_calcul"] == "masque"
    assert masked.to_dict()["association"] is True
    hidden = ["etablissements_calcules", "emplois_estime", "emplois_max", "ecart_etablissements"]
    assert mine.loc[masked, hidden].isna().all(axis=None)
    assert counts(found)["secret_induit"] == 2


def test_no_masked_number_is_in_what_is_exported(atlas: Atlas) -> None:
    text = "qp;famille;etablissements\nQN06701M;Associations;7 s\nQN06701M;Coopératives;4"
    found = beside(atlas, table(text, atlas))
    assert "7" not in found.to_csv().replace("QN06701M", "")


def test_zero_absent_and_without_equivalent_are_told_apart(atlas: Atlas) -> None:
    text = "qp;secteur;emplois\nQN06702I;Sports et loisirs;0\nQN06702I;Santé;\nQN06702I;Autre X;4"
    found = beside(atlas, table(text, atlas)).set_index("secteur")
    assert found.loc["sports-loisirs", "emplois_fournis"] == 0
    assert found.loc["sante", "etat_emplois"] == "sans_donnee"
    assert np.isnan(found.loc["sante", "emplois_fournis"])
    assert found.loc["sante", "etablissements_calcules"] == 0
    assert found.loc["?Autre X", "etat_calcul"] == "sans_equivalent"
    outside = beside(atlas, table("qp;emplois\nQN98701N;4", atlas))
    assert outside["etat_calcul"].tolist() == ["hors_champ"]
    assert outside["etablissements_calcules"].isna().all()


def test_three_ways_at_once(atlas: Atlas) -> None:
    text = (
        "qp;famille;secteur;etablissements\nQN06701M;Associations;Action sociale;3\n"
        "QN06701M;Coopératives;Action sociale;0"
    )
    found = beside(atlas, table(text, atlas))
    assert found["etablissements_calcules"].tolist() == [3, 0]
