"""Own zones and corrections over a data folder: the figures of a folder made of them."""

import json
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from essgeo import cli
from essgeo.atlas import Atlas, open_atlas
from essgeo.build import build_from_files
from essgeo.datafolder import write_folder
from essgeo.errors import DataError, UsageError
from essgeo.exports import export
from essgeo.exports.establishments import COLUMNS, selected
from essgeo.exports.metadata import file_name, metadata
from essgeo.indicators import summary
from essgeo.indicators.outlines import successions
from essgeo.intake import Taken
from essgeo.join import attach
from essgeo.owndata.corrections import Corrections, check, read_corrections
from essgeo.owndata.overlay import overlaid
from essgeo.owndata.zones import Zones, read_zones_file
from essgeo.readers.raw import Raw
from essgeo.selection import Selection, parse
from essgeo.story import STEPS, tell
from tests import secret_world
from tests.small import manifest, tables, write_small

TODAY = date(2026, 6, 1)
SAID = {"source": "Mairie", "date": "2026-01-02"}
#: One SIRET of each kind of place: see tests/small.py.
IN_WEST, NEAR_EAST, FAR = "11111111100018", "55555555500012", "66666666600013"


@pytest.fixture(scope="module")
def atlas(tmp_path_factory: pytest.TempPathFactory) -> Atlas:
    return open_atlas(write_small(tmp_path_factory.mktemp("petit") / "data"))


def collection(*zones: tuple[dict[str, object], tuple[float, float, float, float]]) -> bytes:
    frame = gpd.GeoDataFrame(
        [{**said, "geometry": box(*bounds)} for said, bounds in zones], crs="EPSG:4326"
    )
    return frame.to_json().encode()


@pytest.fixture(scope="module")
def zones() -> Zones:
    """Both neighbourhoods of Strasbourg and what is between; the one of Rennes."""
    return read_zones_file(
        collection(
            ({"nom": "Vécu"}, (7.70, 48.57, 7.73, 48.58)),
            ({"nom": "Bretagne"}, (-1.66, 48.12, -1.65, 48.13)),
        ),
        "mes zones.geojson",
    )


def checked(atlas: Atlas, *rows: dict[str, str], name: str = "terrain.csv") -> Corrections:
    source = pd.DataFrame([{**SAID, **row} for row in rows]).fillna("").astype("str")
    raw = Raw(format="CSV", source=source, first_row=2, word="ligne")
    return check(atlas, Taken(raw, (), name, f"{len(rows)}-{source.to_json()}"), today=TODAY)


def counted(atlas: Atlas, query: str) -> int:
    return int(atlas.resolve(parse(query).selection).mask.sum())


def figures(atlas: Atlas, query: str, *by: str) -> pd.DataFrame:
    return summary(atlas, parse(query).selection, by)


# --- zones ----------------------------------------------------------------------------------


def test_zones_are_one_more_generation_after_the_others(atlas: Atlas, zones: Zones) -> None:
    made = overlaid(atlas, zones)
    assert list(made.generations) == ["2024", "2015", "zones"]
    assert made.newest.name == "2024"
    assert made.folder.private
    assert not atlas.folder.private
    assert made.folder.fingerprint != atlas.folder.fingerprint
    assert list(atlas.generations) == ["2024", "2015"]
    # Two of the west, the employer of the east, and the open band: those of the three QPV less one.
    found = figures(made, "generation=zones", "quartier").set_index("libelle")
    assert found["etablissements"].to_dict() == {"Vécu": 4, "Bretagne": 1}


def test_zones_change_nothing_to_the_figures_of_the_neighbourhoods(
    atlas: Atlas, zones: Zones
) -> None:
    made = overlaid(atlas, zones)
    for query in ("", "generation=2015", "region=44&rattachement=dedans,proche,hors"):
        pd.testing.assert_frame_equal(
            figures(atlas, query, "quartier"), figures(made, query, "quartier")
        )


def test_zones_say_where_they_are(zones: Zones, atlas: Atlas) -> None:
    assert zones.table["insee_dep"].tolist() == ["67", "35"]
    assert zones.table["lib_reg"].tolist() == ["Grand Est", "Bretagne"]
    # Communes are those that the establishments inside declare: one in Rennes says Strasbourg,
    # the other Rennes, which a tenth of them is enough for.
    held = overlaid(atlas, zones).generations["zones"].quartiers
    assert held["insee_com"].tolist() == ["67482", "35238;67482"]
    assert held["lib_com"].tolist() == ["Strasbourg", "Rennes, Strasbourg"]


