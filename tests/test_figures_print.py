"""Pictures for print: PNG at 300 dots an inch and SVG, charts and maps."""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pytest
from PIL import Image

from essgeo.atlas import Atlas, open_atlas
from essgeo.datafolder import write_folder
from essgeo.figures.print import chart_bytes, map_bytes
from essgeo.figures.print.charts import spaced
from essgeo.figures.print.frames import make_panel
from essgeo.figures.print.labels import Label, write_labels
from essgeo.figures.print.paper import BODY, MARGIN, Paper, text_width
from essgeo.figures.views import Chart, MapView, Series
from essgeo.manifest import Nature
from essgeo.selection import parse
from essgeo.settings import ROOT
from tests.secret_world import drawn, write
from tests.small import manifest, tables, write_small

SOURCE = "Source : essai. Contours 2024."
HOSTILE = "<script>alert(1)</script> $x^2$ & \u202e\x07 « é »"


def chart(kind: Any = "barres", labels: int = 3, **change: Any) -> Chart:
    names = tuple(f"Libellé numéro {place}" for place in range(labels))
    values = tuple(float(place + 1) for place in range(labels))
    low = tuple(value / 2 for value in values) if kind == "quotients" else None
    high = tuple(value * 2 for value in values) if kind == "quotients" else None
    series = (Series("Première", values, low, high),)
    if kind == "paires":
        series += (Series("Seconde", values[::-1]),)
    given: dict[str, Any] = {
        "kind": kind, "title": "Un titre", "sentence": "Une phrase.", "unit": "% de tout",
        "labels": names, "series": series, "alt": "Un graphique", "log": kind == "quotients",
    }  # fmt: skip
    return Chart(**given | change)


def drawn_chart(one: Chart, fmt: Any = "svg", nature: Nature = "officiel", **more: Any) -> bytes:
    return chart_bytes(one, source=SOURCE, nature=nature, fmt=fmt, **more)


def svg_texts(content: bytes) -> str:
    """Return what an SVG writes; it must be well-formed XML."""
    root = ET.fromstring(content)  # noqa: S314 - our own bytes, and the point is that they parse
    said = " ".join(part.strip() for part in root.itertext() if part.strip())
    return said.replace("\xa0", " ").replace("\u202f", " ")


@pytest.fixture(scope="module")
def demo() -> Atlas:
    return open_atlas(ROOT / "data")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Atlas:
    return open_atlas(write_small(tmp_path_factory.mktemp("petit") / "donnees"))


def drawn_map(atlas: Atlas, kind: Any, query: str = "", fmt: Any = "svg", **more: Any) -> bytes:
    view = MapView(kind, "Une carte", "Carte. Une phrase.", parse(query).selection, **more)
    return map_bytes(atlas, view, source=SOURCE, nature=atlas.manifest.nature, fmt=fmt, titled=True)


@pytest.mark.parametrize("kind", ["barres", "paires", "quotients"])
@pytest.mark.parametrize("width", [12.0, 16.0, 24.0])
def test_a_png_has_its_width_at_300_dots_an_inch(kind: str, width: float):
    with Image.open(io.BytesIO(drawn_chart(chart(kind), "png", width_cm=width))) as image:
        assert image.width == pytest.approx(width / 2.54 * 300, abs=2)
        assert image.info["dpi"] == pytest.approx((300, 300), abs=0.1)


@pytest.mark.parametrize("kind", ["barres", "paires", "quotients"])
def test_a_chart_writes_its_words_and_source(kind: str):
    said = svg_texts(drawn_chart(chart(kind)))
    for words in ("Un titre", "Une phrase.", "Libellé numéro 0", "% de tout", SOURCE):
        assert words in said
    assert "SIMULÉES" not in said


def test_a_document_that_writes_the_title_does_without():
    assert (
        "Un titre"
        not in svg_texts(drawn_chart(chart(), titled=False))
        .replace("Un graphique", "")
        .partition("Libellé")[2]
    )


@pytest.mark.parametrize(("nature", "mark"), [
    ("simulation", "DONNÉES SIMULÉES"), ("mixte", "EN PARTIE SIMULÉES"),
])  # fmt: skip
def test_what_is_simulated_is_marked_inside_the_picture(nature: Nature, mark: str):
    assert mark in svg_texts(drawn_chart(chart(), nature=nature))


def test_a_masked_and_a_missing_value_are_written_not_drawn_as_zero():
    series = (Series("Une", (5.0, None, None), texts=("5", "secret", "n. d.")),)
    said = svg_texts(drawn_chart(chart(series=series)))
    assert "secret statistique" in said
    assert "n. d." in said


