"""The parts of the interface that need no server: state, choices, search, words, archives."""

from __future__ import annotations

import io
import json
import math
import re
import zipfile
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from essgeo.atlas import Atlas, open_atlas
from essgeo.exports import csv_bytes, selected
from essgeo.exports.bundle import establishments_zip, summary_zip
from essgeo.figures.map import MapState
from essgeo.indicators import totals
from essgeo.selection import KEYS, SINGLE, TERRITORIES, VOCABULARY, Selection, parse
from essgeo.settings import ROOT
from essgeo.text import number
from essgeo.ui import state
from essgeo.ui.markdown import markdown
from essgeo.ui.options import LONGEST, narrow, own_counts, own_options, territory_options
from essgeo.ui.search import reference, row_of, search
from essgeo.ui.sharing import permalink
from essgeo.ui.state import State, ordered, read
from essgeo.ui.tables import LIMIT, establishments_frame
from essgeo.words.figures import figures, headline, interval, left_out, rounded
from tests.small import manifest, tables, write_small


@pytest.fixture(scope="module")
def demo() -> Atlas:
    return open_atlas(ROOT / "data")


@pytest.fixture(scope="module")
def atlas(tmp_path_factory: pytest.TempPathFactory) -> Atlas:
    return open_atlas(write_small(tmp_path_factory.mktemp("petit") / "d"))


# --- state and URL ------------------------------------------------------------------------------


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_selection_comes_back_from_its_permalink(atlas: Atlas, data: st.DataObject):
    chosen = {}
    for key in KEYS:
        known = list(VOCABULARY.get(key) or atlas.values(key))
        if not known or not data.draw(st.booleans(), label=key):
            continue
        most = 1 if key in SINGLE else len(known)
        values = data.draw(st.lists(st.sampled_from(known), min_size=1, max_size=most, unique=True))
        chosen[key] = ordered(key, values)
    view = data.draw(
        st.dictionaries(
            st.sampled_from(["indicateur", "fond", "table", "autre"]),
            st.text(min_size=1, max_size=8).filter(lambda text: text.isprintable()),
        )
    )
    before = State(Selection().with_(**chosen), view)
    link = permalink("http://127.0.0.1:8501/carte?vieux=1", before.params())
    after = read(None, parse_qsl(urlsplit(link).query, keep_blank_values=True))
    assert after.selection == before.selection
    assert after.view == view
    assert after.messages == ()
    # A data folder keeps what it knows; the generation decides of neighbourhoods.
    kept = read(atlas, parse_qsl(urlsplit(link).query, keep_blank_values=True)).selection
    for key in set(KEYS) - {*TERRITORIES, "generation"}:
        assert kept.get(key) == before.selection.get(key)


def test_what_a_folder_does_not_know_is_named_and_left_out(atlas: Atlas):
    found = read(atlas, parse_qsl("region=44,99&generation=2015&quartier=QN06701M&x=1"))
    assert found.selection == Selection(region=("44",), generation=("2015",))
    said = " ".join(found.messages)
    assert all(name in said for name in ("« 99 »", "« QN06701M »", "« x »"))


def test_an_unknown_generation_falls_back_to_the_newest(atlas: Atlas, tmp_path: Path):
    from essgeo.datafolder import write_folder

    content = tables()
    outlines = content["quartiers"]
    content["quartiers"] = outlines[outlines["generation"] == "2024"].reset_index(drop=True)
    write_folder(tmp_path / "d", content, manifest())
    found = read(open_atlas(tmp_path / "d"), [("generation", "2015")])
    assert found.selection == Selection()
    assert "2015" in found.messages[0]


def test_a_permalink_keeps_commas_and_quotes_the_rest():
    link = permalink("http://h/carte", {"region": "44,53", "vue.x": "a&b=<c>"})
    assert link == "http://h/carte?region=44,53&vue.x=a%26b%3D%3Cc%3E"


# --- choices ------------------------------------------------------------------------------------


def test_counts_beside_a_choice_are_what_choosing_it_alone_gives(atlas: Atlas):
    for query in ("", "secteur=action-sociale", "employeurs=tous&rattachement=dedans,proche"):
        selection = parse(query).selection
        for key in ("secteur", "famille", "taille", "types", "certitude"):
            for value, count in own_counts(atlas, selection, key).items():
                alone = atlas.resolve(selection.with_(**{key: (value,)}))
                if key == "certitude":
                    # What has no position has no certainty either, and is not left out by it.
                    axis = alone.generation.axes["certitude"]
                    assert count == int((alone.mask & (axis.codes >= 0)).sum())
                else:
                    assert count == int(alone.mask.sum()), (query, key, value)


