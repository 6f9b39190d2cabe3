"""The instruments of the bench: a wrong ruler would make every promise hold."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from bench.__main__ import main
from bench.report import Measure, Part, write
from bench.visitor import Visitor, serving
from bench.watched_server import SMALL

SCRIPT = """\
import time
import pandas as pd
import streamlit as st

chosen = st.sidebar.multiselect("Secteur", ["Santé", "Sports"])
time.sleep(0.3)
st.write("x" * 5000 + str(chosen))
st.dataframe(pd.DataFrame({"a": range(len(chosen), 3000 + len(chosen))}))
st.html('<img src="http://192.0.2.1/hors.png" alt="">')
if chosen == ["Santé"] and not st.session_state.get("deux"):
    st.session_state["deux"] = True
    st.rerun()
"""


def test_a_visitor_measures_time_bytes_and_reruns_of_a_change(browser: Browser, tmp_path: Path):
    script = tmp_path / "essai.py"
    script.write_text(SCRIPT, encoding="utf-8")
    with serving(script, tmp_path, tmp_path / "banc") as server:
        visitor = Visitor.arrive(browser, server)
        visitor.page.goto(server.url)
        (first,) = visitor.settle()
        assert 0.3 <= first["seconds"] < 30  # seconds, not milliseconds; a busy machine is slow
        twice = visitor.choose("Secteur", "Santé")
        once = visitor.choose("Secteur", "Sports")
        back = visitor.choose("Secteur", None)
        assert server.memory() > 20
        visitor.leave()
    assert 0 < once.cpu < once.seconds  # the script mostly sleeps
    # st.rerun() inside a run makes it longer: the clock is the visitor's.
    assert 0.6 <= twice.seconds < 30
    assert 0.3 <= once.seconds < 30
    assert back.runs == once.runs == 1
    # 3,000 integers of 8 bytes, and a text of 5,000 characters.
    assert once.tables >= 24_000
    assert 5_000 <= once.without_tables < 15_000
    assert once.bytes == once.tables + once.without_tables


def test_the_message_that_ends_a_run_is_small_enough_to_be_recognised():
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

    message = ForwardMsg(script_finished=ForwardMsg.FINISHED_SUCCESSFULLY, hash="0" * 64)
    assert message.ByteSize() < SMALL


@pytest.mark.parametrize(
    ("value", "limits", "held"),
    [
        (100.0, {"at_most": 100}, True),
        (100.1, {"at_most": 100}, False),
        (1.3, {"at_least": 1.3}, True),
        (1.29, {"at_least": 1.3}, False),
        (float("nan"), {"at_most": 100}, False),
        (5.0, {}, True),
    ],
)
def test_a_promise_is_held_or_not(value: float, limits: dict[str, float], held: bool):
    measure = Measure("temps", value, "ms", **limits)
    assert measure.held is held
    assert ("**non tenu**" in measure.row()) is (not held)


def part(value: float) -> Part:
    table = ("Vue nationale", [Measure("p50", value, "ms", 100)])
    return Part("app", "Application", "Comment.", [table])


def test_a_part_replaces_itself_and_leaves_the_others(tmp_path: Path):
    file = tmp_path / "performance.md"
    write(file, "join", "## Rattachement\n\nancien")
    write(file, "app", part(12).markdown(["pandas"], (61.4, 80.0)))
    write(file, "join", "## Rattachement\n\nnouveau")
    write(file, "app", part(34).markdown(["pandas"], (61.4, 80.0)))
    text = file.read_text(encoding="utf-8")
    assert text.startswith("# Performances\n")
    assert "ancien" not in text
    assert text.count("## Rattachement") == text.count("## Application") == 1
    assert "| p50 | 34 ms | ≤ 100 ms | tenu |" in text
    assert "pandas 3" in text
    assert "repère 61 puis 80 ms" in text


def test_an_unknown_bench_is_refused(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as stop:
        main(["inconnu"])
    assert stop.value.code == 2
    assert "join, app, analyses" in capsys.readouterr().err