def test_figures_of_zones_are_those_of_a_folder_made_of_them(tmp_path: Path) -> None:
    made = tables()
    points = tmp_path / "points.csv"
    made["etablissements"].to_csv(points, index=False)
    newer = made["quartiers"][made["quartiers"]["generation"] == "2024"]
    # Other outlines than the neighbourhoods', with codes that a folder takes.
    moved = newer.assign(geometry=newer.translate(0.006, 0.002))
    content = moved.to_json().encode()
    (tmp_path / "zones.geojson").write_bytes(content)
    (tmp_path / "qpv.geojson").write_text(made["quartiers"].to_json(), encoding="utf-8")
    build_from_files(tmp_path / "zones.geojson", points, tmp_path / "faits")
    build_from_files(tmp_path / "qpv.geojson", points, tmp_path / "qpv")
    alone = open_atlas(tmp_path / "faits")
    over = overlaid(open_atlas(tmp_path / "qpv"), read_zones_file(content, "zones.geojson"))
    for by in ("quartier", "secteur", "region", "commune"):
        for query in ("", "rattachement=proche", "employeurs=tous"):
            own = figures(over, f"generation=zones&{query}", by)
            pd.testing.assert_frame_equal(figures(alone, query, by), own)
    assert counted(over, "generation=zones") != counted(over, "")


def test_codes_that_an_address_cannot_carry_are_replaced_aloud() -> None:
    west, east = (7.70, 48.57, 7.71, 48.58), (7.72, 48.57, 7.73, 48.58)
    found = read_zones_file(collection(({"code": "A,1"}, west), ({"code": "B"}, east)), "z.geojson")
    assert found.table["code_qp"].tolist() == ["Z1", "Z2"]
    assert any("numérotées" in one.message for one in found.problems)


def test_overlapping_zones_are_said_and_count_once(atlas: Atlas) -> None:
    bounds = (7.70, 48.57, 7.71, 48.58)
    both = read_zones_file(
        collection(
            ({"code": "B", "nom": "Dessus"}, bounds), ({"code": "A", "nom": "Dessous"}, bounds)
        ),
        "z.geojson",
    )
    assert any("« Dessus » et « Dessous »" in note for note in both.notes)
    found = figures(overlaid(atlas, both), "generation=zones", "quartier").set_index("code")
    assert found["etablissements"].to_dict() == {"A": 3, "B": 0}


def test_zones_outside_france_are_refused() -> None:
    inside, berlin = (7.70, 48.57, 7.71, 48.58), (6.9, 50.9, 7.0, 51.0)
    with pytest.raises(DataError, match=r"^z\.geojson : 1\u00a0zone hors de France \(Cologne\)"):
        read_zones_file(
            collection(({"nom": "Ici"}, inside), ({"nom": "Cologne"}, berlin)), "z.geojson"
        )


def test_where_no_commune_is_declared_the_neighbourhoods_touched_lend_theirs(
    tmp_path: Path, zones: Zones
) -> None:
    made = tables()
    made["etablissements"]["code_commune"] = ""
    write_folder(tmp_path / "data", made, manifest())
    base = open_atlas(tmp_path / "data")
    held = overlaid(base, zones).generations["zones"].quartiers
    assert held["lib_com"].tolist() == ["Strasbourg", "Rennes"]
    moved = {"siret": FAR, "correction": "déménagé", "longitude": "7.7", "latitude": "48.57"}
    (one,) = checked(base, moved).applied
    assert "commune inconnue" in one.notes[0]


# --- what is said of zones ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ("", "situés dans vos 2\u00a0zones."),
        ("quartier=Z1", "situés dans une de vos zones (zone Vécu)."),
        ("region=53", "situés dans une de vos zones (région Bretagne)."),
        ("commune=99999", "situés dans vos 2\u00a0zones."),
        (
            "region=53&departement=67",
            "situés dans aucune de vos zones (région Bretagne, département Bas-Rhin).",
        ),
        (
            "rattachement=proche",
            "situés à moins de 300\u00a0m de vos 2\u00a0zones, mais en dehors.",
        ),
        (
            "quartier=Z2&rattachement=proche",
            "situés à moins de 300\u00a0m d'une de vos zones, mais en dehors (zone Bretagne).",
        ),
        ("rattachement=hors", "situés à plus de 300\u00a0m de toutes vos zones."),
        ("rattachement=dedans,hors", "situés dans vos 2\u00a0zones ou hors de celles-ci."),
    ],
)
def test_a_selection_of_zones_says_so(atlas: Atlas, zones: Zones, query: str, where: str) -> None:
    made = overlaid(atlas, zones)
    resolved = made.resolve(parse(f"generation=zones&{query}").selection)
    assert resolved.sentence == f"Établissements employeurs de l'ESS {where}"
    assert any(note.startswith("Vos zones : ces chiffres ne sont pas") for note in resolved.notes)
    assert any("mes zones.geojson" in note for note in resolved.notes)


