"""The page on method, as Streamlit runs it."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from essgeo import nomenclatures
from essgeo.atlas import open_atlas
from essgeo.datafolder import REPORT
from essgeo.indicators import summary
from essgeo.indicators.outlines import FILE
from essgeo.selection import parse
from essgeo.text import plural
from essgeo.ui.method import cited
from tests import small
from tests.secret_world import drawn, write

SCRIPT = Path(__file__).with_name("app_script.py")


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch):
    def run(data: Path) -> tuple[AppTest, str]:
        monkeypatch.setenv("ESSGEO_DATA", str(data))
        test = AppTest.from_file(str(SCRIPT), default_timeout=60).run()
        test.query_params.clear()
        test.switch_page("../pages/methode.py").run()
        assert not test.exception, [one.value for one in test.exception]
        bodies = [one.proto.body for one in test.get("html")]
        bodies += [one.value for one in [*test.markdown, *test.caption, *test.warning, *test.code]]
        return test, " ".join(html.unescape(re.sub(r"<[^>]+>", " ", " ".join(bodies))).split())

    return run


def test_the_page_tells_everything_that_a_reader_may_ask(page, tmp_path):
    _, said = page(small.write_small(tmp_path / "d"))
    for words in (
        "Comment les chiffres sont faits",
        "Sources et millésimes",
        "Aucun établissement n'est perdu",
        "Qualité des positions",
        "point au hasard dans la commune (33) –",
        "Codes gardés, mais que les nomenclatures ne classent pas",
        "Deux générations de contours",
        "Licence et citation",
    ):
        assert words in said, words
    for column in nomenclatures.dictionnaire()["colonne"]:
        assert f" {column} " in said, column


def test_simulated_figures_are_not_to_be_quoted(page, tmp_path):
    _, official = page(small.write_small(tmp_path / "o"))
    _, simulated = page(small.write_small(tmp_path / "s", nature="simulation"))
    assert "Ne citez pas" in simulated
    assert "Ne citez pas" not in official
    assert "Personne, Essai, 2024-01-01" in cited(open_atlas(tmp_path / "o"))


def test_a_correspondence_table_at_fault_is_said_and_the_page_stays(page, tmp_path):
    folder = small.write_small(tmp_path / "d")
    (folder / FILE).write_text("a;b\n1;2\n")
    _, said = page(folder)
    assert "code\\_qp\\_2015" in said
    assert "Licence et citation" in said


def test_nothing_is_counted_of_a_source_under_secrecy(page, tmp_path):
    folder = write(tmp_path / "d", drawn(1), secret=True)
    _, said = page(folder)
    assert "Aucun compte d'établissements ici" in said
    assert "Qualité des positions" not in said
    assert f" {len(open_atlas(folder))} " not in said


@pytest.mark.parametrize("reference", ["commune", "region", "france", "semblables"])
def test_a_reference_says_nothing_more_of_a_source_under_secrecy(tmp_path, reference):
    atlas = open_atlas(write(tmp_path / "d", drawn(1), secret=True))
    table = summary(
        atlas, parse(f"quartier=QN06701M&reference={reference}").selection, ("secteur",)
    )
    added = [name for name in table.columns if name.startswith("quotient")]
    assert added
    assert table[added].isna().all(axis=None)


def test_the_report_of_a_build_is_shown_and_kept_from_secret_folders(page, tmp_path):
    report = "partie,mesure,valeur,note\nESS,unités,12,\nESS,<b>reprises</b>,3,doit être 0\n"
    said = []
    for name in ("plain", "none", "strange"):
        data = small.write_small(tmp_path / name)
        if name != "none":
            text = report if name == "plain" else "ce n'est pas le nôtre\n"
            (data / REPORT).write_text(text, encoding="utf-8")
        said.append([one.label for one in page(data)[0].expander])
    shown = f"Rapport de fabrication ({plural(2, 'ligne')})"
    assert shown in said[0]
    assert not any(label.startswith("Rapport de fab") for label in said[1] + said[2])
    secret = write(tmp_path / "secret", drawn(1), secret=True)
    (secret / REPORT).write_text(report, encoding="utf-8")
    assert shown not in [one.label for one in page(secret)[0].expander]