def test_labels_of_choices_are_all_different_even_for_homonyms(tmp_path: Path):
    from essgeo.datafolder import write_folder

    content = tables()
    content["quartiers"]["lib_qp"] = "Centre"
    write_folder(tmp_path / "d", content, manifest())
    options = territory_options(open_atlas(tmp_path / "d"), Selection())["quartier"]
    texts = list(options.labels.values())
    assert len(texts) == 3
    assert len({text.rsplit("\u00a0", 1)[0] for text in texts}) == len(texts)


def test_a_list_that_helps_nobody_waits_for_a_territory(atlas: Atlas, monkeypatch):
    monkeypatch.setattr("essgeo.ui.options.LONGEST", 1)
    whole = territory_options(atlas, Selection())["quartier"]
    assert (whole.values, whole.too_many) == ((), 3)
    chosen = territory_options(atlas, Selection(quartier=("QN06701M",)))["quartier"]
    assert chosen.values == ("QN06701M",)
    narrowed = territory_options(atlas, Selection(region=("53",)))["quartier"]
    assert (narrowed.values, narrowed.too_many) == (("QN03501N",), 0)
    assert LONGEST > 100


def test_types_are_offered_with_the_rows_that_bear_them(atlas: Atlas):
    options = own_options(atlas, Selection(), "types")
    assert set(options.values) == {"ACI", "REGIE"}


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("region=44&departement=35", "region=44"),
        ("region=53&commune=67482&quartier=QN06701M", "region=53"),
        ("departement=67&quartier=QN06701M,QN03501N", "departement=67&quartier=QN06701M"),
        ("departement=67&region=44&quartier=QN06701M", None),
        ("quartier=QN06701M", None),
    ],
)
def test_smaller_territories_that_lie_elsewhere_are_let_go(
    atlas: Atlas, query: str, kept: str | None
):
    selection = parse(query).selection
    found, said = narrow(atlas, selection)
    assert found == parse(kept if kept is not None else query).selection
    assert bool(said) is (kept is not None)


# --- search -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        ("OUEST", ["quartier"]),
        ("qn06701m", ["quartier"]),
        ("strasbourg", ["commune"]),
        ("regie quartier", ["etablissement"]),
        ("RÉGIE nord", ["etablissement"]),
        ("gie", []),
        ("x", []),
        ("111111111", ["etablissement", "etablissement"]),
        ("1111 1111 1000 18", ["etablissement"]),
        ("11111111", []),
        ("(.*", []),
        ("", []),
    ],
)
def test_search(atlas: Atlas, query: str, kinds: list[str]):
    found, more = search(atlas, query)
    assert [one.kind for one in found] == kinds
    assert not more


def test_a_masked_name_is_not_found(tmp_path: Path):
    from essgeo.datafolder import write_folder

    content = tables()
    points = content["etablissements"]
    points.loc[0, ["denomination", "categorie_juridique", "statut_diffusion"]] = [
        "Personne Discrète", "1000", "P",
    ]  # fmt: skip
    write_folder(tmp_path / "d", content, manifest())
    found, _ = search(open_atlas(tmp_path / "d"), "discrete")
    assert found == []


def test_an_establishment_named_in_a_url_is_found_again(atlas: Atlas):
    for row in range(len(atlas)):
        assert row_of(atlas, reference(atlas, row)) == row
    for unknown in ("", "ligne0", "ligne999", "00000000000000", "<b>"):
        assert row_of(atlas, unknown) is None


# --- words --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "written"),
    [(114_708.4, 115_000), (2_271, 2_270), (999.6, 1000), (12.4, 12), (0, 0), (1e6 + 1, 1e6)],
)
def test_estimates_have_three_significant_digits(value: float, written: float):
    assert rounded(value) == written


def test_an_unknown_estimate_stays_unknown():
    assert math.isnan(rounded(math.nan))


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (10.0, 19.0, "entre 10 et 19"),
        (10_000.0, math.nan, "au moins 10\u202f000 (une tranche n'a pas de maximum)"),
        (math.nan, math.nan, "aucun effectif connu"),
    ],
)
def test_an_interval_says_what_is_known(low: float, high: float, said: str):
    assert interval({"etablissements": 3, "effectif_min": low, "effectif_max": high}) == said


@given(st.text(max_size=60))
def test_markdown_of_data_stays_text(text: str):
    written = markdown(text)
    bare = re.sub(r"\\(.)", r"\1", written)
    assert bare == " ".join(text.split())
    assert not re.search(r"(?<!\\)(?:\\\\)*[<`*_\[$]", written)


def test_what_is_left_out_is_said_in_figures(atlas: Atlas):
    said = " · ".join(left_out(atlas, atlas.resolve(Selection())))
    assert "1\u00a0position incertaine écartée" in said
    assert "1\u00a0non employeur écarté" in said
    assert "2\u00a0sans position utilisable" in said


