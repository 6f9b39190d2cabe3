"""What is told of a selection: the steps of a story, the sheet, the note."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from essgeo.atlas import Atlas, open_atlas
from essgeo.errors import UsageError
from essgeo.indicators import summary, totals
from essgeo.selection import Selection, parse
from essgeo.settings import ROOT
from essgeo.story import STEPS, Story, fiche, note, tell
from essgeo.story.model import Chart, Figures, MapView, Note, Points, Step, Table
from essgeo.text import number
from tests.secret_world import drawn, write
from tests.small import write_small


@pytest.fixture(scope="module")
def demo() -> Atlas:
    return open_atlas(ROOT / "data")


@pytest.fixture(scope="module")
def largest(demo: Atlas) -> str:
    table = summary(demo, Selection(), ("quartier",))
    return str(table.nlargest(1, "etablissements")["code"].iloc[0])


@pytest.fixture
def small(tmp_path: Path) -> Atlas:
    return open_atlas(write_small(tmp_path / "petit", nature="officiel"))


def selected(query: str) -> Selection:
    return parse(query).selection


def step(story: Story, key: str) -> Step:
    return next(one for one in story.steps if one.key == key)


def texts(story: Story) -> str:
    return repr(story)


def test_a_story_goes_from_the_country_to_the_selected_neighbourhood(demo: Atlas, largest: str):
    story = tell(demo, selected(f"quartier={largest}"))
    keys = [one.key for one in story.steps]
    assert keys[:3] == ["france", "region", "ville"]
    assert keys[3:] == ["quartier", "secteurs", "comparaison", "manques", "leviers", "sources"]


def test_the_national_story_compares_with_nothing_that_is_not_chosen(demo: Atlas):
    keys = [one.key for one in tell(demo, Selection()).steps]
    assert keys == ["france", "secteurs", "leviers", "sources"]


def test_steps_are_those_asked_for_in_their_order(demo: Atlas):
    story = tell(demo, Selection(), ("sources", "rennes", "france"))
    assert [one.key for one in story.steps] == ["sources", "rennes", "france"]


def test_an_unknown_step_is_named(demo: Atlas):
    with pytest.raises(UsageError, match="étape inconnue « bilan »"):
        tell(demo, Selection(), ("bilan",))


@pytest.mark.parametrize("query", ["", "region=44", "region=44&secteur=action-sociale"])
def test_figures_are_those_of_summary(demo: Atlas, query: str):
    selection = selected(query)
    whole = step(note(demo, selection), "territoire")
    shown = next(block for block in whole.blocks if isinstance(block, Figures))
    row = totals(demo, selection)
    assert shown.items[0].value == number(row["employeurs"])
    assert shown.items[3].value == number(row["etablissements_1000hab"], 1)


def test_shares_of_sectors_are_those_of_summary(demo: Atlas):
    chart = next(
        block
        for block in step(tell(demo, selected("region=44")), "secteurs").blocks
        if isinstance(block, Chart)
    )
    table = summary(demo, selected("region=44"), ("secteur",)).set_index("libelle")
    known = table.loc[list(chart.labels), "etablissements"]
    expected = known / known.sum() * 100
    assert np.allclose(np.array(chart.series[0].values, dtype=float), expected, atol=1e-3)
    assert sum(value or 0 for value in chart.series[0].values) == pytest.approx(100, abs=0.01)
    assert list(chart.series[0].values) == sorted(chart.series[0].values, reverse=True)


def test_every_step_carries_its_source_and_nature(demo: Atlas):
    story = tell(demo, selected("region=44"), tuple(STEPS))
    for one in story.steps:
        assert one.source.startswith("Source"), one.key
        assert one.nature == ("officiel" if one.real else "simulation"), one.key


def test_what_is_published_stands_apart_from_what_is_simulated(demo: Atlas):
    story = tell(demo, Selection(), tuple(STEPS))
    assert [one.key for one in story.steps if one.real] == ["publies", "strasbourg", "rennes"]


def test_leads_on_simulated_data_say_so(demo: Atlas, largest: str):
    blocks = step(tell(demo, selected(f"quartier={largest}")), "leviers").blocks
    leads = [block for block in blocks if isinstance(block, Points)]
    if leads:
        assert any(isinstance(block, Note) and "simulées" in block.text for block in blocks)
    simulated = step(tell(demo, Selection()), "sources").blocks
    assert any(isinstance(block, Note) and "n'existent" in block.text for block in simulated)


def test_no_step_ranks_named_places(demo: Atlas):
    for one in tell(demo, selected("region=44"), tuple(STEPS)).steps:
        for block in one.blocks:
            if isinstance(block, Chart | Table):
                assert not any("Quartier simulé" in str(part) for part in (*block_rows(block),))


def block_rows(block: Chart | Table) -> tuple[object, ...]:
    return block.labels if isinstance(block, Chart) else block.rows


def test_the_sheet_lists_what_is_there(small: Atlas):
    story = fiche(small, "QN06701M")
    table = next(
        block for block in step(story, "etablissements").blocks if isinstance(block, Table)
    )
    # The largest first; the name of a legal entity in partial diffusion is public.
    assert [row[0] for row in table.rows] == ["Grande", "Aide 1", "Aide 2"]
    assert [one.key for one in story.steps] == [
        "quartier", "reperes", "manques", "etablissements", "leviers", "qualite", "sources",
    ]  # fmt: skip
    view = next(block for block in story.blocks() if isinstance(block, MapView))
    assert (view.kind, view.quartiers) == ("quartier", ("QN06701M",))


def test_the_sheet_of_an_unknown_neighbourhood_is_refused(small: Atlas):
    with pytest.raises(UsageError, match="QN99999N"):
        fiche(small, "QN99999N")


def test_filters_apply_to_the_sheet(small: Atlas):
    story = fiche(small, "QN06702I", selected("secteur=sports-loisirs&region=53"))
    shown = next(block for block in story.blocks() if isinstance(block, Figures))
    assert shown.items[0].value == "1"


def test_non_employers_are_counted_and_not_listed(small: Atlas):
    story = step(fiche(small, "QN06702I", selected("employeurs=tous")), "etablissements")
    names = [row[0] for block in story.blocks if isinstance(block, Table) for row in block.rows]
    assert "Amis" not in names
    assert "1 non employeur compté mais non listés" not in story.sentence
    assert "1 non employeur compté mais non listé." in story.sentence.replace("\u00a0", " ")


def test_an_empty_selection_is_said(small: Atlas):
    story = tell(small, selected("quartier=QN98701N"))
    assert step(story, "secteurs").sentence == "Aucun établissement dans cette sélection."
    assert step(story, "secteurs").blocks == ()


@pytest.mark.parametrize("query", ["", "quartier=QN06703I", "region=44"])
def test_a_source_under_secrecy_gives_totals_and_no_establishment(tmp_path: Path, query: str):
    points = drawn(3)
    names = [f"Structure {place}" for place in range(len(points))]
    atlas = open_atlas(write(tmp_path / "secret", points.assign(denomination=names), secret=True))
    stories = [tell(atlas, selected(query), tuple(STEPS)), note(atlas, selected(query))]
    if "quartier" in query:
        stories.append(fiche(atlas, "QN06703I"))
    for story in stories:
        said = texts(story)
        assert not [name for name in names if name in said]
        assert step(story, "leviers").blocks == () or not any(
            isinstance(block, Points) for block in step(story, "leviers").blocks
        )
