"""Charts of the pages, drawn for print: the same figures, words and marks as on screen."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET
from collections.abc import Callable
from typing import Any

import geopandas as gpd
import numpy as np
import plotly.graph_objects as go
import pytest
import shapely
from PIL import Image

from essgeo.figures.charts.bars import ranked_bars
from essgeo.figures.charts.funnel import funnel
from essgeo.figures.charts.gaps import gaps
from essgeo.figures.charts.heat import heat
from essgeo.figures.charts.matrix import matrix
from essgeo.figures.charts.multiples import small_multiples
from essgeo.figures.charts.paired import paired_bars
from essgeo.figures.charts.place import locator
from essgeo.figures.charts.quotients import quotients
from essgeo.figures.charts.years import years
from essgeo.figures.palettes import BASE, UP_DOWN, Theme, light, sequence
from essgeo.figures.print import plotted_bytes
from essgeo.figures.print.paper import SMALL
from essgeo.figures.print.traces import array, axis, floats, lines_of, points
from essgeo.indicators.ranking import ranking
from essgeo.indicators.statistics import VERDICTS
from essgeo.text import escape
from tests.test_ranking import table

HOSTILE = "<script>alert(1)</script> $x^2$ & \u202e\x07 « é »"
NAN = float("nan")

#: Kind of chart -> what makes one, given a name from the data and a theme, and what it writes.
Make = Callable[[str, Theme], go.Figure]


def framed(theme: Theme) -> dict[str, Any]:
    return {"source": "s", "nature": "simulation", "theme": theme}


CHARTS: dict[str, tuple[Make, tuple[str, ...]]] = {
    "barres": (
        lambda name, theme: ranked_bars(
            [name, "Santé"], np.array([5.0, NAN]), ["5 établissements", "secret"],
            name="Établissements", low=np.array([4.0, NAN]), high=np.array([6.0, NAN]),
            interval="précision", reference=np.array([3.0, 2.0]), reference_name="référence",
            chosen=[True, False], **framed(theme),
        ),
        ("Santé", "5 établissements", "secret", "précision", "référence"),
    ),
    "quotients": (
        lambda name, theme: quotients(
            [name, "Santé", "Arts"], np.array([2.0, 0.5, NAN]), np.array([1.5, 0.2, NAN]),
            np.array([np.inf, 0.8, NAN]), ["plus", "moins", ""], words=VERDICTS, **framed(theme),
        ),
        ("Santé", "×2", "×0,50", "sans donnée", VERDICTS["plus"], VERDICTS["moins"]),
    ),
    "ecarts": (
        lambda name, theme: gaps(
            [name, "Santé"], np.array([0.2, NAN]), np.array([0.4, 0.1]), ["20 → 40", "n. d."],
            names=("établissements", "emplois"), **framed(theme),
        ),
        ("Santé", "20 → 40", "n. d.", "établissements", "emplois"),
    ),
    "croisement": (
        lambda name, theme: heat(
            [name, "Santé"], ["Associations", "Coopératives"],
            np.array([[0.9, 0.0], [0.1, NAN]]), [["27", "0"], ["3", "secret"]],
            what="de la famille", **framed(theme),
        ),
        ("Santé", "Associations", "27", "secret"),
    ),
    "annees": (
        lambda name, theme: years(
            (name, 7), list(range(1975, 2024)), [1] * 49, noun="structure", **framed(theme)
        ),
        ("1990", "2020"),
    ),
    "paires": (
        lambda name, theme: paired_bars(
            [name, "Santé"], [("Quartiers", [0.5, None]), ("France", [0.25, 0.1])], source="s",
            theme=theme,
        ),
        ("Santé", "non trouvé", "Quartiers", "France"),
    ),
    "matrice": (
        lambda name, theme: matrix(
            [name, "Habitants"], [f"Une famille de leviers {place}" for place in range(12)],
            [[["x", "y"], *[[]] * 11], [["z"], *[[]] * 11]], **framed(theme),
        ),
        ("Habitants", "leviers 11", "2"),
    ),
    "petits": (
        lambda name, theme: small_multiples(
            [(name, [0.5, NAN]), ("Bretagne", [0.2, 0.1]), ("Corse", [0.2, 0.1])],
            ["Action sociale", "Santé"], [0.3, 0.3], whole_label="l'ensemble", **framed(theme),
        ),
        ("Bretagne", "Santé", "l'ensemble", "ce territoire"),
    ),
    "entonnoir": (
        lambda name, theme: funnel(
            ranking(
                table([1, 20, 3, 40], [1000, 2000, 3000, 4000]).assign(
                    libelle=[name, "Lieu deux", "Lieu trois", "Lieu quatre"]
                ),
                "taux",
            ),
            chosen=["T00"],
            **framed(theme),
        ),
        ("Habitants (échelle logarithmique)", "moyenne", "Lieu"),
    ),
}  # fmt: skip


CHARTS["lieu"] = (
    lambda name, theme: locator(
        gpd.GeoDataFrame(
            {"code": ["67", "68"]},
            geometry=[shapely.box(7.2, 48.3, 8, 49), shapely.box(7, 47.4, 7.5, 48.2)],
            crs=4326,
        ),
        "67",
        name,
        theme=theme,
    ),
    (),
)


def printed(figure: go.Figure, fmt: Any = "svg", **change: Any) -> bytes:
    given: dict[str, Any] = {
        "title": "Un titre", "sentence": "Une phrase.", "source": "Source : essai 2024.",
        "nature": "simulation", "fmt": fmt,
    }  # fmt: skip
    return plotted_bytes(figure, **given | change)


def said(content: bytes) -> str:
    root = ET.fromstring(content)  # noqa: S314 - our own bytes, and the point is that they parse
    return " ".join(part.strip() for part in root.itertext() if part.strip()).translate(
        {0xA0: " ", 0x202F: " "}
    )


@pytest.mark.parametrize("kind", list(CHARTS))
def test_a_chart_leaves_with_its_words_its_source_and_its_mark(kind: str):
    make, words = CHARTS[kind]
    text = said(printed(make("Un nom", "clair")))
    for one in ("Un titre", "Une phrase.", "Source : essai 2024.", "DONNÉES SIMULÉES", *words):
        assert one.replace("\xa0", " ").replace("\u202f", " ") in text, one
    assert "SIMULÉES" not in said(printed(make("Un nom", "clair"), nature="officiel"))


@pytest.mark.parametrize("kind", list(CHARTS))
def test_a_chart_has_300_dots_an_inch_and_the_same_bytes(kind: str):
    make, _ = CHARTS[kind]
    content = printed(make("Un nom", "clair"), "png")
    with Image.open(io.BytesIO(content)) as image:
        assert image.info["dpi"] == pytest.approx((300, 300), abs=0.1)
        assert image.width == pytest.approx(16 / 2.54 * 300, abs=2)
        # White paper up to its edge: nothing is cut.
        edge = np.asarray(image.convert("L"))
        assert edge[:, :2].min() == edge[:, -2:].min() == edge[:2].min() == edge[-2:].min() == 255
    assert printed(make("Un nom", "clair"), "png") == content


@pytest.mark.parametrize("kind", list(CHARTS))
def test_a_hostile_name_stays_text(kind: str):
    make, _ = CHARTS[kind]
    content = printed(make(HOSTILE, "clair"), title=HOSTILE, sentence=HOSTILE, source=HOSTILE)
    assert b"<script" not in content
    assert "$x^2$" in said(content)


@pytest.mark.parametrize("kind", list(CHARTS))
def test_a_chart_of_the_dark_page_is_printed_as_that_of_the_light_one(kind: str):
    make, _ = CHARTS[kind]
    assert printed(make("Un nom", "sombre")) == printed(make("Un nom", "clair"))


def test_what_is_sent_to_the_browser_is_printed_as_the_figure_is():
    make, _ = CHARTS["matrice"]
    figure = make("Un nom", "clair")
    assert printed(figure.to_dict()) == printed(figure)


def test_colours_of_the_dark_theme_have_their_own_on_paper():
    ink = light(BASE["sombre"]["papier"])
    assert ink(BASE["sombre"]["effectif"]) == BASE["clair"]["effectif"]
    assert ink(UP_DOWN["sombre"][0]) == UP_DOWN["clair"][0]
    assert [ink(one) for one in sequence(6, "sombre")] == list(sequence(6))
    assert light("#ffffff")(BASE["sombre"]["effectif"]) == BASE["sombre"]["effectif"]


def test_texts_of_plotly_are_read_as_plain_text():
    assert lines_of(f"<b>{escape('a < b & c')}</b><br>suite") == ["a < b & c", "suite"]
    assert points(2) == SMALL


def test_values_are_read_as_plotly_holds_them():
    packed = go.Figure(go.Bar(x=np.array([1.5, 2.5]))).to_dict()["data"][0]["x"]
    assert array(packed).tolist() == [1.5, 2.5]
    assert floats([1, None]).tolist() == pytest.approx([1.0, NAN], nan_ok=True)
    grid = go.Figure(go.Heatmap(z=np.array([[1, 2], [3, 4]]))).to_dict()["data"][0]["z"]
    assert floats(grid).tolist() == [[1.0, 2.0], [3.0, 4.0]]


def test_an_axis_places_values_between_its_ends():
    bars = {"type": "bar", "x": [1, 4], "y": ["a", "b"]}
    across = axis({"rangemode": "tozero"}, [bars], "x")
    assert across.ends == pytest.approx((0, 4.2))
    assert across.share(2.1) == pytest.approx(0.5)
    up = axis({"autorange": "reversed"}, [bars], "y")
    assert up.names == ("a", "b")
    assert up.share(0.0) == pytest.approx(0.75)
    log = axis({"type": "log", "range": [0, 2], "domain": [0.5, 1]}, [], "x")
    assert log.share(10.0) == pytest.approx(0.75)
    assert axis({}, [{"type": "scatter", "x": [None]}], "x").ends == pytest.approx((0, 1.05))
    whole = axis({"nticks": 6, "ticksuffix": " %", "range": [0, 50]}, [], "x")
    assert [text for _, text in whole.ticks()] == [f"{one} %" for one in range(0, 60, 10)]
