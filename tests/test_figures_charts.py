"""Charts say their source, what is not known, and nothing that data could slip in."""

import pytest

from essgeo.figures.charts import paired_bars


def test_a_share_that_is_not_known_is_said() -> None:
    figure = paired_bars(
        ["Santé", "Sports"], [("QPV", [0.164, None]), ("France", [0.111, 0.581])], source="Étude"
    )
    qpv, france = figure.data
    assert list(qpv.text) == ["16,4\u202f%", "non trouvé"]
    assert list(france.x) == [0.111, 0.581]
    assert qpv.marker.color != france.marker.color
    assert figure.layout.title.text == "Source : Étude"


def test_hostile_labels_stay_text() -> None:
    figure = paired_bars(["<b>a</b>"], [("<i>b</i>", [0.5])], source="<script>")
    assert "<" not in figure.data[0].y[0] + figure.data[0].name + figure.layout.title.text


def test_series_and_labels_go_together() -> None:
    with pytest.raises(ValueError, match="1 valeurs pour 2"):
        paired_bars(["a", "b"], [("x", [0.1])], source="")