def test_nothing_told_of_zones_calls_them_a_qpv(atlas: Atlas, zones: Zones) -> None:
    made = overlaid(atlas, zones)
    for query in ("generation=zones", "generation=zones&quartier=Z1"):
        selection = parse(query).selection
        resolved = made.resolve(selection)
        # The cases are real neighbourhoods, told from their documents.
        story = tell(made, selection, [key for key in STEPS if key not in ("strasbourg", "rennes")])
        told = [repr(story), *summary(made, selection, ("generation",))["libelle"]]
        said = metadata(made, resolved, rows=1, content="x")
        allowed = (*resolved.notes, "qui ne sont pas des quartiers prioritaires",
                   "Les chiffres publiés portent sur les quartiers prioritaires",
                   "quartiers prioritaires et autres zones compris")  # fmt: skip
        for text in (*told, json.dumps(said, ensure_ascii=False)):
            for one in allowed:
                text = text.replace(one, "").replace(one.replace("\u00a0", "\\xa0"), "")
            assert "prioritaire" not in text
            assert "QPV" not in text
            assert "ontours zones" not in text
    assert file_name(made, made.resolve(parse("generation=zones").selection), "e", ".csv") == (
        "essgeo_e_france_mes-zones.csv"
    )


def test_published_figures_are_not_shown_beside_zones(atlas: Atlas, zones: Zones) -> None:
    made = overlaid(atlas, zones)
    (own,) = tell(made, Selection(generation=("zones",)), ["publies"]).steps
    (theirs,) = tell(made, Selection(), ["publies"]).steps
    assert not own.blocks
    assert "vos zones" in own.sentence
    assert theirs.blocks


def test_zones_are_a_source_of_their_own_figures_only(atlas: Atlas, zones: Zones) -> None:
    made = overlaid(atlas, zones)
    for name, named in (("zones", True), ("2024", False)):
        resolved = made.resolve(Selection(generation=(name,)))
        said = metadata(made, resolved, rows=1, content="x")
        assert any("mes zones.geojson" in one["titre"] for one in said["sources"]) == named


def test_zones_are_no_successors_of_neighbourhoods(atlas: Atlas, zones: Zones) -> None:
    pd.testing.assert_frame_equal(successions(atlas), successions(overlaid(atlas, zones)))


# --- corrections ----------------------------------------------------------------------------

EVERY_KIND = (
    {"siret": IN_WEST, "correction": "Fermé"},
    {"siret": FAR, "correction": "boite aux lettres"},
    # From near the east into the west.
    {"siret": NEAR_EAST, "correction": "déménagé", "longitude": "7,704", "latitude": "48,575",
     "code_commune": "67482"},
    # A branch of the régie of Rennes, in the west of Strasbourg.
    {"siret": "88888888800015", "correction": "antenne non immatriculée", "tranche": "11",
     "longitude": "7.702", "latitude": "48.574", "code_commune": "67482",
     "denomination": "Antenne"},
)  # fmt: skip


def test_each_kind_of_correction_by_hand(atlas: Atlas) -> None:
    found = checked(atlas, *EVERY_KIND)
    assert not found.refused
    made = overlaid(atlas, corrections=found)
    before = figures(atlas, "", "quartier").set_index("libelle")["etablissements"]
    after = figures(made, "", "quartier").set_index("libelle")["etablissements"]
    # One closed; one moved in and one branch added.
    assert (before["Ouest"], after["Ouest"]) == (3, 4)
    assert len(made) == len(atlas) - 2 + 1
    points = made.points.set_index("denomination")
    assert "Aide 1" not in points.index
    assert "Loin" not in points.index
    assert points.loc["Mutuelle", "correction"] == "déménagé (Mairie, 2026-01-02)"
    assert points.loc["Antenne", "correction"] == "antenne non immatriculée (Mairie, 2026-01-02)"
    # What the branch does not say is its structure's; it has no SIRET.
    assert points.loc["Antenne", ["siret", "siren", "famille", "taille"]].tolist() == [
        "", "888888888", "association", "10-19",
    ]  # fmt: skip
    assert (points["correction"] != "").sum() == 2


