"""`essgeo leviers` with a file of rules of one's own, as a person calls it."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from essgeo import cli
from essgeo.levers import open_catalogue
from essgeo.levers.rules import SHIPPED
from tests.test_diagnosis import folder

#: The rule whose threshold is changed: a neighbourhood of the folder by hand passes at 25 %, and
#: not at 5 %, as one of its twelve similar ones is lower.
RULE = "- levier: lieux-partages\n    quand: [{indicateur: etablissements, sens: bas, seuil: "

Captured = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folder(tmp_path_factory.mktemp("regles") / "d").folder.path


def rules(out: Path, old: str, new: str) -> Path:
    text = SHIPPED.read_text("utf-8")
    assert old in text
    path = out / "mes_regles.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


@pytest.fixture
def stricter(tmp_path: Path) -> Path:
    return rules(tmp_path, f"{RULE}0.25", f"{RULE}0.05")


def told(captured: Captured, *arguments: object) -> str:
    assert cli.main(["leviers", *(str(one) for one in arguments)]) == 0
    return captured.readouterr().out


def test_leads_follow_the_rules_given(data: Path, stricter: Path, capsys: Captured) -> None:
    asked = ("--data", data, "--quartier", "QN06701M", "--format", "json")
    before = [one["id"] for one in json.loads(told(capsys, *asked))]
    after = [one["id"] for one in json.loads(told(capsys, *asked, "--regles", stricter))]
    assert "lieux-partages" in before
    assert after == [one for one in before if one != "lieux-partages"]


def test_a_changed_threshold_says_what_it_changes(
    data: Path, stricter: Path, capsys: Captured
) -> None:
    asked = ("--data", data, "--changements", "--regles", stricter)
    rows = {row["levier"]: row for row in json.loads(told(capsys, *asked, "--format", "json"))}
    assert rows["lieux-partages"] == {
        "levier": "lieux-partages",
        "titre": open_catalogue().leviers["lieux-partages"].titre,
        "avant": 2,
        "apres": 1,
        "gagnes": 0,
        "perdus": 1,
        "nature": "officiel",
    }
    assert all(row["perdus"] == 0 for name, row in rows.items() if name != "lieux-partages")
    text = told(capsys, *asked, "--format", "csv")
    assert [row["levier"] for row in csv.DictReader(io.StringIO(text))] == list(rows)
    head, line = told(capsys, *asked).splitlines()[1:]
    assert head.split() == ["levier", "avant", "apres", "gagnes", "perdus"]
    assert line.split() == ["lieux-partages", "2", "1", "0", "1"]


def test_changes_are_counted_in_what_is_selected(
    data: Path, stricter: Path, capsys: Captured
) -> None:
    asked = ("--data", data, "--changements", "--regles", stricter)
    assert "ne changent rien" in told(capsys, *asked, "--quartier", "QN06700M")
    assert "lieux-partages     1     0" in told(capsys, *asked, "--select", "quartier=QN06701M")


def test_the_same_rules_change_nothing(data: Path, capsys: Captured) -> None:
    said = told(capsys, "--data", data, "--changements", "--regles", SHIPPED)
    assert "ne changent rien" in said


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("{indicateur: sans-voiture,", "{indicateur: voitures,", "« voitures » inconnu"),
        (f"{RULE}0.25", f"{RULE}0.9", "demandent un seuil"),
        ("regles:\n", "regles: [\n", "YAML mal formé"),
        ("    poids: 3\n", "    poids: 3\n    couleur: bleu\n", "champ inconnu « couleur »"),
    ],
)
def test_wrong_rules_are_one_line_with_their_own(
    data: Path, tmp_path: Path, capsys: Captured, old: str, new: str, said: str
) -> None:
    path = rules(tmp_path, old, new)
    assert cli.main(["leviers", "--data", str(data), "--changements", "--regles", str(path)]) == 1
    caught = capsys.readouterr()
    assert caught.out == ""
    assert "mes_regles.yaml, ligne " in caught.err.splitlines()[-1]
    assert said in caught.err.splitlines()[-1]


def test_a_file_that_is_not_there(data: Path, tmp_path: Path, capsys: Captured) -> None:
    path = tmp_path / "absent.yaml"
    asked = ["leviers", "--data", str(data), "--quartier", "QN06701M", "--regles", str(path)]
    assert cli.main(asked) == 1
    assert "absent.yaml : fichier illisible" in capsys.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--changements"], "donnez --regles"),
        (["--regles", "x.yaml"], "--regles demande"),
        (["--quartier", "QN06701M", "--select", ""], "ne vont pas ensemble"),
    ],
)
def test_options_that_say_nothing_together(
    data: Path, capsys: Captured, arguments: list[str], said: str
) -> None:
    assert cli.main(["leviers", "--data", str(data), *arguments]) == 2
    assert said in capsys.readouterr().err.splitlines()[-1]