@pytest.mark.parametrize("labels", [0, 1, 20])
def test_any_number_of_rows_is_drawn(labels: int):
    content = drawn_chart(chart(labels=labels), "png")
    with Image.open(io.BytesIO(content)) as image:
        assert image.height > 200


def test_the_sign_of_a_quotient_is_the_verdict_that_is_written():
    """An interval away from 1 is not established once corrected for the number of rows."""
    series = (Series("Une", (0.7,), (0.5,), (0.9,), texts=("pas de différence établie",)),)
    said = svg_texts(drawn_chart(chart("quotients", labels=1, series=series)))
    assert "moins présent" not in said
    without = (Series("Une", (0.7,), (0.5,), (0.9,)),)
    assert "moins présent" in svg_texts(drawn_chart(chart("quotients", labels=1, series=without)))


def test_hostile_texts_stay_text():
    one = chart(labels=1, title=HOSTILE, alt=HOSTILE)
    said = svg_texts(drawn_chart(one))
    assert "<script>alert(1)</script> $x^2$ &" in said
    assert b"<script" not in drawn_chart(one)


@pytest.mark.parametrize("labels", [0, 1, 2, 8])
@pytest.mark.parametrize("nature", ["simulation", "mixte"])
def test_the_mark_keeps_its_words_whole_on_any_plot(labels: int, nature: Nature):
    said = svg_texts(drawn_chart(chart(labels=labels), nature=nature))
    # Once across the plot, where it may take several lines, and once at the foot.
    assert said.count("SIMULÉES") == said.count("DONNÉES") == 2


def test_a_name_longer_than_the_sheet_is_cut_in_the_legend_and_says_so():
    series = (Series("A" * 300, (1.0,)), Series("B", (2.0,)))
    said = svg_texts(drawn_chart(chart("paires", labels=1, series=series)))
    assert "A" * 300 not in said
    assert "AAA…" in said


def test_ticks_have_the_decimals_that_they_need_and_no_more():
    said = svg_texts(drawn_chart(chart(labels=1, series=(Series("Une", (1.0,), texts=("un",)),))))
    assert "0,2" in said
    assert "0,20" not in said
    assert "0,4" not in svg_texts(drawn_chart(chart(labels=0, series=(Series("Une", ()),))))


def test_ticks_of_quotients_never_meet():
    """A plot made narrow by the verdicts beside it wrote « ×0,10×0,20 »."""
    assert spaced(0.1, 10.0, 12.0) == [0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0]
    assert spaced(0.1, 10.0, 3.0) == [0.1, 1.0, 10.0]
    assert spaced(0.5, 2.0, 0.5) == [1.0]


def test_series_of_another_length_are_refused():
    with pytest.raises(ValueError, match="valeurs pour"):
        drawn_chart(chart(series=(Series("Une", (1.0,)),)))


def test_the_same_picture_has_the_same_bytes_and_touches_no_global_state(small: Atlas):
    for fmt in ("png", "svg"):
        assert drawn_chart(chart("paires"), fmt) == drawn_chart(chart("paires"), fmt)
        assert drawn_map(small, "france", fmt=fmt) == drawn_map(small, "france", fmt=fmt)
    assert plt.get_fignums() == []


def test_pictures_can_be_asked_for_by_several_visitors_at_once(small: Atlas):
    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(lambda _: drawn_map(small, "france"), range(4)))
    assert len(found) == 1


@pytest.mark.parametrize(("kind", "query"), [
    ("france", ""), ("zone", "region=44"), ("zone", "region=11"), ("zone", "departement=987"),
])  # fmt: skip
def test_a_map_has_its_scale_north_legend_source_and_mark(demo: Atlas, kind: str, query: str):
    said = svg_texts(drawn_map(demo, kind, query))
    for words in ("Une carte", "km", " N ", SOURCE, "DONNÉES SIMULÉES", "surface du cercle"):
        assert words in f" {said} ", words


def test_overseas_territories_stand_beside_the_hexagon(demo: Atlas):
    said = svg_texts(drawn_map(demo, "france"))
    for code in ("971", "972", "973", "974", "976", "978", "987"):
        assert code in said
    assert "hors champ Sirene" in said


def test_paris_stands_apart_when_its_outlines_are_known(demo: Atlas, small: Atlas):
    assert "Paris et autour" in svg_texts(drawn_map(demo, "france"))
    assert "Paris et autour" not in svg_texts(drawn_map(small, "france"))


def test_the_largest_communes_of_a_region_are_named(demo: Atlas):
    said = svg_texts(drawn_map(demo, "zone", "region=44"))
    assert 1 <= said.count("Commune simulée") <= 12


