"""Every chart carries its source and its nature inside the picture."""

from __future__ import annotations

import plotly.graph_objects as go
import pytest

from essgeo.figures.charts import framed, wrapped
from essgeo.figures.charts.frame import FOOT_LINE
from essgeo.figures.palettes import BASE


def bars() -> go.Figure:
    return go.Figure(go.Bar(x=[1234.5], y=["a"]))


@pytest.mark.parametrize(
    ("nature", "mark"),
    [("simulation", "DONNÉES SIMULÉES"), ("mixte", "DONNÉES EN PARTIE SIMULÉES"), ("officiel", "")],
)
def test_the_nature_is_inside_the_picture(nature, mark: str) -> None:
    figure = framed(bars(), source="Source : Insee.", nature=nature, height=200)
    across = [one.text for one in figure.layout.annotations]
    if mark:
        assert " ".join(across[0].replace("<br>", " ").split()) == f"<b>{mark}</b>"
        assert mark in figure.layout.title.text
    else:
        assert across == []
        assert figure.layout.title.text == "Source : Insee."


def test_a_long_source_makes_the_picture_higher_and_not_the_plot_lower() -> None:
    short = framed(bars(), source="Insee", nature="officiel", height=200).layout
    long = framed(bars(), source="Insee, " * 30, nature="officiel", height=200).layout
    lines = long.title.text.count("<br>")
    assert lines >= 4
    assert long.height == short.height + lines * FOOT_LINE
    assert long.height - long.margin.b == short.height - short.margin.b


def test_numbers_are_french_and_the_background_is_opaque() -> None:
    figure = framed(bars(), source="", nature="officiel", theme="sombre", height=200)
    assert figure.layout.separators == ",\u202f"
    assert figure.layout.paper_bgcolor == BASE["sombre"]["papier"]
    assert figure.layout.font.color == BASE["sombre"]["texte"]


def test_hostile_text_stays_text() -> None:
    figure = framed(bars(), source="<script>alert(1)</script>", nature="officiel", height=200)
    assert "<" not in figure.layout.title.text
    assert wrapped("<b>Santé</b>") == "&lt;b&gt;Santé&lt;/b&gt;"


def test_long_labels_are_broken_between_words() -> None:
    assert wrapped("Hébergement et restauration", 16) == "Hébergement et<br>restauration"
    assert wrapped("") == ""
