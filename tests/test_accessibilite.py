"""The declaration of accessibility: its page, its way from the others, its contrasts."""

from __future__ import annotations

import pytest
from streamlit import config

from essgeo.ui import accessibility
from tests.test_app import Start, small, start  # noqa: F401 - fixtures
from tests.test_app_leviers import page, said


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    # By hand: (1 + 0.05) / (0 + 0.05); #777777 has a luminance of 0.1845, so 1.05 / 0.2345.
    [("#000000", "#ffffff", 21.0), ("#777777", "#ffffff", 4.478), ("#0b5cad", "#0b5cad", 1.0)],
)
def test_contrast(one: str, other: str, expected: float) -> None:
    assert accessibility.contrast(one, other) == pytest.approx(expected, abs=0.001)
    assert accessibility.contrast(other, one) == pytest.approx(expected, abs=0.001)


def test_texts_of_the_app_are_seen_well_enough() -> None:
    config.get_config_options()
    rows = accessibility.measured()
    assert len(rows) == 6
    assert all(min(light, dark) >= accessibility.ENOUGH for _, light, dark in rows)


def test_the_page_says_what_does_not_conform(start: Start) -> None:  # noqa: F811
    test = page(start, name="accessibilite")
    text = said(test)
    assert "partiellement conforme" in text
    assert "Ce n'est pas un audit" in text
    assert "canevas" in text


def test_every_page_leads_to_it_but_the_stage(start: Start) -> None:  # noqa: F811
    for name, led in (("carte", True), ("methode", True), ("presentation", False)):
        test = page(start, name=name)
        labels = [one.proto.label for one in test.get("page_link")]
        assert any("Accessibilité" in label for label in labels) == led