def test_territories_an_ocean_apart_are_drawn_as_the_country_is(demo: Atlas):
    content = drawn_map(demo, "zone", "region=01,44")
    said = svg_texts(content)
    assert "974 La Réunion" in said
    # Nothing is selected there: the frame would be empty.
    assert "Paris et autour" not in said
    sizes = [
        Image.open(io.BytesIO(drawn_map(demo, kind, query, "png"))).size
        for kind, query in (("zone", "region=01,44"), ("france", "region=01,44"))
    ]
    assert sizes[0] == sizes[1]


def test_a_country_makes_a_light_file(demo: Atlas):
    assert len(drawn_map(demo, "france")) < 1_200_000


def test_names_cover_neither_each_other_nor_what_is_taken():
    paper = Paper(16, 12)
    panel = make_panel(paper, 0, 0, 16, 12, (0.0, 48.0, 0.2, 48.1))
    place = (8.0, 6.0, 8.2, 6.2)
    beside = [(0.0, 0.0, 16.0, 5.9), (0.0, 6.3, 16.0, 12.0)]
    labels = [Label("Un", place), Label("Deux", place), Label("Trois", place), Label("", place)]
    write_labels(paper, panel, labels, beside)
    assert [one.get_text() for one in paper.axes.texts] == ["Un", "Deux"]
    right, left = (one.get_position()[0] for one in paper.axes.texts)
    assert left < place[0] < place[2] < right


def points(content: bytes) -> int:
    """Count the dots of an SVG map: markers drawn by reference, in the colour of points."""
    return content.count(b"#8c1d4f")


def test_a_neighbourhood_shows_its_band_and_its_points(small: Atlas):
    content = drawn_map(small, "quartier", "quartier=QN06702I", quartiers=("QN06702I",))
    said = svg_texts(content)
    assert "À moins de 300" in said
    assert "Autour, ou dans un autre quartier" in said


def test_partial_diffusion_and_non_employers_are_never_drawn(tmp_path: Path):
    shown, hidden = tables(), tables()
    hidden["etablissements"] = hidden["etablissements"].assign(statut_diffusion="P")
    counts = []
    for name, given in (("tous", shown), ("aucun", hidden)):
        write_folder(tmp_path / name, given, manifest())
        atlas = open_atlas(tmp_path / name)
        counts.append(points(drawn_map(atlas, "zone", "commune=67482")))
    assert counts[0] > counts[1]
    # What is left is the legend.
    assert counts[1] == points(
        drawn_map(open_atlas(tmp_path / "aucun"), "zone", "quartier=QN03501N")
    )


def test_a_source_under_secrecy_has_no_point_and_says_so(tmp_path: Path):
    atlas = open_atlas(write(tmp_path / "secret", drawn(3), secret=True))
    content = drawn_map(atlas, "quartier", "quartier=QN06701M", quartiers=("QN06701M",))
    assert points(content) == 0
    assert "secret statistique" in svg_texts(drawn_map(atlas, "zone", "region=44,53"))


def test_a_hostile_name_on_a_map_stays_text(tmp_path: Path):
    given = tables()
    given["quartiers"] = given["quartiers"].assign(lib_qp=HOSTILE[:38])
    write_folder(tmp_path / "hostile", given, manifest())
    content = drawn_map(open_atlas(tmp_path / "hostile"), "zone", "commune=67482")
    assert b"<script" not in content
    assert "<script>" in svg_texts(content)


def test_an_empty_territory_is_drawn_all_the_same(small: Atlas):
    content = drawn_map(small, "zone", "quartier=QN98701N", "png")
    with Image.open(io.BytesIO(content)) as image:
        assert image.width > 1000


def test_a_picture_narrower_than_its_texts_is_refused(small: Atlas):
    with pytest.raises(ValueError, match="8 cm"):
        drawn_chart(chart(), width_cm=5)


def test_figures_at_the_right_have_the_room_of_their_bold_letters():
    """Written bold and measured plain, a verdict ran over the end of its interval."""
    words = "pas de différence établie"
    series = (Series("Une", (1.0,), (0.1,), (10.0,), texts=(words,)),)
    root = ET.fromstring(drawn_chart(chart("quotients", labels=1, series=series)))  # noqa: S314 - our own bytes
    right = 16 / 2.54 * 72 - MARGIN / 2.54 * 72
    start = right - text_width(words, BODY, bold=True) / 2.54 * 72
    ends = [
        float(number)
        for part in root.iter()
        if part.tag.endswith("path") and "stroke-width: 1.3" in part.get("style", "")
        for number in re.findall(r"[ML] ([\d.]+) ", part.get("d", ""))
    ]
    assert ends
    assert max(ends) < start
