"""« Cette adresse est-elle en QPV ? »: coordinates read, doubts proposed, answers by generation."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from essgeo.atlas import Atlas, open_atlas
from essgeo.join import Outlines, attach
from essgeo.owndata import coordinates
from essgeo.owndata.coordinates import Line, Place, read_line, read_list
from essgeo.owndata.places import Answer, Ground, answers, answers_frame, ground
from essgeo.readers import read_quartiers
from essgeo.words import places as words
from tests.small import write_small


@pytest.fixture(scope="module")
def atlas(tmp_path_factory: pytest.TempPathFactory) -> Atlas:
    return open_atlas(write_small(tmp_path_factory.mktemp("petit") / "donnees"))


@pytest.fixture(scope="module")
def grounds(atlas: Atlas) -> dict[str, Ground]:
    return {name: ground(atlas, name) for name in atlas.generations}


def at(text: str, **more: str) -> tuple[float, float] | None:
    found = read_line(text, **more).place
    return (round(found.lon, 5), round(found.lat, 5)) if found else None


def said(grounds: dict[str, Ground], lon: float, lat: float, precision: float = 10) -> Answer:
    return answers([Place(lon, lat, precision)], grounds)[0][0]


# --- reading ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "48,58 ; 7,75", "48.58, 7.75", "48.58,7.75", "48.58 7.75", "48,58 7,75", "48,58, 7,75",
        "48.58\t7.75", "(48.58, 7.75)", "48.58°, 7.75°", "48.58N 7.75E", "N 48.58 E 7.75",
        "7.75 E, 48.58 N", "48°34'48\" N 7°45'00\" E", "48° 34′ 48″ N, 7° 45′ 00″ E",
        "7°45'00\"E 48°34'48\"N", "lat: 48.58, lon: 7.75", "lon=7.75 lat=48.58",
        "\ufeff48.58 ;\u00a07.75 ",
    ],
)  # fmt: skip
def test_what_people_write_is_read(text: str) -> None:
    assert at(text) == (7.75, 48.58)


def test_the_west_and_the_south_are_negative() -> None:
    assert at("16°15'S 61°32'O") is None
    assert at("16°15'N 61°32'O") == (-61.53333, 16.25)
    assert at("21.11 S, 55.53 E") == at("-21,11 ; 55,53") == at("−21.11, 55.53") == (55.53, -21.11)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "ligne vide"),
        ("bonjour", "deux nombres sont attendus"),
        ("48,7", "deux nombres sont attendus"),
        ("48,58,7,75", "point-virgule"),
        ("48°61'N 7°45'E", "deux nombres sont attendus"),
        ("48°N 7°N", "deux latitudes ou deux longitudes"),
        ("0 ; 0", "hors de tout territoire"),
        ("40,4 ; -3,7", "hors de tout territoire"),
        ("1e3 ; nan", "deux nombres"),
        ("48;7;6", "deux nombres"),
        ("999 ; 999", "ni des mètres d'une projection française"),
    ],
)
def test_what_cannot_be_told_says_why(text: str, problem: str) -> None:
    line = read_line(text)
    assert line.place is None
    assert not line.proposals
    assert problem in line.problem


def test_swapped_coordinates_are_proposed_not_guessed() -> None:
    line = read_line("7.75, 48.58")
    assert line.place is None
    assert [one.key for one in line.proposals] == ["inverse"]
    assert "à confirmer" in line.problem
    assert at("7.75, 48.58", accept="inverse") == (7.75, 48.58)
    # What is right as it stands is never swapped.
    assert at("48.58, 7.75", accept="inverse") == (7.75, 48.58)


@pytest.mark.parametrize(
    ("text", "key", "where"),
    [
        # pyproj's own conversions of the place, checked in the test below.
        ("1050000 ; 6840000", "2154", (7.7465, 48.5655)),
        ("6 840 000 ; 1 050 000", "2154", (7.7465, 48.5655)),
        ("998000 2413000", "27572", (7.7341, 48.5927)),
        ("2050000 ; 7160000", "3948", (7.6525, 47.5452)),
        ("-149.56;-17.53", None, None),
    ],
)
def test_projected_coordinates_are_proposed(
    text: str, key: str | None, where: tuple[float, float] | None
) -> None:
    line = read_line(text)
    assert line.place is None
    if key is None or where is None:
        # Swapped, in Polynésie.
        assert [one.key for one in line.proposals] == ["inverse"]
        return
    assert [one.key for one in line.proposals] == [key]
    place = read_line(text, accept=key).place
    assert place is not None
    assert (place.lon, place.lat) == pytest.approx(where, abs=1e-4)


def test_a_pasted_list_keeps_its_numbers_and_names() -> None:
    lines = read_list("nom;lat;lon\nMaison;48,58;7,75\n\nrien\n7,75;48,58\n")
    assert [line.number for line in lines] == [2, 4, 5]
    assert lines[0].place is not None
    assert lines[0].place.name == "Maison"
    assert [bool(line.place) for line in lines] == [True, False, False]
    assert coordinates.proposed(lines) == {"inverse": ("longitude et latitude inversées", 1)}


def test_a_header_that_puts_longitude_first_is_believed() -> None:
    lines = read_list("nom\tlongitude\tlatitude\nIci\t7.75\t48.58")
    assert lines[0].place is not None
    assert (lines[0].place.lon, lines[0].place.lat) == (7.75, 48.58)


def test_a_list_has_an_end() -> None:
    text = "48.58 7.75\n" * (coordinates.MOST_LINES + 3)
    assert len(read_list(text)) == coordinates.MOST_LINES
    assert coordinates.too_many(text) == 3


def test_the_precision_is_that_of_what_is_written() -> None:
    def precision(text: str) -> float:
        found = read_line(text).place
        assert found is not None
        return found.precision_m

    # Half of the last digit in metres; never surer than an address (10 m).
    assert precision("48,58 ; 7,75") == pytest.approx(0.005 * 111_320)
    assert precision("48,58 ; 7,751234") == pytest.approx(0.005 * 111_320)
    assert precision("48,581234 ; 7,751234") == 10
    assert precision("48°34'48\"N 7°45'00\"E") == pytest.approx(0.5 / 3600 * 111_320)
    assert precision("48°34'N 7°45'E") == pytest.approx(0.5 / 60 * 111_320)


@given(st.text(max_size=400))
def test_no_text_makes_it_fall(text: str) -> None:
    line = read_line(text)
    assert (line.place is None) == bool(line.problem)
    for one in read_list(text):
        assert one.place is None or math.isfinite(one.place.lon + one.place.lat)
        assert "\n" not in one.text


@given(
    st.floats(-4.7, 9.5).map(lambda value: round(value, 5)),
    st.floats(41.5, 51).map(lambda value: round(value, 5)),
    st.sampled_from(["{lat} ; {lon}", "{lat}, {lon}", "{lat} {lon}", "{lat}N {lon}E"]),
)
def test_what_is_written_is_read_back(lon: float, lat: float, form: str) -> None:
    text = form.format(lat=f"{lat:.5f}", lon=f"{lon:.5f}")
    if "E" in text and lon < 0:
        text = text.replace(f"{lon:.5f}E", f"{-lon:.5f}O")
    assert at(text) == (lon, lat)


# --- answers ------------------------------------------------------------------------------------


def test_the_answer_is_that_of_the_join(atlas: Atlas, grounds: dict[str, Ground]) -> None:
    points = atlas.points.loc[atlas.points["longitude"].notna()].copy()
    points["qualite_xy"], points["distance_precision"] = "11", 10.0
    places = [Place(row.longitude, row.latitude, 10) for row in points.itertuples()]
    found = answers(places, grounds)
    wanted = attach(points[["longitude", "latitude", "qualite_xy", "distance_precision"]],
                    atlas.newest.quartiers).table  # fmt: skip
    assert [one[0].state for one in found] == wanted["rattachement"].tolist()
    for one, row in zip(found, wanted.itertuples(), strict=True):
        if one[0].state != "hors":
            assert (one[0].code, one[0].certainty) == (row.code_qp, row.certitude)
            assert one[0].distance_m == row.distance_m


def test_inside_near_and_out(grounds: dict[str, Ground]) -> None:
    inside = said(grounds, 7.703, 48.575)
    # 0.003° of longitude to the western edge: 221 m at this latitude.
    assert (inside.state, inside.code, inside.certainty) == ("dedans", "QN06701M", "sur")
    assert inside.distance_m == pytest.approx(221, abs=1)
    assert "Oui, dans le quartier Ouest, Strasbourg (QN06701M), à 221" in words.sentence(inside)
    near = said(grounds, 7.732, 48.575)
    assert (near.state, near.code) == ("proche", "QN06702I")
    assert words.sentence(near).startswith("Non, mais à 148")
    out = said(grounds, 7.75, 48.575)
    assert (out.state, out.code) == ("hors", "QN06702I")
    assert out.distance_m == pytest.approx(1475, abs=5)
    assert "est à 1,5\u00a0km" in words.sentence(out)
    far = said(grounds, 2.35, 48.85)
    assert (far.state, far.code, far.certainty) == ("hors", "", "sur")
    assert "aucun quartier prioritaire n'est à moins de 5\u00a0km" in words.sentence(far)


def test_certainty_is_precision_against_the_edge(grounds: dict[str, Ground]) -> None:
    assert said(grounds, 7.703, 48.575, 200).certainty == "sur"
    doubtful = said(grounds, 7.703, 48.575, 300)
    assert doubtful.certainty == "probable"
    assert words.certainty(doubtful).replace("\u00a0", " ") == (
        "Probable, à vérifier : position connue à 300 m près, bord à 221 m."
    )
    # Near none, but the place is not known well enough to say so.
    assert said(grounds, 7.75, 48.575, 1400).certainty == "sur"
    assert said(grounds, 7.75, 48.575, 1500).certainty == "probable"
    # The middle of a street, close to the edge.
    street = answers([Place(7.7005, 48.575, 150, "", "12")], grounds)[0][0]
    assert street.certainty == "incertain"


def test_each_generation_has_its_answer(grounds: dict[str, Ground]) -> None:
    found = answers([Place(7.707, 48.575, 10)], grounds)[0]
    assert [(one.generation, one.state, one.code) for one in found] == [
        ("2024", "dedans", "QN06701M"), ("2015", "proche", "QP067001"),
    ]  # fmt: skip
    assert answers([], grounds) == []


def test_a_zone_of_ones_own_is_called_so() -> None:
    inside = Answer("zones", "dedans", "Z1", "Vécu", "Lyon", 12.0, 10.0, "sur", "")
    assert words.sentence(inside) == "Oui, dans la zone Vécu, Lyon (Z1), à 12\u00a0m de son bord."
    assert words.perimeter("zones") == "Vos zones"


def test_the_table_keeps_every_line(atlas: Atlas, grounds: dict[str, Ground]) -> None:
    lines = read_list("rien\nIci;48,575000;7,703000\n48.6 7.8")
    found = answers([line.place for line in lines if line.place], grounds)
    table = answers_frame(lines, found, "simulation")
    assert table["ligne"].tolist() == [1, 2, 3]
    assert table["texte"].tolist() == ["rien", "Ici;48,575000;7,703000", "48.6 7.8"]
    assert table["rattachement"].tolist() == ["non_localise", "dedans", "hors"]
    assert table["code_qp"].tolist()[:2] == ["", "QN06701M"]
    assert table["code_qp_2015"].tolist()[:2] == ["", "QP067001"]
    assert "deux nombres" in table["motif"].iloc[0]
    assert set(table["nature"]) == {"simulation"}
    nothing = answers_frame([Line(1, "rien", problem="non")], [], "officiel")
    assert nothing["rattachement"].tolist() == ["non_localise"]
    assert words.summed([], 1).replace("\u00a0", " ") == (
        "Sur 1 ligne : 0 dedans, 0 tout près, 0 ailleurs, 1 sans position lue."
    )
    assert "3\u00a0lignes" in words.summed(found, 3)


def test_known_places_on_the_real_outlines(reel: Path) -> None:
    frame = read_quartiers(reel / "qpv2024.geojson").table
    found = answers(
        [Place(2.387311, 48.917735, 10), Place(2.41299, 48.85592, 10), Place(2.412, 48.899, 10)],
        {"2024": Ground(Outlines(frame), Outlines(frame))},
    )
    assert [(one[0].state, one[0].code, one[0].certainty) for one in found] == [
        ("dedans", "QN09328M", "sur"), ("dedans", "QN07517I", "sur"), ("hors", "QN09324I", "sur"),
    ]  # fmt: skip
