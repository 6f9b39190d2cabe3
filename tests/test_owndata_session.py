"""A saved session and templates: what comes back is what went, or one line says why not."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from essgeo.atlas import Atlas, open_atlas
from essgeo.errors import DataError
from essgeo.exports.tables import csv_bytes
from essgeo.exports.workbook import workbook_bytes
from essgeo.intake import read_table
from essgeo.owndata import session
from essgeo.owndata.corrections import read_corrections
from essgeo.owndata.example import example_list
from essgeo.owndata.lists import examine, recognise
from essgeo.owndata.table_columns import recognise as recognise_table
from essgeo.owndata.templates import TEMPLATES, Template, zones_example
from essgeo.owndata.zones import read_zones_file
from essgeo.selection import Selection
from tests.small import write_small

MOST = 100_000

FILES = {"liste": ("ma liste é.csv", b"SIRET\n1\n"), "zones": ("z.geojson", b"{}")}
CHOICES = {"liste": {"siret": "SIRET", "positions": ""}, "garde": {"x": "y"}}

KINDS = some.dictionaries(
    some.sampled_from(session.SECTIONS),
    some.tuples(some.text(min_size=1, max_size=30), some.binary(max_size=300)),
)


@given(KINDS, some.dictionaries(some.text(max_size=20), some.text(max_size=50), max_size=5))
def test_what_is_saved_comes_back(files: session.Files, told: dict[str, str]):
    choices = dict.fromkeys(files, told)
    assert session.reopen(session.save(files, choices), "s.zip", most=MOST) == (files, choices)


def test_only_sections_with_a_file_are_kept():
    files, choices = session.reopen(session.save(FILES, CHOICES), "s.zip", most=MOST)
    assert files == FILES
    assert choices == {"liste": CHOICES["liste"], "zones": {}}


def changed(change: Callable[[dict[str, bytes]], None]) -> bytes:
    """Return a saved session of which the entries were changed."""
    with zipfile.ZipFile(io.BytesIO(session.save(FILES, CHOICES))) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    change(entries)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in entries.items():
            made.writestr(name, content)
    return out.getvalue()


def manifest(**more: object) -> Callable[[dict[str, bytes]], None]:
    def change(entries: dict[str, bytes]) -> None:
        told = json.loads(entries[session.MANIFEST]) | more
        entries[session.MANIFEST] = json.dumps(told).encode()

    return change


def doubled() -> bytes:
    data = io.BytesIO(session.save(FILES, CHOICES))
    with zipfile.ZipFile(data, "a") as made, pytest.warns(UserWarning, match="Duplicate"):
        made.writestr(session.CHOICES, b"{}")
    return data.getvalue()


def encrypted() -> bytes:
    """Return a session whose list of entries says that they are encrypted."""
    data = session.save(FILES, CHOICES)
    pattern = re.compile(rb"(PK\x01\x02.{4})\x00", re.DOTALL)
    hidden = pattern.sub(lambda found: found[1] + b"\x01", data)
    assert hidden != data
    return hidden


WRONG = {
    "empty": lambda: b"",
    "text": lambda: b"SIRET;Nom\n",
    "half": lambda: session.save(FILES, CHOICES)[:-40],
    "no manifest": lambda: changed(lambda one: one.pop(session.MANIFEST)),  # type: ignore[arg-type, return-value]
    "no answers": lambda: changed(lambda one: one.pop(session.CHOICES)),  # type: ignore[arg-type, return-value]
    "path": lambda: changed(lambda one: one.update({"../../etc/passwd": b"x"})),
    "absolute": lambda: changed(lambda one: one.update({"/etc/passwd": b"x"})),
    "other file": lambda: changed(lambda one: one.update({"fichiers/autre": b"x"})),
    "section more": lambda: changed(lambda one: one.update({"fichiers/corrections": b"x"})),
    "pickle": lambda: changed(lambda one: one.update({"session.pkl": b"\x80\x04."})),
    "content": lambda: changed(lambda one: one.update({"fichiers/liste": b"autre"})),
    "answers": lambda: changed(lambda one: one.update({session.CHOICES: b"{}"})),
    "deep": lambda: changed(lambda one: one.update({session.MANIFEST: b"[" * 100_000})),
    "number": lambda: changed(lambda one: one.update({session.MANIFEST: b"1" * 9_000})),
    "list": lambda: changed(lambda one: one.update({session.MANIFEST: b"[]"})),
    "version": lambda: changed(manifest(version=2)),
    "foreign": lambda: changed(manifest(essgeo="autre")),
    "files": lambda: changed(manifest(fichiers=[])),
    "file": lambda: changed(manifest(fichiers={"liste": 1, "zones": 2})),
    "twice": doubled,
    "encrypted": encrypted,
    "bomb": lambda: session.save({"liste": ("b.csv", b"\0" * 50_000_000)}, {}),
    "heavy": lambda: b"\0" * (5 * MOST + 500_000),
}


@pytest.mark.parametrize("kind", list(WRONG))
def test_a_session_that_is_not_ours_is_one_line(kind: str):
    with pytest.raises(DataError, match=r"^s\.zip : [^\n]+\.$"):
        session.reopen(WRONG[kind](), "s.zip", most=MOST)


@given(some.binary(max_size=200), some.integers(0, 2_000))
def test_any_damage_ends_in_the_same_session_or_one_line(damage: bytes, at: int):
    good = session.save(FILES, {})
    try:
        files, _ = session.reopen(good[:at] + damage + good[at + len(damage) :], "s", most=MOST)
    except DataError:
        return
    assert {name: content for name, (_, content) in files.items()} == {
        name: content for name, (_, content) in FILES.items()
    }


# --- templates ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def atlas(tmp_path_factory: pytest.TempPathFactory) -> Atlas:
    return open_atlas(write_small(tmp_path_factory.mktemp("petit") / "donnees"))


def forms(one: Template) -> dict[str, bytes]:
    sheets = {"À remplir": one.table, "Dictionnaire": one.dictionary}
    return {"m.csv": csv_bytes(one.table, excel=True), "m.xlsx": workbook_bytes(sheets, {})}


@pytest.mark.parametrize("name", ["m.csv", "m.xlsx"])
def test_templates_are_what_their_readers_know(atlas: Atlas, name: str):
    told, terrain, table = TEMPLATES
    taken = read_table(forms(told)[name], name)
    roles = recognise(taken, {"feuille": taken.raw.sheet})
    assert {"siret", "nom", "code_commune", "longitude", "latitude"} <= set(roles.columns)
    assert roles.amounts == ("montant",)
    assert not roles.doubts
    assert examine(atlas, taken, roles).counts["total"] == len(told.rows)

    # Nobody has these SIRET: each row is refused for this alone.
    read = read_corrections(atlas, forms(terrain)[name], name)
    assert len(read.refused) == len(terrain.rows)
    assert all("SIRET" in one.reason for one in read.refused)

    found = recognise_table(read_table(forms(table)[name], name))
    assert found.quartier == "code_qp"
    assert set(found.axes) == {"famille", "secteur"}
    assert [one.measure for one in found.columns] == ["etablissements", "emplois"]


def test_the_example_of_zones_is_read():
    assert not [
        one
        for one in read_zones_file(zones_example(), "zones.geojson").problems
        if one.level == "bloquant"
    ]


def test_the_example_list_is_placed_but_for_its_faults(atlas: Atlas):
    table = example_list(atlas, atlas.resolve(Selection()))
    taken = read_table(csv_bytes(table, excel=True), "exemple.csv")
    found = examine(atlas, taken, recognise(taken))
    assert found.counts["total"] == len(table)
    assert found.added["essgeo_resultat"].tolist()[-2:] == ["non_place", "non_place"]
    assert found.added["essgeo_identifiant"].iat[-2] == "impossible"
    assert found.counts["dedans"] > 0
    assert found.amounts[0].total == table["Montant (inventé, €)"].sum()


def test_templates_say_what_each_column_is():
    for one in TEMPLATES:
        assert all(len(row) == len(one.columns) for row in one.rows)
        assert (one.dictionary.iloc[:, 1] != "").all()
        assert "EXEMPLE" in one.table.to_string() or one.name == "tableau-agrege"


def test_no_path_of_a_session_reaches_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError):
        session.reopen(changed(lambda one: one.update({"../x": b"x"})), "s.zip", most=MOST)
    assert list(tmp_path.iterdir()) == []