def test_figures_with_corrections_are_those_of_a_corrected_file(tmp_path: Path) -> None:
    made = tables()
    qpv, points = tmp_path / "qpv.geojson", made["etablissements"]
    qpv.write_text(made["quartiers"].to_json(), encoding="utf-8")
    points.to_csv(tmp_path / "avant.csv", index=False)
    after = points[~points["siret"].isin([IN_WEST, FAR])].copy()
    # A new position has no known quality, as its surveyor gives none.
    moved = after["siret"] == NEAR_EAST
    after.loc[moved, ["longitude", "latitude", "qualite_xy"]] = ["7.704", "48.575", ""]
    mother = after[after["siret"] == "88888888800015"].iloc[0]
    branch = mother.to_dict() | {
        "siret": "", "denomination": "Antenne", "tranche_effectifs": "11",
        "caractere_employeur": "O",  "qualite_xy": "", "types": "",
        "longitude": "7.702", "latitude": "48.574", "code_commune": "67482",
    }  # fmt: skip
    after["siren"] = after["siret"].str[:9]
    branch["siren"] = "888888888"
    pd.concat([after, pd.DataFrame([branch])]).to_csv(tmp_path / "apres.csv", index=False)
    build_from_files(qpv, tmp_path / "avant.csv", tmp_path / "a")
    build_from_files(qpv, tmp_path / "apres.csv", tmp_path / "b")
    base, right = open_atlas(tmp_path / "a"), open_atlas(tmp_path / "b")
    over = overlaid(base, corrections=checked(base, *EVERY_KIND))
    for by in ("france", "quartier", "secteur", "famille", "taille", "region", "commune"):
        for query in ("", "generation=2015", "rattachement=dedans,proche,hors,non_localise"):
            pd.testing.assert_frame_equal(figures(right, query, by), figures(over, query, by))
    columns = [name for name in COLUMNS if name != "plg_qp"]
    pd.testing.assert_frame_equal(
        selected(right, Selection())[columns], selected(over, Selection())[columns]
    )


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"siret": "12345678900000", "correction": "fermé"}, "SIRET inconnu des données"),
        ({"siret": "", "correction": "fermé"}, "SIRET absent"),
        ({"siret": "1,11111E+13", "correction": "fermé"}, "notation scientifique"),
        ({"siret": FAR, "correction": "volé"}, "correction « volé » inconnue ; écrivez fermé"),
        ({"siret": FAR, "correction": ""}, "correction absente"),
        ({"siret": FAR, "correction": "fermé", "source": ""}, "source absente"),
        ({"siret": FAR, "correction": "fermé", "date": ""}, "date absente"),
        ({"siret": FAR, "correction": "fermé", "date": "hier"}, "date illisible « hier »"),
        ({"siret": FAR, "correction": "fermé", "date": "31/02/2026"}, "date illisible"),
        ({"siret": FAR, "correction": "fermé", "date": "02/06/2026"}, "dans le futur (2026-06-02)"),
        ({"siret": FAR, "correction": "déménagé"}, "nouvelle position absente"),
        ({"siret": FAR, "correction": "déménagé", "longitude": "48.57", "latitude": "7.7"},
         "position hors de France ; longitude et latitude semblent inversées"),
        ({"siret": FAR, "correction": "déménagé", "longitude": "100", "latitude": "10"},
         "position hors de France"),
        ({"siret": FAR, "correction": "déménagé", "longitude": "7.7", "latitude": "48.57",
          "code_commune": "Ici"}, "code de commune « ICI » impossible"),
        ({"siren": "123456789", "correction": "antenne", "longitude": "7.7", "latitude": "48.57"},
         "SIREN absent ou impossible"),
        ({"siren": "732829320", "correction": "antenne", "longitude": "7.7", "latitude": "48.57"},
         "nom absent"),
        ({"siret": FAR, "siren": "732829320", "correction": "antenne", "longitude": "7.7",
          "latitude": "48.57"}, "le SIREN n'est pas celui du SIRET"),
        ({"siret": FAR, "correction": "antenne", "longitude": "7.7", "latitude": "48.57",
          "secteur": "magie"}, "secteur « magie » inconnu"),
        ({"siret": FAR, "correction": "antenne", "longitude": "7.7", "latitude": "48.57",
          "tranche": "beaucoup"}, "tranche d'effectifs « beaucoup » inconnue"),
    ],
)  # fmt: skip
def test_what_is_refused_is_named_with_its_row(
    atlas: Atlas, row: dict[str, str], reason: str
) -> None:
    filled = {"siret": "", "siren": "", "longitude": "", "latitude": "", "denomination": ""}
    found = checked(atlas, {**filled, "siret": IN_WEST, "correction": "fermé"}, {**filled, **row})
    assert [one.row for one in found.refused] == [3]
    assert reason in str(found.refused[0])
    assert [one.siret for one in found.applied] == [IN_WEST]


