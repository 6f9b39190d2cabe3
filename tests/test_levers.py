"""The catalogue of levers: complete on its documents, refused with the line when it is wrong."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest

from essgeo import cli
from essgeo.errors import DataError
from essgeo.exports.levers import lever_records
from essgeo.levers import LIB_NATURE, LOCAL, open_catalogue
from essgeo.levers.catalogue import SHIPPED
from essgeo.text import fold

#: What the two documents name: each must be found in the words of an entry.
NAMED = """
régies de quartier|IAE|CAE|coopératives de services éphémères|coopératives jeunesse services
habitat participatif|Le Bon Maurepas|FEDER|FSE|convention Région Grand Est–Eurométropole
appel à projets annuel|conventions pluriannuelles d'objectifs|Quartiers fertiles
Fabrique de territoire|ANRU|Banque des territoires|AMO NPNRU|Alsace Active
Fabrique à projet d'utilité sociale|parcours du créateur|Territoire zéro chômeur
économie circulaire|foncier|prise en charge de loyer|LOCUSEM|pépinière|conciergeries solidaires
tiers-lieux|VRAC|agriculture urbaine|maisons urbaines de santé|conseils citoyens
commande publique responsable|bailleurs sociaux|formations croisées|économie informelle
protocole d'engagements|lieux partagés|associations outils|agents dédiés|qualification|mobilité
transversalité|mixité|désenclavement|image|innovation|instances de concertation|CRESS
""".replace("\n", "|").strip("|")


@pytest.mark.parametrize("name", NAMED.split("|"))
def test_what_the_documents_name_has_an_entry(name: str) -> None:
    words = [fold(word) for lever in open_catalogue().leviers.values() for word in lever.mots]
    wanted = fold(name)
    assert any(re.search(rf"\b{re.escape(wanted)}\b", word) for word in words)


def test_every_actor_fund_type_and_example_serves_a_lever() -> None:
    """An entry that nothing refers to could not be reached from any page."""
    catalogue = open_catalogue()
    used = {
        "fonds": {one for lever in catalogue.leviers.values() for one in lever.fonds},
        "types": {one for lever in catalogue.leviers.values() for one in lever.types},
        "objectifs": {one for lever in catalogue.leviers.values() for one in lever.objectifs},
        "exemples": {one for lever in catalogue.leviers.values() for one in lever.exemples},
        "familles": {lever.famille for lever in catalogue.leviers.values()},
        "territoires": {lever.territoire for lever in catalogue.leviers.values()} - {""},
    }
    for section, found in used.items():
        assert found == set(catalogue.sections[section]), section
    assert {lever.nature for lever in catalogue.leviers.values()} == set(LIB_NATURE)


def test_provenance_is_by_field() -> None:
    """What is not in a document is marked as an addition, field by field."""
    for lever in open_catalogue().leviers.values():
        for field in (lever.objectif, lever.instrument, lever.statut, lever.note_vigueur):
            assert bool(field.texte) == bool(field.source or field.ajout)
            assert not (field.source and field.ajout)
        assert lever.source
        # What was read elsewhere about a device's end is never passed off as the documents' word.
        assert not lever.note_vigueur.texte or lever.note_vigueur.ajout


@pytest.mark.parametrize(
    ("lever", "said"),
    [
        # The agreement was under deliberation: never shown as acquired.
        ("convention-region-metropole", "En cours de délibération"),
        # Only the title is given.
        ("maisons-urbaines-de-sante", "Intitulé seul"),
        ("npnru-economie-circulaire", "Intitulé seul"),
        ("co-investissement", "Intitulé seul"),
        ("territoire-zero-chomeur", "Intitulé seul"),
        ("conciergeries-solidaires", "réalisation non affirmée"),
        ("cooperative-ephemere-de-territoire", "achevée"),
        ("region-et-cress-partenaires", "Signataires"),
    ],
)
def test_status_is_that_of_the_document(lever: str, said: str) -> None:
    assert said in open_catalogue().leviers[lever].statut.texte


def test_what_a_document_does_not_say_is_empty() -> None:
    leviers = open_catalogue().leviers
    assert leviers["maisons-urbaines-de-sante"].objectif.texte == ""
    assert leviers["regies-de-quartier"].instrument.texte == ""
    assert leviers["habitat-participatif"].fonds == ()


def test_who_pays_is_named_only_where_a_document_says_it() -> None:
    """« Prise en charge de loyer » has no payer; an assistance « dans le cadre de » no funder."""
    leviers = open_catalogue().leviers
    for lever in ("prise-en-charge-de-loyer", "foncier-de-la-collectivite", "amo-npnru"):
        assert leviers[lever].fonds == ()
    # The passage names the ANRU only: « QPV ANRU ».
    assert leviers["amo-npnru"].acteurs == ("anru",)


def test_what_is_offered_is_not_told_as_done() -> None:
    """The cooperative « a proposé à » some inhabitants: that they all did it is not said."""
    text = open_catalogue().sections["exemples"]["le-bon-maurepas"].texte
    assert text.startswith("Elle a proposé à une quinzaine d'habitants")


def test_records_hold_the_keys_of_the_contract() -> None:
    keys = ["id", "nature", "famille", "titre", "objectif", "acteurs", "instrument", "financement",
            "types", "territoire", "statut", "vigueur"]  # fmt: skip
    records = lever_records(open_catalogue())
    assert len(records) == len({record["id"] for record in records}) > 40
    for record in records:
        assert list(record)[: len(keys)] == keys
        assert set(record["source"]) == {"document", "passage"}
        assert "septembre 2020" in record["vigueur"] or "2020 ou 2021" in record["vigueur"]
    both = next(record for record in records if record["id"] == "ess-dans-le-contrat-de-ville")
    assert [one["passage"] for one in both["sources"]] == ["l. 22", "l. 27"]
    assert "Engagements Quartiers 2030" in both["vigueur"]
    assert both["ajouts"] == ["note_vigueur"]


def test_command_line_gives_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["leviers", "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == lever_records(open_catalogue())
    assert cli.main(["leviers", "--format", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["id"] for row in rows] == [record["id"] for record in told]
    assert rows[0]["source"].endswith("l. 19")
    assert cli.main(["leviers"]) == 0
    assert "commande-publique-responsable" in capsys.readouterr().out


LOCAL_LEVER = """
acteurs:
  - {id: maison-du-projet, titre: "Maison du <b>projet"}
