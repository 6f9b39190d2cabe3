"""The page « Mes données »: its frame, its sections, and what logs say of a visitor's file."""

from __future__ import annotations

import logging
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from essgeo.owndata import session
from essgeo.settings import ROOT
from essgeo.ui import logs, owndata
from essgeo.ui.owndata.garde import privacy
from essgeo.ui.owndata.store import _KEY, OwnData
from tests.small import write_small

SCRIPT = Path(__file__).with_name("app_script.py")
QUOTED = "Association Dupont-Confidentielle"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small(tmp_path_factory.mktemp("petit") / "donnees")


@pytest.fixture(autouse=True)
def records(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Put the log back as it was: the app changes it for the whole process."""
    before = logging.getLogRecordFactory()
    yield
    logging.setLogRecordFactory(before)


def opened(monkeypatch: pytest.MonkeyPatch, data: Path, section: str = "") -> AppTest:
    """Open the page on a section."""
    monkeypatch.setenv("ESSGEO_DATA", str(data))
    test = AppTest.from_file(str(SCRIPT), default_timeout=60)
    if section:
        test.query_params["vue.section"] = section
    test.run()
    test.switch_page("../pages/mes_donnees.py").run()
    return test


def said(test: AppTest) -> str:
    """Return all that a page says, in whatever block."""
    texts = [one.proto.body for kind in ("html", "markdown") for one in test.get(kind)]
    texts += [one.value for one in (*test.caption, *test.error, *test.warning)]
    return " ".join(texts).replace("\u00a0", " ")


@pytest.mark.parametrize("section", list(owndata.SECTIONS))
def test_every_section_opens(monkeypatch: pytest.MonkeyPatch, small: Path, section: str):
    test = opened(monkeypatch, small, section)
    assert not test.exception
    assert not test.error
    assert test.session_state["vue.section"] == section


def test_an_error_of_ours_is_one_line_that_quotes_nothing(
    monkeypatch: pytest.MonkeyPatch, small: Path, caplog: pytest.LogCaptureFixture
):
    def broken(*_: object) -> None:
        raise KeyError(QUOTED)

    section = next(iter(owndata.SECTIONS))
    monkeypatch.setattr(f"essgeo.ui.owndata.{section}.draw", broken)
    test = opened(monkeypatch, small, section)
    assert not test.exception
    (line,) = [one.value for one in test.error]
    assert "vient d'essgeo" in line
    assert "KeyError" in caplog.text
    assert "test_app_mes_donnees.py" in caplog.text
    assert QUOTED not in caplog.text + said(test)


def test_no_log_quotes_the_message_of_an_error(caplog: pytest.LogCaptureFixture):
    logs.keep_values_out()
    log = logging.getLogger("streamlit.error_util")
    caplog.handler.setFormatter(logging.Formatter("%(message)s"))
    before = log.propagate
    log.propagate = True
    try:
        try:
            try:
                raise ValueError(QUOTED)
            except ValueError as error:
                raise TypeError(QUOTED) from error
        except TypeError as error:
            log.error("Uncaught app execution", exc_info=error)
            log.warning("Serialization failed: %s", error)
            log.warning(error)
            log.exception("no args")
    finally:
        log.propagate = before
    assert QUOTED not in caplog.text
    assert "ValueError" in caplog.text
    assert "test_no_log_quotes" in caplog.text


def test_streamlit_itself_prints_no_value(tmp_path: Path):
    """Outside of a section too, and in what Streamlit prints of a page that breaks."""
    page = tmp_path / "page.py"
    page.write_text(
        "from essgeo.ui import logs\n"
        "logs.keep_values_out()\n"
        "raise RuntimeError(''.join(['Association Dupont', '-Confidentielle']))\n"
    )
    code = f"from streamlit.testing.v1 import AppTest\nAppTest.from_file({str(page)!r}).run()\n"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert "RuntimeError" in done.stderr
    assert QUOTED not in done.stderr + done.stdout


# --- a list -------------------------------------------------------------------------------------

LIST = (
    "SIRET;Structure;Montant\n"
    "11111111100018;Alpha;1 200,50 €\n"
    "12345678900000;<img src=x onerror=alert(1)>;300\n"
    ";Sans rien;\n"
)


def with_list(
    monkeypatch: pytest.MonkeyPatch, small: Path, content: bytes, name: str = "liste.csv"
) -> AppTest:
    """Open the page with a list in the visitor's session."""
    monkeypatch.setenv("ESSGEO_DATA", str(small))
    test = AppTest.from_file(str(SCRIPT), default_timeout=60)
    test.session_state[_KEY] = OwnData(files={"liste": (name, content)})
    test.query_params["vue.section"] = "liste"
    test.run()
    test.switch_page("../pages/mes_donnees.py").run()
    assert not test.exception, [one.value for one in test.exception]
    return test


def figures(test: AppTest) -> list[str]:
    """Return the four key figures."""
    body = next(
        one.proto.body for one in test.get("html") if "<dd class='valeur'>" in one.proto.body
    )
    return re.findall(r"<dd class='valeur'>([^<]*)", body)


def test_a_list_is_told_apart(monkeypatch: pytest.MonkeyPatch, small: Path):
    test = with_list(monkeypatch, small, LIST.encode())
    assert not test.error
    assert figures(test) == ["1", "0", "0", "2"]
    text = said(test)
    assert "SIRET impossible" in text
    assert "Additionné : Montant" in text
    assert "<img" not in text


def test_the_example_shows_a_result(monkeypatch: pytest.MonkeyPatch, small: Path):
    test = opened(monkeypatch, small, "liste")
    press(test, "liste.exemple")
    assert not test.error
    assert int(figures(test)[0]) > 0
    assert int(figures(test)[3]) >= 2
    press(test, "liste.oublier")
    assert not any("<dd class='valeur'>" in one.proto.body for one in test.get("html"))


@pytest.mark.parametrize("table", ["quartiers", "lignes", "rien", "corriger"])
def test_every_table_of_a_list_opens(monkeypatch: pytest.MonkeyPatch, small: Path, table: str):
    test = with_list(monkeypatch, small, LIST.encode())
    widget(test.segmented_control if hasattr(test, "segmented_control") else test.button_group,
           "vue.tableau").set_value(table).run()  # fmt: skip
    assert not test.exception
    assert not test.error
    assert len(test.dataframe) == 1


def test_a_list_is_counted_by_the_columns_that_sort_it(
    monkeypatch: pytest.MonkeyPatch, small: Path
):
    content = "siret;thème;lignes\n11111111100018;insertion;a\n11111111100026;insertion;b\n"
    content += "12121212100018;culture;a\n99999999999999;culture;b\n"
    test = with_list(monkeypatch, small, content.encode())
    box = next(one for one in test.get("button_group") if one.key == "vue.tableau")
    assert "Par thème" in box.options
    box.set_value("themes").run()
    assert not test.exception
    table = test.dataframe[0].value
    assert table["thème"].tolist() == ["culture", "insertion"]
    assert table["Lignes"].tolist() == [2, 2]
    assert table["Non placée"].tolist() == [1, 0]
    # A column may bear the name of one of ours.
    widget(test.selectbox, "liste.theme").set_value("lignes").run()
    table = test.dataframe[0].value
    assert table["lignes"].tolist() == ["a", "b"]
    assert table["Lignes"].tolist() == [2, 2]
    assert "thème" not in str(test.query_params)


def test_a_column_is_changed_by_its_owner(monkeypatch: pytest.MonkeyPatch, small: Path):
    test = with_list(monkeypatch, small, LIST.encode())
    widget(test.selectbox, "liste.choix.siret").set_value("").run()
    assert figures(test)[0] == "0"
    assert test.session_state[_KEY].choices["liste"] == {"siret": ""}


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02", b"PK\x03\x04", b"\xff" * 300])
def test_a_list_that_is_none_is_one_line(
    monkeypatch: pytest.MonkeyPatch, small: Path, content: bytes
):
    test = with_list(monkeypatch, small, content)
    (line,) = [one.value for one in test.error]
    assert line.startswith(("liste\\.csv", "liste.csv"))


def press(test: AppTest, key: str) -> None:
    widget(test.button, key).click()
    test.run()
    assert not test.exception, [one.value for one in test.exception]


def widget(among: Iterable[Any], key: str) -> Any:
    return next(one for one in among if one.key == key)


# --- saved, opened again, forgotten -------------------------------------------------------------


def test_a_session_is_saved_and_opened_again(monkeypatch: pytest.MonkeyPatch, small: Path):
    files = {"liste": ("liste.csv", LIST.encode())}
    saved = session.save(files, {"liste": {"siret": ""}})
    monkeypatch.setenv("ESSGEO_DATA", str(small))
    test = AppTest.from_file(str(SCRIPT), default_timeout=60)
    test.session_state[_KEY] = OwnData(
        files={"garde": ("s.zip", saved), "tableaux": ("autre.csv", b"a;b\n")}
    )
    test.query_params["vue.section"] = "garde"
    test.run()
    test.switch_page("../pages/mes_donnees.py").run()
    assert not test.exception
    own = test.session_state[_KEY]
    assert own.files == files
    assert own.choices["liste"] == {"siret": ""}
    assert "Session rouverte : la liste" in " ".join(one.value for one in test.success).replace(
        "\u00a0", " "
    )
    press(test, "garde.oublier")
    own = test.session_state[_KEY]
    assert own.files == own.choices == {}
    assert "Rien de vous n'est en mémoire" in said(test)


def test_a_wrong_session_changes_nothing(monkeypatch: pytest.MonkeyPatch, small: Path):
    monkeypatch.setenv("ESSGEO_DATA", str(small))
    test = AppTest.from_file(str(SCRIPT), default_timeout=60)
    test.session_state[_KEY] = OwnData(
        files={"garde": ("s.zip", b"PK\x03\x04"), "liste": ("liste.csv", LIST.encode())}
    )
    test.query_params["vue.section"] = "garde"
    test.run()
    test.switch_page("../pages/mes_donnees.py").run()
    (line,) = [one.value for one in test.error]
    assert "n'est pas une session" in line
    assert set(test.session_state[_KEY].files) == {"liste"}


def test_the_page_says_the_privacy_of_the_documentation():
    text = privacy()
    assert text.startswith("La page « Mes données »")
    assert "#" not in text
    for part in ("Où vont vos fichiers", "Combien de temps", "Ce que disent les journaux", "RGPD"):
        assert f"**{part}" in text