def test_contrary_corrections_of_a_siret_are_all_refused(atlas: Atlas) -> None:
    moved = {"siret": FAR, "correction": "déménagé", "longitude": "7.7", "latitude": "48.57"}
    for other in (
        {"siret": FAR, "correction": "fermé"},
        {**moved, "longitude": "7.8"},
        # Refused by itself, and yet it contradicts.
        {**moved, "longitude": ""},
    ):
        found = checked(atlas, moved, other)
        assert not found.applied
        assert [one.row for one in found.refused] == [2, 3]
    twice = checked(atlas, moved, {**moved, "date": "2025-12-31"})
    assert [one.row for one in twice.applied] == [2]
    assert "déjà dite à la ligne 2" in str(twice.refused[0])


def test_a_missing_column_is_named(atlas: Atlas) -> None:
    raw = Raw(format="CSV", source=pd.DataFrame({"siret": [FAR], "correction": ["fermé"]}))
    with pytest.raises(DataError, match=r"^t\.csv : pas de colonne « source »"):
        check(atlas, Taken(raw, (), "t.csv", ""))


def test_a_new_place_takes_the_commune_of_those_around(atlas: Atlas) -> None:
    found = checked(
        atlas, {"siret": FAR, "correction": "déménagé", "longitude": "7.703", "latitude": "48.574"}
    )
    (one,) = found.applied
    assert one.values["code_commune"] == "67482"
    assert one.notes == ("commune 67482, celle des établissements les plus proches.",)
    far = checked(
        atlas, {"siret": FAR, "correction": "déménagé", "longitude": "3.0", "latitude": "45.0"}
    )
    assert far.applied[0].values["code_commune"] == ""
    assert "commune inconnue" in far.applied[0].notes[0]


def test_a_selection_says_how_many_corrections_touch_it(atlas: Atlas) -> None:
    made = overlaid(atlas, corrections=checked(atlas, *EVERY_KIND))
    (note,) = made.resolve(Selection()).notes
    assert note == (
        "4\u00a0corrections de terrain appliquées (terrain.csv), dont 3 touchent cette "
        "sélection\u00a0: 6\u00a0établissements, 5 sans correction."
    )
    (note,) = made.resolve(Selection(region=("53",))).notes
    assert note.endswith("dont aucune ne touche cette sélection.")
    assert (
        "avec 4\u00a0corrections de terrain" in tell(made, Selection(), ["france"]).steps[0].source
    )
    assert file_name(made, made.resolve(Selection()), "e", ".csv").endswith("_2024_corrige.csv")


def test_corrections_reach_exports(atlas: Atlas, tmp_path: Path) -> None:
    made = overlaid(atlas, corrections=checked(atlas, *EVERY_KIND))
    export(made, Selection(), tmp_path / "e.csv")
    written = pd.read_csv(tmp_path / "e.csv", dtype="str", keep_default_na=False)
    assert list(written.columns) == [*COLUMNS, "correction"]
    assert (written["correction"] != "").sum() == 2
    said = json.loads((tmp_path / "e.csv.meta.json").read_text(encoding="utf-8"))
    assert any(
        one["titre"] == "Corrections de terrain\u00a0: terrain.csv" for one in said["sources"]
    )
    assert any("fermé 1, boîte aux lettres 1" in note for note in said["notes"])
    export(atlas, Selection(), tmp_path / "sans.csv")
    assert "correction" not in (tmp_path / "sans.csv").read_text(encoding="utf-8").splitlines()[0]