documents:
  - {id: deliberation, titre: Délibération du conseil, cite: cité en 2026}
leviers:
  - id: bourse-aux-locaux
    nature: outil
    famille: foncier-immobilier
    titre: Bourse aux locaux vides
    objectif: {texte: Ouvrir des locaux., source: [deliberation]}
    acteurs: [maison-du-projet, bailleurs-sociaux]
    source: [deliberation]
"""


def test_a_data_folder_adds_its_own(tmp_path: Path) -> None:
    (tmp_path / LOCAL).write_text(LOCAL_LEVER, encoding="utf-8")
    catalogue = open_catalogue(tmp_path)
    assert len(catalogue.leviers) == len(open_catalogue().leviers) + 1
    record = lever_records(catalogue)[-1]
    assert record["origine"] == "ajout local"
    assert record["acteurs"] == ["Maison du <b>projet", "Bailleurs sociaux"]
    assert record["vigueur"] == "cité en 2026 ; non vérifié depuis."


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("famille: foncier-immobilier", "famille: foncier", "ligne 9 : famille : « foncier » inc"),
        ("id: bourse-aux-locaux", "id: temps-long", "ligne 7 : identifiant en double « temps-lo"),
        ("nature: outil", "nature: levier", "ligne 8 : leviers.nature : « levier » inconnu (au"),
        ("nature: outil", "couleur: rouge", "ligne 8 : leviers.couleur : champ inconnu « couleur"),
        ("    titre: Bourse aux locaux vides\n", "", "ligne 7 : leviers : il manque titre"),
        ("source: [deliberation]}", "ajout: oui}", "ligne 11 : leviers.objectif"),
        ("acteurs: [maison-du-projet, bailleurs-sociaux]", "acteurs: [personne]", "« personne »"),
        ("source: [deliberation]\n", 'source: ["seance:3"]\n', "ligne 13 : source : « seance »"),
        ("titre: Bourse", "titre: !!python/object/apply:os.system [ls] #", "ligne 10 : étiquette"),
        ("titre: Bourse", "titre: &a Bourse", "ni ancre ni alias"),
        ("titre: Bourse", "titre: [Bourse", "YAML mal formé"),
        ("titre: Bourse", "titre: x\n    titre: Bourse", "ligne 11 : clé en double « titre »"),
    ],
)
def test_a_wrong_catalogue_is_refused_with_its_line(
    tmp_path: Path, old: str, new: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert old in LOCAL_LEVER
    (tmp_path / LOCAL).write_text(LOCAL_LEVER.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DataError, match=re.escape(said)) as caught:
        open_catalogue(tmp_path)
    assert str(caught.value).startswith(f"{LOCAL}, ligne ")
    assert "\n" not in str(caught.value)
    assert cli.main(["leviers", "--data", str(tmp_path)]) == 1
    assert capsys.readouterr().err.splitlines()[-1].startswith("erreur : leviers.yaml, ligne ")


def test_what_is_no_catalogue_at_all(tmp_path: Path) -> None:
    for content in (b"", b"- a\n", b"\xff\xfe", b"a: " + b"[" * 50 + b"]" * 50, b"x" * 2_100_000):
        (tmp_path / LOCAL).write_bytes(content)
        with pytest.raises(DataError, match=LOCAL):
            open_catalogue(tmp_path)


def test_shipped_catalogue_speaks_of_its_documents_only() -> None:
    """Every reference of the file names one of the two documents, and a line that it has."""
    last = {"fiche6": 75, "diaporama": 94}
    for document, line in re.findall(r'"(\w+):(?:\d+-)?(\d+)"', SHIPPED.read_text("utf-8")):
        assert int(line) <= last[document]


def test_command_line_tells_the_leads_of_a_place(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["leviers", "--select", "departement=67", "--format", "json"]) == 0
    told = capsys.readouterr()
    leads = json.loads(told.out)
    assert 1 <= len(leads) <= 5
    assert [lead["rang"] for lead in leads] == list(range(1, len(leads) + 1))
    assert [lead["score"] for lead in leads] == sorted(
        (lead["score"] for lead in leads), reverse=True
    )
    assert set(leads[0]) == {"id", "rang", "score", "raisons", "manquants"}
    assert set(leads[0]["raisons"][0]) == {"indicateur", "valeur", "repere", "texte"}
    # What the folder cannot tell is said, not diagnosed; simulated figures say that they are.
    assert "non évalué : mobilite ; il manque : part des ménages sans voiture" in told.err
    assert "données simulées" in told.err


def test_command_line_tells_the_leads_of_a_neighbourhood(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cli.main(["leviers", "--quartier", "QS060009"]) == 0
    text = capsys.readouterr().out
    assert "1. Mobiliser le foncier" in text or "Aucune piste" in text
    assert cli.main(["leviers", "--quartier", "QS060009", "--format", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert all(row["titre"] in text for row in rows)
    assert cli.main(["leviers", "--quartier", "QN99999N"]) == 1
    assert "« QN99999N » inconnu" in capsys.readouterr().err
    assert cli.main(["leviers", "--quartier", "QS060009", "--select", "region=44"]) == 2