@pytest.mark.parametrize(
    ("query", "strong"),
    [
        ("", "5"),
        ("secteur=arts-spectacles", "Aucun établissement"),
        ("region=53", "Un seul établissement"),
    ],
)
def test_the_headline_agrees_with_its_number(atlas: Atlas, query: str, strong: str):
    from essgeo.indicators import totals

    selection = parse(query).selection
    found, rest = headline(atlas.resolve(selection), totals(atlas, selection))
    assert found == strong
    assert rest.endswith(".")


# --- files --------------------------------------------------------------------------------------


@pytest.mark.parametrize("excel", [False, True])
def test_an_archive_holds_the_table_and_its_metadata_to_the_byte(atlas: Atlas, excel: bool):
    selection = parse("region=44&employeurs=tous").selection
    content = establishments_zip(atlas, selection, excel=excel)
    assert content == establishments_zip(atlas, selection, excel=excel)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        name, meta = archive.namelist()
        assert archive.read(name) == csv_bytes(selected(atlas, selection), excel=excel)
        said = json.loads(archive.read(meta))
    assert name == "essgeo_etablissements_grand-est_2024.csv"
    assert meta == f"{name}.meta.json"
    assert said["lignes"] == int(atlas.resolve(selection).mask.sum())
    assert said["selection"] == atlas.resolve(selection).sentence
    assert said["sources"][0]["date"] == "2024-01-01"


def test_indicators_by_neighbourhood_come_with_their_metadata(atlas: Atlas):
    with zipfile.ZipFile(io.BytesIO(summary_zip(atlas, Selection(), "quartier"))) as archive:
        name, meta = archive.namelist()
        rows = archive.read(name).decode().splitlines()
        assert json.loads(archive.read(meta))["lignes"] == len(rows) - 1
    assert name == "essgeo_quartiers_france_2024.csv"


def test_the_table_of_establishments_is_cut_the_export_is_not(atlas: Atlas, monkeypatch):
    monkeypatch.setattr("essgeo.ui.tables.LIMIT", 2)
    resolved = atlas.resolve(Selection())
    assert len(establishments_frame(atlas, resolved)) == 2
    assert len(selected(atlas, Selection())) == 5
    assert LIMIT == 2000


def test_the_map_shows_each_state_apart(atlas: Atlas, monkeypatch, tmp_path: Path):
    from essgeo.ui import map as maps
    from essgeo.ui import mapkit

    monkeypatch.setattr(mapkit, "ROOT", tmp_path)
    monkeypatch.setattr(state, "current", State)
    kit = maps.kit(atlas)
    resolved = atlas.resolve(parse("region=44,987").selection)
    found: MapState = maps.map_state(atlas, resolved, kit)
    by_code = dict(zip(kit.layers.codes, found.states, strict=True))
    assert by_code == {
        "QN06701M": "ok",
        "QN06702I": "ok",
        "QN03501N": "hors_selection",
        "QN98701N": "hors_champ",
        "QP067001": "absent",
    }
    # The foot of the map has two lines: no more than where figures come from.
    assert found.source.endswith("Contours 2024.")
    assert np.nansum(found.counts.values) == int(resolved.mask.sum())


def test_a_sentence_has_one_colon_and_says_what_is_out_of_field(demo: Atlas):
    def said(query: str) -> str:
        selection = parse(query).selection
        strong, rest = headline(demo.resolve(selection), totals(demo, selection))
        return f"{strong}{rest}".replace("\u00a0", " ").replace("\u202f", " ")

    assert said("").count(" :") == 1
    assert said("region=44&secteur=action-sociale").count(" :") == 1
    assert "emplois" in said("region=44&secteur=action-sociale")
    assert said("departement=987").startswith("Hors champ de Sirene : aucun chiffre")


def test_what_is_out_of_field_is_never_written_zero(demo: Atlas):
    selection = parse("departement=987").selection
    shown = figures(demo, demo.resolve(selection), totals(demo, selection))
    assert [value for _, value, _ in shown] == ["hors champ"] * 4


def test_a_national_rate_says_how_many_inhabitants_are_out_of_field(demo: Atlas):
    def rate(query: str) -> tuple[str, str]:
        selection = parse(query).selection
        row = totals(demo, selection)
        assert row["etablissements_1000hab"] == row["etablissements"] / row["population"] * 1000
        _, value, note = figures(demo, demo.resolve(selection), row)[3]
        return value, note

    quartiers = demo.newest.quartiers
    outside = quartiers.loc[quartiers["insee_dep"] == "987", "population"].sum()
    assert f"dont {number(outside)} hors champ (Polynésie)" in rate("")[1]
    assert "hors champ" not in rate("region=44")[1]