def test_nature_stays_unless_a_row_is_added_to_simulated_ones(tmp_path: Path, zones: Zones) -> None:
    simulated = open_atlas(write_small(tmp_path / "data", nature="simulation"))
    closed = checked(simulated, EVERY_KIND[0])
    added = checked(simulated, EVERY_KIND[3])
    assert overlaid(simulated, zones, closed).manifest.nature == "simulation"
    assert overlaid(simulated, corrections=added).manifest.nature == "mixte"


def test_corrections_of_other_data_are_not_applied(atlas: Atlas, tmp_path: Path) -> None:
    other = open_atlas(write_small(tmp_path / "data", nature="simulation"))
    with pytest.raises(UsageError, match="vérifiées sur d'autres données"):
        overlaid(atlas, corrections=checked(other, EVERY_KIND[0]))


def test_secret_sources_take_neither(tmp_path: Path, zones: Zones) -> None:
    secret = open_atlas(secret_world.write(tmp_path / "secret", secret_world.drawn(1), secret=True))
    siret = next(one for one in secret.folder.etablissements["siret"] if one)
    with pytest.raises(DataError, match="sous secret statistique"):
        overlaid(secret, zones)
    with pytest.raises(DataError, match="sous secret statistique"):
        overlaid(secret, corrections=checked(secret, {"siret": siret, "correction": "fermé"}))


# --- properties -----------------------------------------------------------------------------

_SIRET = tables()["etablissements"]["siret"].tolist()
_ROWS = st.one_of(
    st.fixed_dictionaries(
        {
            "siret": st.sampled_from(_SIRET),
            "correction": st.sampled_from(["fermé", "boîte aux lettres"]),
        }
    ),
    st.fixed_dictionaries(
        {
            "siret": st.sampled_from(_SIRET),
            "correction": st.sampled_from(["déménagé", "antenne"]),
            "longitude": st.floats(7.69, 7.74).map(str),
            "latitude": st.floats(48.56, 48.59).map(str),
            "tranche": st.sampled_from(["", "01", "11"]),
        }
    ),
)


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(rows=st.lists(_ROWS, min_size=1, max_size=8), data=st.data())
def test_only_what_is_touched_is_joined_again_and_nothing_else_changes(
    atlas: Atlas, zones: Zones, rows: list[dict[str, str]], data: st.DataObject
) -> None:
    found = checked(atlas, *rows)
    assert len(found.applied) + len(found.refused) == len(rows)
    made = overlaid(atlas, zones, found)
    if not found.applied:
        assert len(made) == len(atlas)
        return
    kinds = [one.kind for one in found.applied]
    removed = sum(kind in ("ferme", "boite-aux-lettres") for kind in kinds)
    assert len(made) == len(atlas) - removed + kinds.count("antenne")
    for generation in made.generations.values():
        assert generation.conservation()["total"] == len(made)
        whole = attach(made.folder.etablissements, generation.quartiers).table
        for name in ("code_qp", "rattachement", "distance_m", "certitude", "motif"):
            pd.testing.assert_series_equal(
                generation.joined[name], whole[name], check_names=False, check_index=False
            )
    shuffled = checked(atlas, *data.draw(st.permutations(rows)))
    # The order of the file changes nothing: not even that of what is applied.
    said = [[(one.siret, one.label, one.values) for one in of.applied] for of in (found, shuffled)]
    assert said[0] == said[1]
    untouched = made.folder.etablissements["correction"] == ""
    sirets = made.folder.etablissements["siret"][untouched]
    before = atlas.folder.etablissements.set_index("siret").loc[sirets, "denomination"]
    assert before.tolist() == made.folder.etablissements["denomination"][untouched].tolist()
    assert np.array_equal(
        atlas.resolve(Selection()).mask, overlaid(atlas).resolve(Selection()).mask
    )


