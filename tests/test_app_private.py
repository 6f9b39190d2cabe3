"""A visitor's own zones and corrections in the app: on every page, for him alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from streamlit.testing.v1 import AppTest

from essgeo.ui.owndata.store import _KEY, OwnData
from essgeo.ui.pages import PAGES
from tests.small import write_small

SCRIPT = Path(__file__).with_name("app_script.py")
#: Told in no other file: what must stay with its owner.
SECRET = "Zone <b>confidentielle</b>"
BAD = b'{"type":"FeatureCollection","features":[]}'

Start = Callable[..., AppTest]


def zones() -> bytes:
    """Return two zones: one over half of « Est » in Strasbourg, one where there is nothing."""
    shapes = {SECRET: (7.724, 48.574, 7.734, 48.578), "Vide": (7.60, 48.50, 7.61, 48.51)}
    return json.dumps(
        {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "properties": {"nom": name},
                    "geometry": {
                        "type": "Polygon",
                        "coordinates": [[[w, s], [e, s], [e, n], [w, n], [w, s]]],
                    },
                }
                for name, (w, s, e, n) in shapes.items()
            ],
        }
    ).encode()


#: One closed, one moved out of its neighbourhood, one refused: nobody has this SIRET.
CORRECTIONS = """siret;correction;source;date;longitude;latitude
11111111100018;fermé;visite de quartier;2024-05-02;;
22222222200014;déménagé;visite de quartier;2024-05-02;7.80;48.60
12345678900005;fermé;visite de quartier;2024-05-02;;
""".encode()


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small(tmp_path_factory.mktemp("petit") / "donnees")


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch, small: Path) -> Iterator[Start]:
    """Give a function that opens a page with files in the visitor's session."""

    def run(
        query: str = "", *, page: str = "", data: Path | None = None, **files: bytes
    ) -> AppTest:
        monkeypatch.setenv("ESSGEO_DATA", str(data or small))
        test = AppTest.from_file(str(SCRIPT), default_timeout=60)
        names = {"zones": "mes zones.geojson", "corrections": "terrain.csv"}
        test.session_state[_KEY] = OwnData(
            files={key: (names[key], content) for key, content in files.items()}
        )
        for key, value in parse_qsl(query):
            test.query_params[key] = value
        test.run()
        if page:
            go(test, page)
        assert not test.exception, [one.value for one in test.exception]
        return test

    return run


def go(test: AppTest, page: str) -> AppTest:
    test.query_params.clear()
    return test.switch_page(f"../pages/{page}.py").run()


def said(test: AppTest) -> str:
    """Return all that a page says, in whatever block."""
    texts = [one.proto.body for kind in ("html", "markdown") for one in test.get(kind)]
    texts += [one.value for one in (*test.caption, *test.error, *test.warning)]
    return " ".join(texts).replace("\u00a0", " ")


def press(test: AppTest, key: str) -> AppTest:
    next(one for one in test.button if one.key == key).click()
    test.run()
    assert not test.exception, [one.value for one in test.exception]
    return test


def sent_to_map(test: AppTest) -> dict:
    return json.loads(test.get("component_instance")[0].proto.json_args)


@pytest.mark.parametrize("page", [info.stem for info in PAGES])
def test_every_page_opens_with_zones_and_corrections(start: Start, page: str):
    test = start(
        "generation=zones", page="" if page == PAGES[0].stem else page,
        zones=zones(), corrections=CORRECTIONS,
    )  # fmt: skip
    text = said(test)
    assert "Vos zones à la place des QPV" in text
    assert "2 corrections de terrain appliquées" in text
    assert "<b>confidentielle" not in text
