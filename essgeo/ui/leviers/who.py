"""Who does what: actors against families of levers, or against the levers of one family."""

from __future__ import annotations

from functools import partial

import pandas as pd
import pyarrow as pa
import streamlit as st

from essgeo.exports import csv_bytes
from essgeo.figures.charts import Kept
from essgeo.figures.charts.matrix import matrix
from essgeo.figures.palettes import Theme
from essgeo.levers import LIB_NATURE, Catalogue, Lever
from essgeo.text import NBSP, plural
from essgeo.ui import style
from essgeo.ui.chart import STILL, real
from essgeo.ui.leviers import data
from essgeo.ui.pictures import pictures
from essgeo.words import levers as words

TITLE = "Qui fait quoi ?"

#: Row of the levers whose documents name nobody.
NOBODY = "Aucun acteur nommé"

#: The picture is made of two documents, whatever the data folder.
_SOURCE = (
    "Source : documents du RTES (2020–2021) qui forment le catalogue ; ajouts du dossier compris."
)


def crossed(
    catalogue: Catalogue, levers: list[Lever]
) -> tuple[list[str], list[str], list[list[list[str]]]]:
    """Cross actors with families, or with the levers when all are of one family.

    Returns
    -------
    tuple
        Names of rows (most levers first, « nobody » last), names of columns, and in each cell
        the titles of levers.
    """
    present = {one.famille for one in levers}
    families = [one for one in catalogue.sections["familles"] if one in present]
    alone = len(families) == 1
    columns = (
        [one.titre for one in levers] if alone else catalogue.titles("familles", tuple(families))
    )
    held: dict[str, list[list[str]]] = {}
    for place, one in enumerate(levers):
        column = place if alone else families.index(one.famille)
        for actor in catalogue.titles("acteurs", one.acteurs) or [NOBODY]:
            held.setdefault(actor, [[] for _ in columns])[column].append(one.titre)
    rows = sorted(held, key=lambda name: (name == NOBODY, -sum(map(len, held[name]))))
    return rows, columns, [held[name] for name in rows]


def who_frame(catalogue: Catalogue, levers: list[Lever]) -> pd.DataFrame:
    """Return one row for each actor of each lever, with French headers."""
    return pd.DataFrame(
        [
            {
                "Acteur": actor,
                "Levier": one.titre,
                "Nature du levier": LIB_NATURE[one.nature],
                "Famille": catalogue.title("familles", one.famille),
                "Source": words.cited(catalogue, one.source),
            }
            for one in levers
            for actor in catalogue.titles("acteurs", one.acteurs) or [NOBODY]
        ]
    )


def draw(levers: list[Lever]) -> None:
    """Draw who does what among some levers, as a picture and as a table."""
    if not levers:
        return
    catalogue, _ = data.catalogue()
    ids = tuple(one.id for one in levers)
    sentence, figure, table, sent = _made(
        catalogue, levers, data.catalogue_key(), ids, style.theme()
    )
    style.section(TITLE)
    style.reading(sentence)
    if len({one.famille for one in levers}) > 1:
        st.caption(
            "Une seule famille choisie plus haut, et le schéma montre ses leviers un par un."
        )
    st.plotly_chart(
        figure,
        width="stretch",
        theme=None,
        key="leviers.qui",
        config=STILL,
        alt=sentence,
    )
    with st.container(horizontal=True, vertical_alignment="top"):
        with st.expander("Voir en tableau", icon=":material/table_rows:"):
            st.dataframe(sent, hide_index=True, height=420 if len(table) > 10 else "auto",
                         alt="Acteurs et leviers", key="leviers.qui.table")  # fmt: skip
        files = st.popover(
            "Télécharger", icon=":material/download:", key="leviers.qui.fichiers", on_change="rerun"
        )
        if files.open:
            with files:
                _files(figure, table, sentence)


def _files(figure: Kept, table: pd.DataFrame, sentence: str) -> None:
    """Offer the table and the picture."""
    for label, excel in (("CSV ouvert", False), ("CSV pour Excel", True)):
        st.download_button(
            label,
            data=partial(csv_bytes, table, excel=excel),
            file_name=f"essgeo_qui_fait_quoi{'_excel' if excel else ''}.csv",
            mime="text/csv",
            on_click="ignore",
            key=f"leviers.qui.{'excel' if excel else 'csv'}",
            width="stretch",
        )
    draw_it = partial(real, figure, title=TITLE, sentence=sentence, source=_SOURCE)
    pictures(draw_it, "essgeo_qui_fait_quoi", key="leviers.qui")


@st.cache_resource(max_entries=32, show_spinner=False)
def _made(
    _catalogue: Catalogue,
    _levers: list[Lever],
    key: tuple[str, str],  # noqa: ARG001 - tells two catalogues apart in the cache
    ids: tuple[str, ...],  # noqa: ARG001 - the levers, as the cache can read them
    theme: Theme,
) -> tuple[str, Kept, pd.DataFrame, pa.Table]:
    """Make once what all visitors see alike, not to be changed.

    Returns
    -------
    tuple
        Sentence, picture, table, and the table as the browser is sent it.
    """
    rows, columns, cells = crossed(_catalogue, _levers)
    table = who_frame(_catalogue, _levers)
    return (
        _sentence(rows, cells, len(_levers)),
        Kept(
            matrix(rows, columns, cells, source=_SOURCE, nature="officiel", theme=theme).to_dict()
        ),
        table,
        pa.Table.from_pandas(table, preserve_index=False),
    )


def _sentence(rows: list[str], cells: list[list[list[str]]], levers: int) -> str:
    totals = [sum(map(len, line)) for line in cells]
    named = [(name, total) for name, total in zip(rows, totals, strict=True) if name != NOBODY]
    if not named:
        return "Les documents ne nomment personne pour ces leviers."
    first, count = named[0]
    said = (
        f"{plural(len(named), 'acteur nommé', 'acteurs nommés')} par les documents pour "
        f"{plural(levers, 'levier')}"
    )
    said += f"{NBSP}; en tête, « {first} », {plural(count, 'levier')}." if count > 1 else "."
    nobody = dict(zip(rows, totals, strict=True)).get(NOBODY, 0)
    if nobody:
        said += f" Pour {plural(nobody, 'levier')}, personne n'est nommé."
    return said