@settings(max_examples=30, deadline=None)
@given(
    rows=st.lists(
        st.dictionaries(
            st.sampled_from(
                ["siret", "siren", "correction", "source", "date", "longitude", "latitude",
                 "denomination", "secteur", "famille", "tranche", "code_commune"]
            ),
            st.one_of(
                st.text(max_size=20),
                st.sampled_from([FAR, IN_WEST, "fermé", "antenne", "déménagé", "2026-01-01", "7.7",
                                 "48.57", "1e400", "nan", "732829320", "=1+1", "<b>", "11"]),
            ),
        ),
        min_size=1,
        max_size=5,
    )
)  # fmt: skip
def test_whatever_is_written_is_applied_or_refused(
    atlas: Atlas, rows: list[dict[str, str]]
) -> None:
    columns = ("siret", "correction", "longitude", "latitude", "denomination")
    found = checked(atlas, *(dict.fromkeys(columns, "") | row for row in rows))
    assert len(found.applied) + len(found.refused) <= len(rows)
    assert all("\n" not in str(one) and len(str(one)) < 400 for one in found.refused)
    made = overlaid(atlas, corrections=found)
    assert made.newest.conservation()["total"] == len(made)


# --- command line ---------------------------------------------------------------------------


@pytest.fixture
def own(tmp_path: Path) -> tuple[Path, Path, Path]:
    folder = write_small(tmp_path / "data")
    zones = tmp_path / "vecu.geojson"
    zones.write_bytes(collection(({"nom": "Vécu"}, (7.70, 48.57, 7.73, 48.58))))
    corrections = tmp_path / "terrain.csv"
    corrections.write_text(
        "siret;correction;source;date\n"
        f"{IN_WEST};fermé;Mairie;2026-01-02\n{FAR};perdu;Mairie;2026-01-02\n",
        encoding="utf-8",
    )
    return folder, zones, corrections


def test_the_command_line_takes_both(
    own: tuple[Path, Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    folder, zones, corrections = own
    base = ["summary", "--data", str(folder), "--format", "json"]
    both = ["--zones", str(zones), "--corrections", str(corrections)]
    assert cli.main([*base, *both, "--select", "generation=zones"]) == 0
    caught = capsys.readouterr()
    assert json.loads(caught.out)[0]["etablissements"] == 3
    assert "terrain.csv : correction refusée, ligne 3 (66666666600013)" in caught.err
    assert cli.main([*base, *both]) == 0
    assert json.loads(capsys.readouterr().out)[0]["etablissements"] == 4
    assert cli.main([*base, "--select", "generation=zones"]) == 1
    assert capsys.readouterr().err.endswith(
        "erreur : --select : aucune zone à vous n'est chargée.\n"
    )


def test_export_with_corrections(own: tuple[Path, Path, Path], tmp_path: Path) -> None:
    folder, zones, corrections = own
    out = tmp_path / "e.csv"
    asked = ["export", "--data", str(folder), "--out", str(out), "--select", "generation=zones"]
    assert cli.main([*asked, "--zones", str(zones), "--corrections", str(corrections)]) == 0
    written = pd.read_csv(out, dtype="str", keep_default_na=False)
    assert set(written["generation"]) == {"zones"}
    assert set(written["lib_qp"]) == {"Vécu"}
    assert list(written.columns)[-1] == "correction"


def test_a_branch_is_masked_as_its_structure_is(atlas: Atlas) -> None:
    partial = "12121212100018"
    row = {**EVERY_KIND[3], "siret": partial, "denomination": ""}
    made = overlaid(atlas, corrections=checked(atlas, row))
    (branch,) = selected(made, Selection()).query("correction != ''").to_dict(orient="records")
    assert branch["statut_diffusion"] == "P"
    assert np.isnan(branch["longitude"])


@pytest.mark.parametrize("option", ["--zones", "--corrections"])
def test_a_bad_file_is_one_line(
    own: tuple[Path, Path, Path],
    option: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    folder = own[0]
    wrong = tmp_path / "faux.csv"
    wrong.write_text("a;b\n1;2\n", encoding="utf-8")
    for path in (wrong, tmp_path / "absent.csv"):
        assert cli.main(["summary", "--data", str(folder), option, str(path)]) == 1
        last = capsys.readouterr().err.splitlines()[-1]
        assert last.startswith("erreur : ")
        assert path.name in last


def test_corrections_from_a_workbook(atlas: Atlas, tmp_path: Path) -> None:
    frame = pd.DataFrame([{**SAID, "siret": IN_WEST, "correction": "fermé"}])
    frame["date"] = pd.to_datetime(frame["date"])
    frame.to_excel(tmp_path / "c.xlsx", index=False, engine="xlsxwriter")
    found = read_corrections(atlas, (tmp_path / "c.xlsx").read_bytes(), "c.xlsx", today=TODAY)
    assert [one.date for one in found.applied] == ["2026-01-02"]
